// CertificateSigningRequest: who wants what certificate from which signer. It refuses to approve and to sign.
import { humanDuration } from "../../base/duration.ts";
import { formatTime } from "../../base/timestamp.ts";
import { certificateSigningRequestSchema } from "./certificate-signing-request-object.ts";
import type { CertificateSigningRequestCondition } from "./certificate-signing-request-object.ts";
import { requestRules } from "./certificate-signing-request-rules.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { command, resource, view } from "../../schema/resource.ts";
import type { Column, RequestFacts } from "../../schema/resource.ts";
import type { CertificateSigningRequest as RequestObject } from "./certificate-signing-request-object.ts";

export interface CertificateSigningRequest extends RequestObject {}

/** Each condition has the time when it was written, and when it became what it is. */
function withTimes(
  conditions: readonly CertificateSigningRequestCondition[],
  before: readonly CertificateSigningRequestCondition[],
  now: string,
): readonly CertificateSigningRequestCondition[] {
  return conditions.map((condition) => {
    const same = before.find(({ type, status }) => type === condition.type && status === condition.status);
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime ?? now,
      lastTransitionTime: condition.lastTransitionTime ?? same?.lastTransitionTime ?? now,
    };
  });
}

/** Who asks is who sends the request; what was asked for stays. */
function prepare(
  object: CertificateSigningRequest,
  old: CertificateSigningRequest | undefined,
  { subresource, user, now }: RequestFacts,
): CertificateSigningRequest {
  if (!old) {
    const { request, signerName, expirationSeconds, usages } = object.spec;
    const { name, uid, groups, extra } = user;
    const spec = {
      ...{ request, signerName },
      ...(expirationSeconds !== undefined && { expirationSeconds }),
      ...(usages && { usages }),
      username: name,
      ...(uid !== undefined && { uid }),
      ...{ groups },
      ...(extra && { extra }),
    };
    return { ...object, spec, status: {} };
  }
  if (subresource === "") return { ...object, spec: old.spec, status: old.status };
  const { conditions } = object.status;
  if (!conditions) return { ...object, spec: old.spec };
  const times = withTimes(conditions, old.status.conditions ?? [], formatTime(now));
  return { ...object, spec: old.spec, status: { ...object.status, conditions: times } };
}

function conditionText({ status: { conditions = [], certificate = "" } }: CertificateSigningRequest): string {
  const has = (wanted: string) => conditions.some(({ type }) => type === wanted);
  const decision = has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending";
  return decision + (has("Failed") ? ",Failed" : "") + (certificate === "" ? "" : ",Issued");
}

const MS = 1000;
const text = (
  name: string,
  doc: string,
  cell: (request: CertificateSigningRequest) => string,
): Column<CertificateSigningRequest> => ({ name, type: "string", doc, cell });

export const CertificateSigningRequest = resource<CertificateSigningRequest>({
  group: "certificates.k8s.io",
  version: "v1",
  kind: "CertificateSigningRequest",
  plural: "certificatesigningrequests",
  shortNames: ["csr"],
  scope: "Cluster",
  schema: certificateSigningRequestSchema,
  nameFormat: "pathSegmentName",
  generationOf: [],
  subresources: { approval: command("approval", ["get", "patch", "update"]), status: view(["status"]) },
  selectableFields: { "spec.signerName": ({ spec }) => spec.signerName },
  columns: [
    nameColumn,
    ageColumn,
    text("SignerName", "Who shall sign.", ({ spec }) => spec.signerName || "<none>"),
    text("Requestor", "Who asked.", ({ spec }) => spec.username ?? ""),
    text("RequestedDuration", "How long the certificate shall last.", ({ spec: { expirationSeconds } }) =>
      expirationSeconds === undefined ? "<none>" : humanDuration(expirationSeconds * MS),
    ),
    text("Condition", "What became of it.", conditionText),
  ],
  prepare,
  rules: requestRules,
});
