// The body of DELETE, also inside an Eviction. It refuses to delete.
import { boolean, int64, listAtomic, object, optional, pointer, string } from "../node.ts";
import type { ValueIn } from "../node.ts";
import { typeMeta } from "./object-meta.ts";

export const Preconditions = object("k8s.io.apimachinery.pkg.apis.meta.v1.Preconditions", {
  uid: pointer(1, string(), "The object's UID."),
  resourceVersion: pointer(2, string(), "The object's version."),
});
export interface Preconditions extends ValueIn<typeof Preconditions> {}

export const DeleteOptions = object("k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions", {
  ...typeMeta,
  gracePeriodSeconds: pointer(1, int64(), "Seconds that the object may take."),
  preconditions: pointer(2, Preconditions, "What must hold of the object."),
  orphanDependents: pointer(3, boolean(), "Older form of propagationPolicy."),
  propagationPolicy: pointer(4, string(), "What happens to dependents."),
  dryRun: optional(5, listAtomic(string()), "All to change nothing."),
  ignoreStoreReadErrorWithClusterBreakingPotential: pointer(6, boolean(), "Delete even what cannot be read."),
});
export interface DeleteOptions extends ValueIn<typeof DeleteOptions> {}
