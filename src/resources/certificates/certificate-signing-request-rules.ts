// What a CertificateSigningRequest must be, and what of its status may change by whom. It refuses to ask who may approve
// or sign: that is admission.
import { readPem } from "../../base/pem.ts";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestStatus,
} from "./certificate-signing-request-object.ts";
import { readCertificate } from "./certificate.ts";
import { RequestError, readRequest } from "./request.ts";
import { signerNameFaults } from "./signer-name.ts";
import {
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  shown,
} from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";

const SPEC = FieldPath.of("spec");
const STATUS = FieldPath.of("status");
const CONDITIONS = STATUS.child("conditions");
const LEGACY = "kubernetes.io/legacy-unknown";
const LEAST_SECONDS = 600;
const DECISIONS = ["Approved", "Denied"];
const FINAL = [...DECISIONS, "Failed"];
export const USAGES = [
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
];

/** What is wrong with a request; undefined if nothing is. */
function requestFault(request: string): string | undefined {
  try {
    readRequest(request);
    return undefined;
  } catch (error) {
    if (error instanceof RequestError) return error.message;
    throw error;
  }
}

/** The spec is judged once: nobody can change it. */
const requestValid: Rule<CertificateSigningRequest> = function* ({ spec }, { old }) {
  if (old) return;
  const { request = "", usages = [], signerName = "", expirationSeconds } = spec;
  const fault = requestFault(request);
  if (fault !== undefined) yield fieldInvalid(SPEC.child("request"), request, fault);
  if (usages.length === 0) yield fieldRequired(SPEC.child("usages"));
  for (const [i, usage] of usages.entries()) {
    if (!USAGES.includes(usage)) yield fieldNotSupported(SPEC.child("usages").index(i), usage, USAGES);
  }
  for (const [i, usage] of usages.entries()) {
    if (usages.indexOf(usage) !== i) yield fieldDuplicate(SPEC.child("usages").index(i), usage);
  }
  const path = SPEC.child("signerName");
  if (signerName === LEGACY) {
    yield fieldInvalid(path, signerName, "the legacy signerName is not allowed via this API version");
  } else if (signerName === "") yield fieldRequired(path);
  else yield* signerNameFaults(signerName, path);
  if (expirationSeconds !== undefined && expirationSeconds < LEAST_SECONDS) {
    const why = "may not specify a duration less than 600 seconds (10 minutes)";
    yield fieldInvalid(SPEC.child("expirationSeconds"), expirationSeconds, why);
  }
};

const conditionsValid: Rule<CertificateSigningRequest> = function* ({ status }, { request }) {
  if (request.subresource === "") return;
  const seen = new Set<string>();
  for (const [i, { type, status: value }] of (status.conditions ?? []).entries()) {
    const at = CONDITIONS.index(i);
    if (type === "") yield fieldRequired(at.child("type"));
    if (value === "") yield fieldRequired(at.child("status"));
    else if (!["False", "True", "Unknown"].includes(value)) {
      yield fieldNotSupported(at.child("status"), value, ["False", "True", "Unknown"]);
    } else if (FINAL.includes(type) && value !== "True") yield fieldNotSupported(at.child("status"), value, ["True"]);
    const other = DECISIONS.find((decision) => decision !== type);
    if (DECISIONS.includes(type) && other !== undefined && seen.has(other)) {
      yield fieldInvalid(CONDITIONS, type, "Approved and Denied conditions are mutually exclusive");
    }
    if (seen.has(type)) yield fieldDuplicate(at.child("type"), type);
    seen.add(type);
  }
};

function certificateFault(base64: string): string | undefined {
  const blocks = readPem(Buffer.from(base64, "base64").toString("latin1"));
  for (const { type, hasHeaders, der } of blocks) {
    if (type !== "CERTIFICATE") return `only CERTIFICATE PEM blocks are allowed, found ${shown(type)}`;
    if (hasHeaders) return "no PEM block headers are permitted";
    if (readCertificate(der) === undefined) return "x509: malformed certificate";
  }
  return blocks.length === 0 ? "must contain at least one CERTIFICATE PEM block" : undefined;
}

/** A decision stays; only approvers make one; a certificate is issued once. */
const statusStays: Rule<CertificateSigningRequest> = function* ({ status }, { old, request }) {
  if (!old || request.subresource === "") return;
  const count = ({ conditions = [] }: CertificateSigningRequestStatus, wanted: string) =>
    conditions.filter(({ type }) => type === wanted).length;
  const { certificate = "" } = status;
  const before = old.status.certificate ?? "";
  if (certificate !== before && certificate !== "") {
    const fault = certificateFault(certificate);
    if (fault !== undefined) yield fieldInvalid(STATUS.child("certificate"), "<certificate data>", fault);
  }
  for (const type of FINAL) {
    if (count(status, type) < count(old.status, type)) {
      yield fieldForbidden(CONDITIONS, `updates may not remove a condition of type ${shown(type)}`);
    }
  }
  for (const type of request.subresource === "approval" ? [] : DECISIONS) {
    if (count(status, type) > count(old.status, type)) {
      yield fieldForbidden(CONDITIONS, `updates may not add a condition of type ${shown(type)}`);
    }
  }
  if (certificate !== before && before !== "") {
    yield fieldForbidden(STATUS.child("certificate"), "updates may not modify existing certificate content");
  }
};

export const requestRules: readonly Rule<CertificateSigningRequest>[] = [requestValid, conditionsValid, statusStays];
