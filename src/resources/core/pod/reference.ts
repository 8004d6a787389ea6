// References by name to objects of the same namespace that several parts of a pod use. It refuses to look them up.
import { object, optional, string } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";

export const LocalObjectReference = object(
  "k8s.io.api.core.v1.LocalObjectReference",
  {
    name: optional(1, string(), "Name of the object, in the same namespace."),
  },
  { atomic: true },
);
export interface LocalObjectReference extends ValueIn<typeof LocalObjectReference> {}
