// What the sources of a projected volume must be. It refuses to read them.
import { fieldForbidden, fieldInvalid, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import { labelSelectorFaults } from "../../../label-selector-rule.ts";
import type { ProjectedVolumeSource, VolumeProjection } from "../projections.ts";
import { descending } from "./spec-rule.ts";
import { downwardFaults, itemFaults } from "./volume-files.ts";

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
const KEY_TYPES = ["ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519", "RSA3072", "RSA4096"];

function* tokenFaults(
  token: NonNullable<VolumeProjection["serviceAccountToken"]>,
  path: FieldPath,
): Generator<FieldError> {
  const { expirationSeconds, path: file } = token;
  if (expirationSeconds !== undefined && expirationSeconds < LEAST_TOKEN_SECONDS) {
    yield fieldInvalid(
      path.child("expirationSeconds"),
      expirationSeconds,
      "may not specify a duration less than 10 minutes",
    );
  }
  if (expirationSeconds !== undefined && expirationSeconds > MOST_TOKEN_SECONDS) {
    yield fieldInvalid(
      path.child("expirationSeconds"),
      expirationSeconds,
      "may not specify a duration larger than 2^32 seconds",
    );
  }
  if (!file) yield fieldRequired(path.child("path"));
  else yield* descending(path.child("path"), file);
}

function* bundleFaults(
  bundle: NonNullable<VolumeProjection["clusterTrustBundle"]>,
  path: FieldPath,
): Generator<FieldError> {
  const { name, signerName, labelSelector, path: file } = bundle;
  if (name !== undefined) {
    if (!name) yield fieldRequired(path.child("name"), "must not be empty");
    if (signerName !== undefined) yield fieldInvalid(path, bundle, "name and signerName are mutually exclusive");
    if (labelSelector)
      yield fieldInvalid(
        path.child("labelSelector"),
        labelSelector,
        "labelSelector must be unset if name is specified",
      );
  } else if (signerName !== undefined) {
    if (!signerName) yield fieldRequired(path.child("signerName"), "must not be empty");
    yield* labelSelectorFaults(labelSelector, path.child("labelSelector"));
  } else yield fieldRequired(path, "either name or signerName must be specified");
  if (!file) yield fieldRequired(path.child("path"));
  else yield* descending(path.child("path"), file);
}

function* certificateFaults(
  source: NonNullable<VolumeProjection["podCertificate"]>,
  path: FieldPath,
): Generator<FieldError> {
  const { signerName, keyType, maxExpirationSeconds, credentialBundlePath, keyPath, certificateChainPath } = source;
  if (!signerName) yield fieldRequired(path.child("signerName"));
  if (!KEY_TYPES.includes(keyType)) {
    const list = KEY_TYPES.map((type) => JSON.stringify(type)).join(", ");
    yield fieldInvalid(path.child("keyType"), keyType, `must be one of ${list}`);
  }
  if (maxExpirationSeconds !== undefined && (maxExpirationSeconds < 3600 || maxExpirationSeconds > 91 * 86400)) {
    yield fieldInvalid(
      path.child("maxExpirationSeconds"),
      maxExpirationSeconds,
      "must be between 3600 and 7862400, inclusive",
    );
  }
  if (!credentialBundlePath && !keyPath && !certificateChainPath) {
    yield fieldRequired(path, "specify at least one of credentialBundlePath, keyPath, and certificateChainPath");
  }
  if (credentialBundlePath) yield* descending(path.child("credentialBundlePath"), credentialBundlePath);
  if (keyPath) yield* descending(path.child("keyPath"), keyPath);
  if (certificateChainPath) yield* descending(path.child("certificateChainPath"), certificateChainPath);
}

export function* projectedFaults({ sources }: ProjectedVolumeSource, path: FieldPath): Generator<FieldError> {
  for (const [i, source] of (sources ?? []).entries()) {
    const at = path.child("sources").index(i);
    const given = KINDS.filter((kind) => source[kind] !== undefined);
    const [, second] = given;
    if (second) yield fieldForbidden(at.child(second), "may not specify more than 1 volume type");
    if (source.secret) yield* itemFaults(source.secret.items, at.child("secret"));
    if (source.configMap) yield* itemFaults(source.configMap.items, at.child("configMap"));
    if (source.downwardAPI) yield* downwardFaults(source.downwardAPI.items, at.child("downwardAPI"));
    if (source.serviceAccountToken) yield* tokenFaults(source.serviceAccountToken, at.child("serviceAccountToken"));
    if (source.clusterTrustBundle) yield* bundleFaults(source.clusterTrustBundle, at.child("clusterTrustBundle"));
    if (source.podCertificate) yield* certificateFaults(source.podCertificate, at.child("podCertificate"));
    if (given.length === 0) yield fieldRequired(at, "must specify a volume type");
  }
}
