// Eviction: the body that asks a pod away, budgets permitting. It refuses to be stored.
import { object, pointer } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { DeleteOptions } from "../../schema/meta/delete-options.ts";

const schema = object(
  "k8s.io.api.policy.v1.Eviction",
  {
    ...typeMeta,
    metadata,
    deleteOptions: pointer(2, DeleteOptions, "How to delete the pod."),
  },
  { doc: "The wish to evict a pod, which its budget may refuse." },
);
export interface Eviction extends ValueIn<typeof schema> {}

export const Eviction = resource<Eviction>({
  group: "policy",
  version: "v1",
  kind: "Eviction",
  plural: "evictions",
  scope: "Namespaced",
  verbs: ["create"],
  schema,
});
