// SelfSubjectRulesReview: what may I do in a namespace? It refuses to be stored or to answer.
import { boolean, listAtomic, object, optional, plain, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";

export const SelfSubjectRulesReviewSpec = object("k8s.io.api.authorization.v1.SelfSubjectRulesReviewSpec", {
  namespace: optional(1, string(), "The namespace."),
});
export interface SelfSubjectRulesReviewSpec extends ValueIn<typeof SelfSubjectRulesReviewSpec> {}

export const ResourceRule = object("k8s.io.api.authorization.v1.ResourceRule", {
  verbs: required(1, listAtomic(string()), "What may be done."),
  apiGroups: optional(2, listAtomic(string()), "Groups of the resources."),
  resources: optional(3, listAtomic(string()), "The resources."),
  resourceNames: optional(4, listAtomic(string()), "Only objects of these names."),
});
export interface ResourceRule extends ValueIn<typeof ResourceRule> {}

export const NonResourceRule = object("k8s.io.api.authorization.v1.NonResourceRule", {
  verbs: required(1, listAtomic(string()), "What may be done."),
  nonResourceURLs: optional(2, listAtomic(string()), "The paths."),
});
export interface NonResourceRule extends ValueIn<typeof NonResourceRule> {}

export const SubjectRulesReviewStatus = object("k8s.io.api.authorization.v1.SubjectRulesReviewStatus", {
  resourceRules: required(1, listAtomic(ResourceRule), "What may be done with resources."),
  nonResourceRules: required(2, listAtomic(NonResourceRule), "What may be done with paths."),
  incomplete: required(3, boolean(), "Whether an authorizer could not list its rules."),
  evaluationError: optional(4, string(), "What went wrong meanwhile."),
});
export interface SubjectRulesReviewStatus extends ValueIn<typeof SubjectRulesReviewStatus> {}

const schema = object(
  "k8s.io.api.authorization.v1.SelfSubjectRulesReview",
  {
    ...typeMeta,
    metadata,
    spec: required(2, SelfSubjectRulesReviewSpec, "Where the rules are asked for."),
    status: plain(3, SubjectRulesReviewStatus, "What may be done there."),
  },
  { doc: "Asks what the asker may do in a namespace." },
);
export interface SelfSubjectRulesReview extends ValueIn<typeof schema> {}

export const SelfSubjectRulesReview = resource<SelfSubjectRulesReview>({
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SelfSubjectRulesReview",
  plural: "selfsubjectrulesreviews",
  scope: "Cluster",
  verbs: ["create"],
  subresources: {},
  schema,
});
