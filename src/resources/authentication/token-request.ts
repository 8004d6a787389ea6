// TokenRequest: the body and answer of serviceaccounts/token. It refuses to sign.
import { int64, list, listAtomic, map, object, optional, plain, pointer, string, time } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";

export const BoundObjectReference = object("k8s.io.api.authentication.v1.BoundObjectReference", {
  kind: optional(1, string(), "Pod, Secret or Node."),
  apiVersion: optional(2, string(), "Its API version."),
  name: optional(3, string(), "Its name."),
  uid: optional(4, string(), "Its UID.", { protoName: "uID" }),
});
export interface BoundObjectReference extends ValueIn<typeof BoundObjectReference> {}

export const TokenRequestSpec = object("k8s.io.api.authentication.v1.TokenRequestSpec", {
  audiences: optional(1, listAtomic(string()), "Whom it is meant for; empty for the API server.", { always: true }),
  expirationSeconds: pointer(4, int64(), "How long it is wished to last.", {
    always: true,
    default: 3600,
  }),
  boundObjectRef: pointer(3, BoundObjectReference, "The object with which the token dies.", { always: true }),
  attestations: optional(
    5,
    map(list(string(), { wrapper: "k8s.io.api.authentication.v1.AttestationValue" })),
    "What is attested about its user.",
  ),
});
export interface TokenRequestSpec extends ValueIn<typeof TokenRequestSpec> {}

export const TokenRequestStatus = object("k8s.io.api.authentication.v1.TokenRequestStatus", {
  token: optional(1, string(), "The token.", { always: true }),
  expirationTimestamp: optional(2, time(), "When it expires.", { always: true }),
});
export interface TokenRequestStatus extends ValueIn<typeof TokenRequestStatus> {}

const schema = object(
  "k8s.io.api.authentication.v1.TokenRequest",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, TokenRequestSpec, "What the token should be.", { always: true }),
    status: plain(3, TokenRequestStatus, "The token."),
  },
  { doc: "Asks for a token of a service account." },
);
export interface TokenRequest extends ValueIn<typeof schema> {}

/** Seconds: ten minutes, and what fits into 32 bits. */
const LEAST = 600;
const MOST = 2 ** 32;

const lifetimeInBounds: Rule<TokenRequest> = function* ({ spec }) {
  const { expirationSeconds } = spec;
  const path = FieldPath.of("spec", "expirationSeconds");
  if (typeof expirationSeconds !== "number") return;
  if (expirationSeconds < LEAST) {
    yield fieldInvalid(path, expirationSeconds, "may not specify a duration less than 10 minutes");
  }
  if (expirationSeconds > MOST) {
    yield fieldInvalid(path, expirationSeconds, "may not specify a duration larger than 2^32 seconds");
  }
};

export const TokenRequest = resource<TokenRequest>({
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenRequest",
  plural: "tokenrequests",
  scope: "Namespaced",
  verbs: ["create"],
  subresources: {},
  schema,
  rules: [lifetimeInBounds],
});
