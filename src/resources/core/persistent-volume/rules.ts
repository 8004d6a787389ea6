// What a PersistentVolume must be, and what of it stays. It refuses to look at claims and classes.
import { compareQuantity } from "../../../base/quantity.ts";
import { PersistentVolumeSpec, VOLUME_SOURCES } from "./object.ts";
import type { PersistentVolume } from "./object.ts";
import type { SecretReference } from "./sources.ts";
import { nodeSelectorFaults } from "../pod/rules/affinity.ts";
import { writtenDiff } from "../pod/rules/spec-diff.ts";
import { formatFaults } from "../../faults.ts";
import { equalJson } from "../../../schema/equality.ts";
import {
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
} from "../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../schema/meta/path.ts";
import type { Rule } from "../../../schema/resource.ts";
import { quantity as quantityOf } from "../../../base/quantity.ts";
import { sourceFaults as podSources } from "../pod/rules/volume-sources.ts";

const MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const SPEC = FieldPath.of("spec");
const MOST_DRIVER = 63;

/** The name of a CSI driver. */
export function* driverNameFaults(name: string, path: FieldPath): Generator<FieldError> {
  if (name.length > MOST_DRIVER) yield fieldTooLong(path, MOST_DRIVER);
  yield* formatFaults(path, name.toLowerCase(), "dns1123Subdomain");
}

function* accessModeFaults(modes: readonly string[], path: FieldPath): Generator<FieldError> {
  if (modes.length === 0) yield fieldRequired(path);
  for (const mode of modes) if (!MODES.includes(mode)) yield fieldNotSupported(path, mode, MODES);
  if (modes.includes("ReadWriteOncePod") && modes.some((mode) => mode !== "ReadWriteOncePod")) {
    yield fieldForbidden(path, "may not use ReadWriteOncePod with other access modes");
  }
}

function* capacityFaults(capacity: Readonly<Record<string, string>>, path: FieldPath): Generator<FieldError> {
  const names = Object.keys(capacity);
  if (names.length === 0) yield fieldRequired(path);
  if (capacity["storage"] === undefined || names.length > 1)
    yield fieldNotSupported(path, capacity as never, ["storage"]);
  for (const name of names) {
    const order = compareQuantity(capacity[name]!, "0");
    const shown = quantityOf(capacity[name]!).toString();
    if (order < 0) yield fieldInvalid(path.key(name), shown, "must be greater than or equal to 0");
    if (order <= 0) yield fieldInvalid(path.key(name), shown, "must be greater than zero");
  }
}

function* secretFaults(secret: SecretReference | undefined, path: FieldPath): Generator<FieldError> {
  if (secret === undefined) return;
  if (!secret.name) yield fieldRequired(path.child("name"));
  if (!secret.namespace) yield fieldRequired(path.child("namespace"));
}

const SECRETS = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeExpandSecretRef",
] as const;

/** What must be there at all is a fact of the fields. */
function* sourceFaults(spec: PersistentVolumeSpec, path: FieldPath): Generator<FieldError> {
  const { hostPath, nfs, local, csi, fc, azureDisk } = spec;
  if (hostPath) yield* podSources.hostPath!({ name: "", hostPath }, path.child("hostPath"));
  if (nfs) yield* podSources.nfs!({ name: "", nfs }, path.child("nfs"));
  if (fc) yield* podSources.fc!({ name: "", fc }, path.child("fc"));
  if (azureDisk) yield* podSources.azureDisk!({ name: "", azureDisk }, path.child("azureDisk"));
  if (local) {
    if (local.path.split("/").includes("..")) {
      yield fieldInvalid(path.child("local", "path"), local.path, "must not contain '..'");
    }
    if (!spec.nodeAffinity?.required)
      yield fieldRequired(path.child("nodeAffinity"), "Local volume requires node affinity");
  }
  if (!csi) return;
  const at = path.child("csi");
  if (csi.driver !== "") yield* driverNameFaults(csi.driver, at.child("driver"));
  for (const name of SECRETS) yield* secretFaults(csi[name], at.child(name));
}

