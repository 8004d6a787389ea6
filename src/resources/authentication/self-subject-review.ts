// SelfSubjectReview: who am I? It refuses to be stored or to answer.
import { object, optional, plain } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { UserInfo } from "./user-info.ts";

export const SelfSubjectReviewStatus = object("k8s.io.api.authentication.v1.SelfSubjectReviewStatus", {
  userInfo: optional(1, UserInfo, "The user that asked."),
});
export interface SelfSubjectReviewStatus extends ValueIn<typeof SelfSubjectReviewStatus> {}

const schema = object(
  "k8s.io.api.authentication.v1.SelfSubjectReview",
  {
    ...typeMeta,
    metadata,
    status: plain(2, SelfSubjectReviewStatus, "Who asked."),
  },
  { doc: "Asks who the asker is." },
);
export interface SelfSubjectReview extends ValueIn<typeof schema> {}

export const SelfSubjectReview = resource<SelfSubjectReview>({
  group: "authentication.k8s.io",
  version: "v1",
  kind: "SelfSubjectReview",
  plural: "selfsubjectreviews",
  scope: "Cluster",
  verbs: ["create"],
  subresources: {},
  schema,
});
