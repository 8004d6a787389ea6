// A pointer to any object, as Events, Endpoints and Bindings hold one. It refuses to be resolved here.
import { object, optional, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";

export const ObjectReference = object(
  "k8s.io.api.core.v1.ObjectReference",
  {
    kind: optional(1, string(), "Its kind."),
    namespace: optional(2, string(), "Its namespace."),
    name: optional(3, string(), "Its name."),
    uid: optional(4, string(), "Its UID."),
    apiVersion: optional(5, string(), "Its API version."),
    resourceVersion: optional(6, string(), "The version that was meant."),
    fieldPath: optional(7, string(), "The part that was meant, such as spec.containers{web}."),
  },
  { atomic: true },
);
export interface ObjectReference extends ValueIn<typeof ObjectReference> {}