/** `inline`: the volume of a VolumeAttachment, which is of CSI and belongs to no claim. */
export function* volumeSpecFaults(spec: PersistentVolumeSpec, path: FieldPath, inline: boolean): Generator<FieldError> {
  const { capacity = {}, accessModes = [], claimRef, nodeAffinity, storageClassName = "", csi } = spec;
  const NOT_INLINE = "may not be specified in the context of inline volumes";
  if (inline) {
    if (claimRef) yield fieldForbidden(path.child("claimRef"), NOT_INLINE);
    if (Object.keys(capacity).length > 0) yield fieldForbidden(path.child("capacity"), NOT_INLINE);
    if (!csi) yield fieldRequired(path.child("csi"), "has to be specified in the context of inline volumes");
  }
  yield* accessModeFaults(accessModes, path.child("accessModes"));
  if (!inline) yield* capacityFaults(capacity, path.child("capacity"));
  else if (spec.persistentVolumeReclaimPolicy)
    yield fieldForbidden(path.child("persistentVolumeReclaimPolicy"), NOT_INLINE);
  if (nodeAffinity) {
    const at = path.child("nodeAffinity", "required");
    if (nodeAffinity.required) yield* nodeSelectorFaults(nodeAffinity.required, at);
    else yield fieldRequired(at, "must specify required node constraints");
  }
  yield* sourceFaults(spec, path);
  if (spec.hostPath && isRoot(spec.hostPath.path) && spec.persistentVolumeReclaimPolicy === "Recycle") {
    const why = "may not be 'recycle' for a hostPath mount of '/'";
    yield fieldForbidden(path.child("persistentVolumeReclaimPolicy"), why);
  }
  if (storageClassName !== "") {
    if (inline) yield fieldForbidden(path.child("storageClassName"), NOT_INLINE);
    else yield* formatFaults(path.child("storageClassName"), storageClassName, "dns1123Subdomain");
  }
  yield* attributesClassFaults(spec, path, inline);
}

function* attributesClassFaults(spec: PersistentVolumeSpec, path: FieldPath, inline: boolean): Generator<FieldError> {
  const name = spec.volumeAttributesClassName;
  if (name === undefined) return;
  const at = path.child("volumeAttributesClassName");
  if (inline) return yield fieldForbidden(at, "may not be specified in the context of inline volumes");
  if (name === "") yield fieldRequired(at, "an empty string is disallowed");
  else yield* formatFaults(at, name, "dns1123Subdomain");
  if (!spec.csi) {
    yield fieldRequired(path.child("csi"), "has to be specified when using volumeAttributesClassName");
  }
}

/** Whether a cleaned path is the root. */
const isRoot = (path: string) => path.startsWith("/") && path.split("/").every((part) => part === "" || part === ".");

export const volumeValid: Rule<PersistentVolume> = ({ spec }, { request }) =>
  request.subresource === "" ? volumeSpecFaults(spec, SPEC, false) : [];

const sourceOf = (spec: PersistentVolumeSpec) =>
  Object.fromEntries(VOLUME_SOURCES.flatMap((name) => (spec[name] === undefined ? [] : [[name, spec[name]]])));

/** A secret for growing may come later, once. */
function sourceBefore(old: PersistentVolumeSpec, now: PersistentVolumeSpec): PersistentVolumeSpec {
  const secret = now.csi?.controllerExpandSecretRef;
  if (!old.csi || old.csi.controllerExpandSecretRef || !secret) return old;
  return { ...old, csi: { ...old.csi, controllerExpandSecretRef: secret } };
}

export const volumeStays: Rule<PersistentVolume> = function* ({ spec }, { old, request }) {
  if (!old || request.subresource !== "") return;
  const before = sourceOf(sourceBefore(old.spec, spec));
  const after = sourceOf(spec);
  if (!equalJson(before, after)) {
    const path = SPEC.child("persistentvolumesource");
    const diff = writtenDiff(PersistentVolumeSpec, before, after);
    yield fieldForbidden(path, `spec.persistentvolumesource is immutable after creation\n${diff}`);
  }
  if (spec.volumeMode !== old.spec.volumeMode) {
    yield fieldInvalid(FieldPath.of("volumeMode"), spec.volumeMode, "field is immutable");
  }
  if (old.spec.nodeAffinity !== undefined && !equalJson(spec.nodeAffinity, old.spec.nodeAffinity)) {
    yield fieldInvalid(FieldPath.of("nodeAffinity"), spec.nodeAffinity, "field is immutable");
  }
  if (old.spec.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    yield fieldForbidden(SPEC.child("volumeAttributesClassName"), "update from non-nil value to nil is forbidden");
  }
};
