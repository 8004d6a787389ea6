// What the access reviews ask and answer. Rules of the three are rules.ts.
import { boolean, listAtomic, object, optional, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { LabelSelectorRequirement } from "../../schema/meta/label-selector-type.ts";

export const FieldSelectorRequirement = object("k8s.io.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement", {
  key: required(1, string(), "The field."),
  operator: required(2, string(), "In, NotIn, Exists or DoesNotExist."),
  values: optional(3, listAtomic(string()), "Values for In and NotIn."),
});
export interface FieldSelectorRequirement extends ValueIn<typeof FieldSelectorRequirement> {}

export const FieldSelectorAttributes = object("k8s.io.api.authorization.v1.FieldSelectorAttributes", {
  rawSelector: optional(1, string(), "The selector as in a query."),
  requirements: optional(2, listAtomic(FieldSelectorRequirement), "The selector taken apart."),
});
export interface FieldSelectorAttributes extends ValueIn<typeof FieldSelectorAttributes> {}

export const LabelSelectorAttributes = object("k8s.io.api.authorization.v1.LabelSelectorAttributes", {
  rawSelector: optional(1, string(), "The selector as in a query."),
  requirements: optional(2, listAtomic(LabelSelectorRequirement), "The selector taken apart."),
});
export interface LabelSelectorAttributes extends ValueIn<typeof LabelSelectorAttributes> {}

export const ResourceAttributes = object("k8s.io.api.authorization.v1.ResourceAttributes", {
  namespace: optional(1, string(), "The namespace; empty for all, or none."),
  verb: optional(2, string(), "The verb; * for all."),
  group: optional(3, string(), "The group; * for all."),
  version: optional(4, string(), "The version; * for all."),
  resource: optional(5, string(), "The plural name; * for all."),
  subresource: optional(6, string(), "The subresource; empty for none."),
  name: optional(7, string(), "The object's name; empty for all."),
  fieldSelector: pointer(8, FieldSelectorAttributes, "The request's field selector."),
  labelSelector: pointer(9, LabelSelectorAttributes, "The request's label selector."),
});
export interface ResourceAttributes extends ValueIn<typeof ResourceAttributes> {}

export const NonResourceAttributes = object("k8s.io.api.authorization.v1.NonResourceAttributes", {
  path: optional(1, string(), "The path."),
  verb: optional(2, string(), "The HTTP verb."),
});
export interface NonResourceAttributes extends ValueIn<typeof NonResourceAttributes> {}

export const SubjectAccessReviewStatus = object("k8s.io.api.authorization.v1.SubjectAccessReviewStatus", {
  allowed: required(1, boolean(), "Whether it may be done."),
  denied: optional(4, boolean(), "Whether somebody forbids it, rather than nobody allowing it."),
  reason: optional(2, string(), "Why."),
  evaluationError: optional(3, string(), "What went wrong meanwhile."),
});
export interface SubjectAccessReviewStatus extends ValueIn<typeof SubjectAccessReviewStatus> {}
