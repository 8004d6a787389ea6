// The CertificateSigningRequest as an object: its schema and its type. It refuses to judge.
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import {
  bytes,
  int32,
  list,
  listAtomic,
  listMap,
  map,
  object,
  optional,
  plain,
  pointer,
  required,
  string,
  time,
} from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";

export const CertificateSigningRequestSpec = object("k8s.io.api.certificates.v1.CertificateSigningRequestSpec", {
  request: required(1, bytes(), "The request, PKCS #10 in PEM."),
  signerName: required(7, string(), "Who shall sign.", { judgedByRule: true }),
  expirationSeconds: pointer(8, int32(), "How long the certificate shall last."),
  usages: optional(
    5,
    listAtomic(
      string({
        enum: [
          "any",
          "cert sign",
          "client auth",
          "code signing",
          "content commitment",
          "crl sign",
          "data encipherment",
          "decipher only",
          "digital signature",
          "email protection",
          "encipher only",
          "ipsec end system",
          "ipsec tunnel",
          "ipsec user",
          "key agreement",
          "key encipherment",
          "microsoft sgc",
          "netscape sgc",
          "ocsp signing",
          "s/mime",
          "server auth",
          "signing",
          "timestamping",
        ],
      }),
    ),
    "What the certificate is for.",
    { judgedByRule: true },
  ),
  username: optional(2, string(), "Who asked."),
  uid: optional(3, string(), "Who asked, by UID."),
  groups: optional(4, listAtomic(string()), "Groups of who asked."),
  extra: optional(
    6,
    map(list(string(), { wrapper: "map<string,certificates/v1.ExtraValue>" })),
    "What else is known of who asked.",
  ),
});
export interface CertificateSigningRequestSpec extends ValueIn<typeof CertificateSigningRequestSpec> {}

export const CertificateSigningRequestCondition = object(
  "k8s.io.api.certificates.v1.CertificateSigningRequestCondition",
  {
    type: required(1, string(), "Approved, Denied or Failed.", { judgedByRule: true }),
    status: required(6, string(), "True.", { judgedByRule: true }),
    reason: optional(2, string(), "Why, in one word."),
    message: optional(3, string(), "Why, for people."),
    lastUpdateTime: optional(4, time(), "When it was last written."),
    lastTransitionTime: optional(5, time(), "When status last changed."),
  },
);
export interface CertificateSigningRequestCondition extends ValueIn<typeof CertificateSigningRequestCondition> {}

export const CertificateSigningRequestStatus = object("k8s.io.api.certificates.v1.CertificateSigningRequestStatus", {
  conditions: optional(1, listMap(CertificateSigningRequestCondition, ["type"]), "What was decided."),
  certificate: optional(2, bytes(), "The certificate, in PEM."),
});
export interface CertificateSigningRequestStatus extends ValueIn<typeof CertificateSigningRequestStatus> {}

export const certificateSigningRequestSchema = object(
  "k8s.io.api.certificates.v1.CertificateSigningRequest",
  {
    ...typeMeta,
    metadata,
    spec: required(2, CertificateSigningRequestSpec, "What is asked for, by whom."),
    status: plain(3, CertificateSigningRequestStatus, "What became of it."),
  },
  { doc: "A request for a certificate of one of the cluster's signers." },
);
export interface CertificateSigningRequest extends ValueIn<typeof certificateSigningRequestSchema> {}
