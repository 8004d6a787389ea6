// Binding: the body that puts a pod on a node. It refuses to be stored.
import { object, required } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { ObjectReference } from "./object-reference.ts";

const schema = object(
  "k8s.io.api.core.v1.Binding",
  {
    ...typeMeta,
    metadata,
    target: required(2, ObjectReference, "The node to bind to."),
  },
  { doc: "Ties a pod to a node; kept for old schedulers." },
);
export interface Binding extends ValueIn<typeof schema> {}

export const Binding = resource<Binding>({
  group: "",
  version: "v1",
  kind: "Binding",
  plural: "bindings",
  scope: "Namespaced",
  verbs: ["create"],
  schema,
});
