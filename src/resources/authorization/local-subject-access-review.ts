// LocalSubjectAccessReview: may somebody do this in this namespace? It refuses to be stored or to answer.
import { object, plain, required } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { SubjectAccessReviewSpec } from "./subject-access-review.ts";
import { SubjectAccessReviewStatus } from "./attributes.ts";

const schema = object("k8s.io.api.authorization.v1.LocalSubjectAccessReview", {
  ...typeMeta,
  metadata,
  spec: required(2, SubjectAccessReviewSpec, "The question, about this namespace."),
  status: plain(3, SubjectAccessReviewStatus, "The answer."),
});
export interface LocalSubjectAccessReview extends ValueIn<typeof schema> {}

export const LocalSubjectAccessReview = resource<LocalSubjectAccessReview>({
  group: "authorization.k8s.io",
  version: "v1",
  kind: "LocalSubjectAccessReview",
  plural: "localsubjectaccessreviews",
  scope: "Namespaced",
  verbs: ["create"],
  schema,
});
