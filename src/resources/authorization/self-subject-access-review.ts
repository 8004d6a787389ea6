// SelfSubjectAccessReview: may I do this? It refuses to be stored or to answer.
import { object, plain, pointer, required } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { ResourceAttributes, NonResourceAttributes, SubjectAccessReviewStatus } from "./attributes.ts";
import type { Rule } from "../../schema/resource.ts";
import { metadataFaults, questionFaults } from "./rules.ts";

export const SelfSubjectAccessReviewSpec = object("k8s.io.api.authorization.v1.SelfSubjectAccessReviewSpec", {
  resourceAttributes: pointer(1, ResourceAttributes, "What is asked of a resource."),
  nonResourceAttributes: pointer(2, NonResourceAttributes, "What is asked of a path."),
});
export interface SelfSubjectAccessReviewSpec extends ValueIn<typeof SelfSubjectAccessReviewSpec> {}

const schema = object(
  "k8s.io.api.authorization.v1.SelfSubjectAccessReview",
  {
    ...typeMeta,
    metadata,
    spec: required(2, SelfSubjectAccessReviewSpec, "The question; the user is who asks."),
    status: plain(3, SubjectAccessReviewStatus, "The answer."),
  },
  { doc: "Asks whether the asker may do something." },
);
export interface SelfSubjectAccessReview extends ValueIn<typeof schema> {}

/** One question; whom it is about is the request's user. */
const valid: Rule<SelfSubjectAccessReview> = function* ({ metadata: given, spec }) {
  yield* questionFaults(spec);
  yield* metadataFaults(given);
};

export const SelfSubjectAccessReview = resource<SelfSubjectAccessReview>({
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SelfSubjectAccessReview",
  plural: "selfsubjectaccessreviews",
  scope: "Cluster",
  verbs: ["create"],
  subresources: {},
  schema,
  rules: [valid],
});
