// LimitRange: bounds and defaults for what pods ask. It refuses to apply itself: that is admission.
import { listAtomic, map, object, optional, plain, quantity, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";

export const LimitRangeItem = object("k8s.io.api.core.v1.LimitRangeItem", {
  type: required(1, string(), "Pod, Container or PersistentVolumeClaim."),
  max: optional(2, map(quantity()), "The most."),
  min: optional(3, map(quantity()), "The least."),
  default: optional(4, map(quantity()), "The limit of those that state none."),
  defaultRequest: optional(5, map(quantity()), "The request of those that state none."),
  maxLimitRequestRatio: optional(6, map(quantity()), "How far a limit may exceed its request."),
});
export interface LimitRangeItem extends ValueIn<typeof LimitRangeItem> {}

export const LimitRangeSpec = object("k8s.io.api.core.v1.LimitRangeSpec", {
  limits: required(1, listAtomic(LimitRangeItem), "One entry for each type of object."),
});
export interface LimitRangeSpec extends ValueIn<typeof LimitRangeSpec> {}

const schema = object("k8s.io.api.core.v1.LimitRange", {
  ...typeMeta,
  metadata,
  spec: plain(2, LimitRangeSpec, "The limits."),
});
export interface LimitRange extends ValueIn<typeof schema> {}

export const LimitRange = resource<LimitRange>({
  group: "",
  version: "v1",
  kind: "LimitRange",
  plural: "limitranges",
  scope: "Namespaced",
  schema,
});
