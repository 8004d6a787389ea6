// PodCertificateRequest: a kubelet's request for a certificate of a pod. It refuses to sign, and to ask whose node it is.
import { labelsText } from "../apps/workload-columns.ts";
import { signerNameFaults } from "./signer-name.ts";
import { nameColumn } from "../columns.ts";
import { formatFaults } from "../faults.ts";
import { preparesStatus } from "../status.ts";
import { semanticEqual } from "../../schema/equality.ts";
import { Condition } from "../../schema/meta/condition.ts";
import { fieldInvalid, fieldTooLong } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import {
  bytes,
  int32,
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
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

export const PodCertificateRequestSpec = object("k8s.io.api.certificates.v1.PodCertificateRequestSpec", {
  signerName: required(1, string(), "Who shall sign."),
  podName: required(2, string(), "The pod."),
  podUID: required(3, string(), "The pod, by UID."),
  serviceAccountName: required(4, string(), "The pod's ServiceAccount."),
  serviceAccountUID: required(5, string(), "The pod's ServiceAccount, by UID."),
  nodeName: required(6, string(), "The pod's node."),
  nodeUID: required(7, string(), "The pod's node, by UID."),
  maxExpirationSeconds: pointer(8, int32(), "The longest that the certificate may last.", { default: 86400 }),
  stubPKCS10Request: required(12, bytes(), "A request that proves that the kubelet holds the key."),
  unverifiedUserAnnotations: optional(11, map(string()), "What the pod tells the signer; nobody vouches for it."),
});
export interface PodCertificateRequestSpec extends ValueIn<typeof PodCertificateRequestSpec> {}

export const PodCertificateRequestStatus = object("k8s.io.api.certificates.v1.PodCertificateRequestStatus", {
  conditions: optional(1, listMap(Condition, ["type"]), "What was decided.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
  certificateChain: optional(2, string(), "The certificates, in PEM."),
  notBefore: pointer(4, time(), "Since when the certificate holds."),
  beginRefreshAt: pointer(5, time(), "When the kubelet shall ask for another."),
  notAfter: pointer(6, time(), "Until when the certificate holds."),
});
export interface PodCertificateRequestStatus extends ValueIn<typeof PodCertificateRequestStatus> {}

const schema = object(
  "k8s.io.api.certificates.v1.PodCertificateRequest",
  {
    ...typeMeta,
    metadata,
    spec: required(2, PodCertificateRequestSpec, "What is asked for."),
    status: plain(3, PodCertificateRequestStatus, "What became of it."),
  },
  { doc: "A request for a certificate of a pod." },
);
export interface PodCertificateRequest extends ValueIn<typeof schema> {}

const SPEC = FieldPath.of("spec");
const MOST_UID = 128;
const LEAST_SECONDS = 3600;
const DAY_SECONDS = 86_400;
/** Signers of Kubernetes give a day, others a quarter of a year. */
const mostSeconds = (signer: string) => (signer.startsWith("kubernetes.io/") ? DAY_SECONDS : 91 * DAY_SECONDS);

/** The spec is judged once: it stays. */
const requestValid: Rule<PodCertificateRequest> = function* ({ spec }, { old }) {
  if (old) {
    if (!semanticEqual(PodCertificateRequestSpec, spec, old.spec)) yield fieldInvalid(SPEC, spec, "field is immutable");
    return;
  }
  const { signerName, maxExpirationSeconds } = spec;
  if (signerName !== "") yield* signerNameFaults(signerName, SPEC.child("signerName"));
  for (const name of ["podName", "serviceAccountName", "nodeName"] as const) {
    if (spec[name] !== "") yield* formatFaults(SPEC.child(name), spec[name], "dns1123Subdomain");
  }
  for (const name of ["podUID", "serviceAccountUID", "nodeUID"] as const) {
    if (spec[name].length > MOST_UID) yield fieldTooLong(SPEC.child(name), MOST_UID);
  }
  if (maxExpirationSeconds === undefined) return;
  const path = SPEC.child("maxExpirationSeconds");
  const most = mostSeconds(signerName);
  if (maxExpirationSeconds < LEAST_SECONDS || maxExpirationSeconds > most) {
    yield fieldInvalid(path, maxExpirationSeconds, `must be in the range [${LEAST_SECONDS}, ${most}]`);
  }
};

const STATES = ["Denied", "Failed", "Issued"];

export const PodCertificateRequest = resource<PodCertificateRequest>({
  group: "certificates.k8s.io",
  version: "v1",
  kind: "PodCertificateRequest",
  plural: "podcertificaterequests",
  scope: "Namespaced",
  storageVersion: "v1beta1",
  schema,
  generationOf: [],
  unconditionalUpdate: false,
  selectableFields: {
    "spec.signerName": ({ spec }) => spec.signerName,
    "spec.podName": ({ spec }) => spec.podName,
    "spec.nodeName": ({ spec }) => spec.nodeName,
  },
  columns: [
    nameColumn,
    { name: "PodName", type: "string", doc: "The pod.", cell: ({ spec }) => spec.podName },
    {
      name: "ServiceAccountName",
      type: "string",
      doc: "Its ServiceAccount.",
      cell: ({ spec }) => spec.serviceAccountName,
    },
    { name: "NodeName", type: "string", doc: "Its node.", cell: ({ spec }) => spec.nodeName },
    { name: "SignerName", type: "string", doc: "Who shall sign.", cell: ({ spec }) => spec.signerName },
    {
      name: "State",
      type: "string",
      doc: "What became of it.",
      cell: ({ status: { conditions = [] } }) =>
        conditions.find(({ type }) => STATES.includes(type))?.type ?? "Pending",
    },
    {
      name: "UnverifiedUserAnnotations",
      type: "string",
      doc: "What the pod tells the signer.",
      cell: ({ spec }) => labelsText(spec.unverifiedUserAnnotations),
    },
  ],
  prepare: preparesStatus<PodCertificateRequest>(schema),
  rules: [requestValid],
});
