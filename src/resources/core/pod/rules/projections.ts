// What the sources of a projected volume must be. It refuses to read them.
import { formats } from "../../../../base/formats.ts";
import { fieldForbidden, fieldInvalid, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import { signerNameFaults } from "../../../certificates/signer-name.ts";
import { formatFaults, notSupported } from "../../../faults.ts";
import { labelSelectorFaults } from "../../../label-selector-rule.ts";
import type { ProjectedVolumeSource, VolumeProjection } from "../projections.ts";
import { downwardFaults, keyToPathFaults, unreservedPathFaults } from "./volume-files.ts";

const KINDS = [
  "secret",
  "configMap",
  "downwardAPI",
  "serviceAccountToken",
  "clusterTrustBundle",
  "podCertificate",
] as const;

/** Tokens live for ten minutes at least, and for 2^32 seconds at most. */
const LEAST_TOKEN_SECONDS = 600;
const MOST_TOKEN_SECONDS = 2 ** 32;
const KEY_TYPES = ["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"];

type Of<K extends keyof VolumeProjection> = NonNullable<VolumeProjection[K]>;

/** Where the volume stands, and the files that earlier sources make in it. */
interface Folder {
  readonly path: FieldPath;
  readonly files: Set<string>;
}

/** Two sources must not make the same file. Upstream says so of the volume, and shows the source or the file. */
function* taken(file: string, shown: string | undefined, { path, files }: Folder): Generator<FieldError> {
  if (files.has(file)) yield fieldInvalid(path, shown ?? file, "conflicting duplicate paths");
  files.add(file);
}

function* keyFaults(source: Of<"secret">, path: FieldPath, folder: Folder): Generator<FieldError> {
  for (const [i, item] of (source.items ?? []).entries()) {
    yield* keyToPathFaults(item, path.child("items").index(i));
    if (item.path) yield* taken(item.path, source.name ?? "", folder);
  }
}

function* tokenFaults(token: Of<"serviceAccountToken">, path: FieldPath, folder: Folder): Generator<FieldError> {
  const { expirationSeconds = 3600, path: file } = token;
  const at = path.child("expirationSeconds");
  if (expirationSeconds < LEAST_TOKEN_SECONDS) {
    yield fieldInvalid(at, expirationSeconds, "may not specify a duration less than 10 minutes");
  }
  if (expirationSeconds > MOST_TOKEN_SECONDS) {
    yield fieldInvalid(at, expirationSeconds, "may not specify a duration larger than 2^32 seconds");
  }
  // Upstream's path is that of the volume.
  if (!file) yield fieldRequired(folder.path.child("path"));
  else yield* unreservedPathFaults(file, folder.path.child("path"));
}

/** A bundle of a signer is named `signer:with:colons:name`. */
function* bundleNameFaults(name: string, path: FieldPath): Generator<FieldError> {
  const colon = name.lastIndexOf(":");
  const faults = [...formats.dns1123Subdomain(colon < 0 ? name : name.slice(colon + 1))];
  for (const fault of faults) yield fieldInvalid(path, name, `not a valid clustertrustbundlename: ${fault}`);
}

function* signerFaults(name: string, path: FieldPath): Generator<FieldError> {
  if (!name) yield fieldRequired(path);
  else yield* signerNameFaults(name, path);
}

function* bundleFaults(bundle: Of<"clusterTrustBundle">, path: FieldPath, folder: Folder): Generator<FieldError> {
  const { name, signerName, labelSelector, path: file = "" } = bundle;
  if (name !== undefined && signerName !== undefined) {
    yield fieldInvalid(path, bundle, "only one of name and signerName may be used");
  } else if (name !== undefined) {
    if (!name) yield fieldRequired(path.child("name"), "must be a valid object name");
    yield* bundleNameFaults(name, path.child("name"));
    if (labelSelector) {
      const why = "labelSelector must be unset if name is specified";
      yield fieldInvalid(path.child("labelSelector"), labelSelector, why);
    }
  } else if (signerName !== undefined) {
    if (!signerName) yield fieldRequired(path.child("signerName"), "must be a valid signer name");
    yield* signerFaults(signerName, path.child("signerName"));
    yield* labelSelectorFaults(labelSelector, path.child("labelSelector"));
  } else yield fieldRequired(path, "either name or signerName must be specified");
  if (!file) yield fieldRequired(path.child("path"));
  yield* unreservedPathFaults(file, path.child("path"));
  yield* taken(file, undefined, folder);
}

/** Seconds: Kubernetes' own signers give a day at most, others about three months. */
const LEAST_CERTIFICATE_SECONDS = 3600;
const MOST_CERTIFICATE_SECONDS = 91 * 86_400;
const MOST_KUBERNETES_SECONDS = 86_400;

function* certificateFaults(source: Of<"podCertificate">, path: FieldPath, folder: Folder): Generator<FieldError> {
  const { signerName, keyType, maxExpirationSeconds, userAnnotations } = source;
  yield* signerFaults(signerName ?? "", path.child("signerName"));
  for (const key of Object.keys(userAnnotations ?? {}).sort()) {
    yield* formatFaults(path.child("userAnnotations"), key.toLowerCase(), "qualifiedName");
  }
  if (!KEY_TYPES.includes(keyType)) yield notSupported(path.child("keyType"), keyType ?? "", KEY_TYPES);
  if (maxExpirationSeconds !== undefined) {
    const at = path.child("maxExpirationSeconds");
    if (maxExpirationSeconds < LEAST_CERTIFICATE_SECONDS) {
      const why = `if provided, maxExpirationSeconds must be >= ${LEAST_CERTIFICATE_SECONDS}`;
      yield fieldInvalid(at, maxExpirationSeconds, why);
    }
    const own = /^([^/]*\.)?kubernetes\.io\//.test(signerName ?? "");
    const most = own ? MOST_KUBERNETES_SECONDS : MOST_CERTIFICATE_SECONDS;
    if (maxExpirationSeconds > most) {
      yield fieldInvalid(at, maxExpirationSeconds, `if provided, maxExpirationSeconds must be <= ${most}`);
    }
  }
  let count = 0;
  for (const field of ["credentialBundlePath", "keyPath", "certificateChainPath"] as const) {
    const file = source[field];
    if (!file) continue;
    count++;
    yield* unreservedPathFaults(file, path.child(field));
    yield* taken(file, undefined, folder);
  }
  if (count === 0) {
    yield fieldRequired(path, "specify at least one of credentialBundlePath, keyPath, and certificateChainPath");
  }
}

export function* projectedFaults({ sources }: ProjectedVolumeSource, path: FieldPath): Generator<FieldError> {
  const folder: Folder = { path, files: new Set() };
  for (const [i, source] of (sources ?? []).entries()) {
    const at = path.child("sources").index(i);
    const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
    if (secret) yield* keyFaults(secret, at.child("secret"), folder);
    if (configMap) yield* keyFaults(configMap, at.child("configMap"), folder);
    for (const item of downwardAPI?.items ?? []) {
      yield* downwardFaults([item], at.child("downwardAPI"));
      if (item.path) yield* taken(item.path, undefined, folder);
    }
    if (serviceAccountToken) yield* tokenFaults(serviceAccountToken, at.child("serviceAccountToken"), folder);
    if (clusterTrustBundle) yield* bundleFaults(clusterTrustBundle, at.child("clusterTrustBundle"), folder);
    if (podCertificate) yield* certificateFaults(podCertificate, at.child("podCertificate"), folder);
    if (KINDS.filter((kind) => source[kind] !== undefined).length > 1) {
      yield fieldForbidden(at, "may not specify more than 1 volume type per source");
    }
  }
}
