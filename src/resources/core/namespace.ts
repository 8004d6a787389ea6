// Namespace: a room of names that is emptied before it goes. It refuses to empty itself: the namespace controller does.
import { listAtomic, listMap, object, optional, plain, required, string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";

export const NamespaceSpec = object("k8s.io.api.core.v1.NamespaceSpec", {
  finalizers: optional(1, listAtomic(string()), "Must be empty before the namespace goes."),
});
export interface NamespaceSpec extends ValueIn<typeof NamespaceSpec> {}

export const NamespaceCondition = object("k8s.io.api.core.v1.NamespaceCondition", {
  type: required(1, string(), "What is stated."),
  status: required(2, string(), "True, False or Unknown."),
  lastTransitionTime: optional(4, time(), "When the status last changed."),
  reason: optional(5, string(), "Why, as one CamelCase word."),
  message: optional(6, string(), "Why, for people."),
});
export interface NamespaceCondition extends ValueIn<typeof NamespaceCondition> {}

export const NamespaceStatus = object("k8s.io.api.core.v1.NamespaceStatus", {
  phase: optional(1, string({ enum: ["Active", "Terminating"] }), "Whether the namespace is in use or going away."),
  conditions: optional(2, listMap(NamespaceCondition, ["type"]), "How far its deletion has come.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
});
export interface NamespaceStatus extends ValueIn<typeof NamespaceStatus> {}

const schema = object("k8s.io.api.core.v1.Namespace", {
  ...typeMeta,
  metadata,
  spec: plain(2, NamespaceSpec, "What is desired of the namespace."),
  status: plain(3, NamespaceStatus, "What is observed of the namespace."),
});
export interface Namespace extends ValueIn<typeof schema> {}

export const Namespace = resource<Namespace>({
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  scope: "Cluster",
  schema,
});
