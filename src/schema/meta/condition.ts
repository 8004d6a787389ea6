// A statement about an object: True, False or Unknown, as newer kinds hold them. Setting one is resources/conditions.ts.
import { int64, object, optional, required, string, time } from "../node.ts";
import type { ValueIn } from "../node.ts";

export const Condition = object("k8s.io.apimachinery.pkg.apis.meta.v1.Condition", {
  type: required(1, string(), "What is stated, in CamelCase.", { demanded: false }),
  status: required(2, string(), "True, False or Unknown.", { demanded: false }),
  observedGeneration: optional(3, int64(), "The generation that the statement is about."),
  lastTransitionTime: required(4, time(), "When the status last changed."),
  reason: required(5, string(), "Why, as one CamelCase word.", { demanded: false }),
  message: required(6, string(), "Why, for people.", { demanded: false }),
});
export interface Condition extends ValueIn<typeof Condition> {}
