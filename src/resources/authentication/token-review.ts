// TokenReview: whose token is this? It refuses to be stored or to answer: the API server's authenticators do.
import { boolean, listAtomic, object, optional, plain, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { UserInfo } from "./user-info.ts";

export const TokenReviewSpec = object("k8s.io.api.authentication.v1.TokenReviewSpec", {
  token: required(1, string(), "The bearer token.", { always: false }),
  audiences: optional(2, listAtomic(string()), "Whom it should be meant for; empty for the API server."),
});
export interface TokenReviewSpec extends ValueIn<typeof TokenReviewSpec> {}

export const TokenReviewStatus = object("k8s.io.api.authentication.v1.TokenReviewStatus", {
  authenticated: optional(1, boolean(), "Whether the token is good."),
  user: optional(2, UserInfo, "Whose it is."),
  audiences: optional(4, listAtomic(string()), "Which of the asked audiences it is meant for."),
  error: optional(3, string(), "Why it could not be looked at."),
});
export interface TokenReviewStatus extends ValueIn<typeof TokenReviewStatus> {}

const schema = object(
  "k8s.io.api.authentication.v1.TokenReview",
  {
    ...typeMeta,
    metadata,
    spec: required(2, TokenReviewSpec, "The token to look at."),
    status: plain(3, TokenReviewStatus, "Who it belongs to."),
  },
  { doc: "Asks whose a token is." },
);
export interface TokenReview extends ValueIn<typeof schema> {}

export const TokenReview = resource<TokenReview>({
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenReview",
  plural: "tokenreviews",
  scope: "Cluster",
  verbs: ["create"],
  subresources: {},
  schema,
});
