// PriorityClass: a name for a number that ranks pods. It refuses to be put into pods: that is admission.
import { boolean, int32, object, optional, pointer, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";

const schema = object("k8s.io.api.scheduling.v1.PriorityClass", {
  ...typeMeta,
  metadata,
  value: optional(2, int32(), "The priority; higher goes first.", { always: true }),
  globalDefault: optional(3, boolean(), "Whether pods without a class get this one."),
  description: optional(4, string(), "When to use it."),
  preemptionPolicy: pointer(
    5,
    string({ enum: ["Never", "PreemptLowerPriority"] }),
    "Whether its pods displace others.",
  ),
});
export interface PriorityClass extends ValueIn<typeof schema> {}

export const PriorityClass = resource<PriorityClass>({
  group: "scheduling.k8s.io",
  version: "v1",
  kind: "PriorityClass",
  plural: "priorityclasses",
  scope: "Cluster",
  schema,
});
