// LimitRange: bounds and defaults for what pods ask. It refuses to apply itself: that is admission.
import { listAtomic, map, object, optional, plain, quantity, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { nameColumn } from "../columns.ts";
import { limitFaults } from "./limit-range-rules.ts";

export const LimitRangeItem = object("k8s.io.api.core.v1.LimitRangeItem", {
  type: required(1, string(), "Pod, Container or PersistentVolumeClaim.", { judgedByRule: true }),
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

const schema = object(
  "k8s.io.api.core.v1.LimitRange",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, LimitRangeSpec, "The limits."),
  },
  { doc: "Bounds and defaults for what single pods and claims of a namespace ask." },
);
export interface LimitRange extends ValueIn<typeof schema> {}

/** A container's limit is by default the maximum; its request by default the limit, else the minimum. */
function withDefaults(item: LimitRangeItem): LimitRangeItem {
  if (item.type !== "Container") return item;
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  return {
    ...item,
    ...(Object.keys(limits).length > 0 && { default: limits }),
    ...(Object.keys(requests).length > 0 && { defaultRequest: requests }),
  };
}

export const LimitRange = resource<LimitRange>({
  group: "",
  version: "v1",
  kind: "LimitRange",
  plural: "limitranges",
  shortNames: ["limits"],
  scope: "Namespaced",
  schema,
  generationOf: [],
  createOnUpdate: true,
  columns: [
    nameColumn,
    {
      name: "Created At",
      type: "date",
      doc: "When it was made.",
      cell: ({ metadata: m }) => m.creationTimestamp ?? "",
    },
  ],
  prepare: (object) => ({ ...object, spec: { ...object.spec, limits: (object.spec.limits ?? []).map(withDefaults) } }),
  rules: [({ spec }) => limitFaults(spec.limits ?? [])],
});
