// ClusterTrustBundle: certificates that workloads may trust, by signer. It refuses to vouch for them.
import { formats } from "../../base/formats.ts";
import { readPem } from "../../base/pem.ts";
import { readCertificate } from "./certificate.ts";
import { signerNameFaults } from "./signer-name.ts";
import { nameColumn } from "../columns.ts";
import { formatFaults } from "../faults.ts";
import { fieldInvalid, fieldTooLong } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { object, optional, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

export const ClusterTrustBundleSpec = object("k8s.io.api.certificates.v1.ClusterTrustBundleSpec", {
  signerName: optional(1, string(), "The signer whose certificates it helps to verify; none if empty."),
  trustBundle: required(2, string(), "The certificates, in PEM.", { demanded: false }),
});
export interface ClusterTrustBundleSpec extends ValueIn<typeof ClusterTrustBundleSpec> {}

const schema = object(
  "k8s.io.api.certificates.v1.ClusterTrustBundle",
  {
    ...typeMeta,
    metadata,
    spec: required(2, ClusterTrustBundleSpec, "The certificates, and whose they are."),
  },
  { doc: "Certificates that workloads may trust." },
);
export interface ClusterTrustBundle extends ValueIn<typeof schema> {}

const SPEC = FieldPath.of("spec");
const NAME = FieldPath.of("metadata", "name");
const BUNDLE = SPEC.child("trustBundle");
const MOST_BYTES = 1024 * 1024;
const OMITTED = "<value omitted>";

function* nameFaults(name: string, signer: string): Generator<FieldError> {
  if (signer === "") {
    if (name.includes(":")) {
      const why = 'ClusterTrustBundle without signer name must not have ":" in its name';
      return yield fieldInvalid(NAME, name, why);
    }
    return yield* formatFaults(NAME, name, "dns1123Subdomain");
  }
  const prefix = `${signer.replaceAll("/", ":")}:`;
  if (!name.startsWith(prefix)) {
    const why = `ClusterTrustBundle for signerName ${signer} must be named with prefix ${prefix}`;
    return yield fieldInvalid(NAME, name, why);
  }
  for (const fault of formats.dns1123Subdomain(name.slice(prefix.length))) yield fieldInvalid(NAME, name, fault);
}

/** Entries are counted from 0; nothing of them is shown. */
function* bundleFaults(text: string): Generator<FieldError> {
  if (text.length > MOST_BYTES) return yield fieldTooLong(BUNDLE, MOST_BYTES);
  const seen = new Map<string, number>();
  for (const [i, { type, hasHeaders, der }] of readPem(text).entries()) {
    const wrong = (why: string) => fieldInvalid(BUNDLE, OMITTED, why);
    if (type !== "CERTIFICATE") {
      yield wrong(`entry ${i} has bad block type: ${type}`);
      continue;
    }
    if (hasHeaders) {
      yield wrong(`entry ${i} has PEM block headers`);
      continue;
    }
    const certificate = readCertificate(der);
    if (certificate === undefined) {
      yield wrong(`entry ${i} does not parse as X.509`);
      continue;
    }
    if (!certificate.ca) {
      yield wrong(`entry ${i} does not have the CA bit set`);
      continue;
    }
    const first = seen.get(certificate.fingerprint256);
    if (first !== undefined) yield wrong(`duplicate trust anchor (indices [${first} ${i}])`);
    else seen.set(certificate.fingerprint256, i);
  }
  if (seen.size === 0) yield fieldInvalid(BUNDLE, OMITTED, "at least one trust anchor must be provided");
}

const bundleValid: Rule<ClusterTrustBundle> = function* ({ metadata: { name = "" }, spec }, { old }) {
  const { signerName = "", trustBundle } = spec;
  if (!old) yield* nameFaults(name, signerName);
  if (signerName !== "") yield* signerNameFaults(signerName, SPEC.child("signerName"));
  if (trustBundle !== old?.spec.trustBundle) yield* bundleFaults(trustBundle);
  if (old && signerName !== (old.spec.signerName ?? "")) {
    yield fieldInvalid(SPEC.child("signerName"), signerName, "field is immutable");
  }
};

export const ClusterTrustBundle = resource<ClusterTrustBundle>({
  group: "certificates.k8s.io",
  version: "v1",
  kind: "ClusterTrustBundle",
  plural: "clustertrustbundles",
  scope: "Cluster",
  storageVersion: "v1beta1",
  schema,
  nameFormat: "pathSegmentName",
  generationOf: [],
  unconditionalUpdate: false,
  selectableFields: { "spec.signerName": ({ spec }) => spec.signerName ?? "" },
  columns: [
    nameColumn,
    {
      name: "SignerName",
      type: "string",
      doc: "Whose certificates it is about.",
      cell: ({ spec }) => spec.signerName || "<none>",
    },
  ],
  rules: [bundleValid],
});
