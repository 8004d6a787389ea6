// SubjectAccessReview: may somebody do this? It refuses to be stored or to answer.
import { list, listAtomic, map, object, optional, plain, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { ResourceAttributes, NonResourceAttributes, SubjectAccessReviewStatus } from "./attributes.ts";
import type { Rule } from "../../schema/resource.ts";
import { metadataFaults, questionFaults, whoFaults } from "./rules.ts";

export const SubjectAccessReviewSpec = object("k8s.io.api.authorization.v1.SubjectAccessReviewSpec", {
  resourceAttributes: pointer(1, ResourceAttributes, "What is asked of a resource."),
  nonResourceAttributes: pointer(2, NonResourceAttributes, "What is asked of a path."),
  user: optional(3, string(), "Who wants it."),
  groups: optional(4, listAtomic(string()), "Groups that the user is in."),
  extra: optional(
    5,
    map(list(string(), { wrapper: "k8s.io.api.authorization.v1.ExtraValue" })),
    "What the authenticator adds.",
  ),
  uid: optional(6, string(), "The user's UID."),
});
export interface SubjectAccessReviewSpec extends ValueIn<typeof SubjectAccessReviewSpec> {}

const schema = object(
  "k8s.io.api.authorization.v1.SubjectAccessReview",
  {
    ...typeMeta,
    metadata,
    spec: required(2, SubjectAccessReviewSpec, "The question."),
    status: plain(3, SubjectAccessReviewStatus, "The answer."),
  },
  { doc: "Asks whether somebody may do something." },
);
export interface SubjectAccessReview extends ValueIn<typeof schema> {}

/** One question about somebody; whether the asker may ask is authorization of the request. */
const valid: Rule<SubjectAccessReview> = function* ({ metadata: given, spec }) {
  yield* questionFaults(spec);
  yield* whoFaults(spec.user, spec.groups);
  yield* metadataFaults(given);
};

export const SubjectAccessReview = resource<SubjectAccessReview>({
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SubjectAccessReview",
  plural: "subjectaccessreviews",
  scope: "Cluster",
  verbs: ["create"],
  subresources: {},
  schema,
  rules: [valid],
});
