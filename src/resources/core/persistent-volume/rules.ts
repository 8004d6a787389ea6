// What a PersistentVolume must be, and what of it stays. It refuses to look at claims and classes.
import { PersistentVolumeSpec, VOLUME_SOURCES } from "./object.ts";
import type { PersistentVolume } from "./object.ts";
import type { SecretReference } from "./sources.ts";
import { nodeSelectorFaults } from "../pod/rules/affinity.ts";
import { writtenDiff } from "../pod/rules/spec-diff.ts";
import { formatFaults } from "../../faults.ts";
import { nodeTermWarnings } from "../../node-labels.ts";
import { equalJson } from "../../../schema/equality.ts";
import { fieldForbidden, fieldInvalid, fieldNotSupported, fieldRequired } from "../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../schema/meta/path.ts";
import { validateFacts } from "../../../schema/validate.ts";
import type { Rule } from "../../../schema/resource.ts";
import { quantity as quantityOf } from "../../../base/quantity.ts";
import { iscsiNameFaults } from "../pod/rules/iscsi.ts";
import {
  awsFaults,
  azureDiskFaults,
  flexFaults,
  flockerFaults,
  gceFaults,
  quobyteFaults,
  storageOSFaults,
} from "../pod/rules/legacy-volume-sources.ts";
import { withoutBacksteps } from "../pod/rules/spec-rule.ts";
import { driverNameFaults, sourceFaults as podSources } from "../pod/rules/volume-sources.ts";

const MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const SPEC = FieldPath.of("spec");

function* accessModeFaults(modes: readonly string[], path: FieldPath): Generator<FieldError> {
  if (modes.length === 0) yield fieldRequired(path);
  for (const mode of modes) if (!MODES.includes(mode)) yield fieldNotSupported(path, mode, MODES);
  if (modes.includes("ReadWriteOncePod") && modes.some((mode) => mode !== "ReadWriteOncePod")) {
    yield fieldForbidden(path, "may not use ReadWriteOncePod with other access modes");
  }
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

function* capacityFaults(given: Readonly<Record<string, string>> | undefined, path: FieldPath): Generator<FieldError> {
  const capacity = given ?? {};
  const names = Object.keys(capacity);
  if (names.length === 0) yield fieldRequired(path);
  if (capacity["storage"] === undefined || names.length > 1) {
    const told = given && Object.fromEntries(Object.entries(given).sort(byName));
    yield fieldNotSupported(path, told, ["storage"]);
  }
  for (const name of names) {
    const amount = quantityOf(capacity[name]!);
    if (amount.sign() < 0) yield fieldInvalid(path.key(name), amount.value(), "must be a valid resource quantity");
    if (amount.sign() <= 0) yield fieldInvalid(path.key(name), amount.toString(), "must be greater than zero");
  }
}

function* secretFaults(secret: SecretReference | undefined, path: FieldPath): Generator<FieldError> {
  if (secret === undefined) return;
  if (!secret.name) yield fieldRequired(path.child("name"));
  else yield* formatFaults(path.child("name"), secret.name, "dns1123Subdomain");
  if (!secret.namespace) yield fieldRequired(path.child("namespace"));
  else yield* formatFaults(path.child("namespace"), secret.namespace, "dns1123Label");
}

type VolumeSource = (typeof VOLUME_SOURCES)[number];
const EMPTY: PersistentVolumeSpec = {};

const SECRETS = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeExpandSecretRef",
] as const;

/** The order in which upstream looks at them: the first that is there is judged, the others are too many. */
const SOURCES: readonly VolumeSource[] = ["hostPath", ...VOLUME_SOURCES.filter((name) => name !== "hostPath")];

/** The fault of a second source, where upstream calls it otherwise. */
const SECOND_NAMES: { readonly [K in VolumeSource]?: string } = { cephfs: "cephFS" };

function* sourcesFaults(spec: PersistentVolumeSpec, name: string, path: FieldPath): Generator<FieldError> {
  let first = true;
  for (const source of SOURCES) {
    const value = spec[source];
    if (value === undefined) continue;
    // Upstream forgets to ask here.
    if (!first && source !== "flexVolume") {
      yield fieldForbidden(path.child(SECOND_NAMES[source] ?? source), "may not specify more than 1 volume type");
      continue;
    }
    first = false;
    yield* validateFacts(PersistentVolumeSpec.fields[source].node, value, undefined, path.child(source));
    yield* sourceFaults({ ...EMPTY, [source]: value }, name, path);
    if (source === "local" && !spec.nodeAffinity?.required)
      yield fieldRequired(path.child("nodeAffinity"), "Local volume requires node affinity");
  }
  if (first) yield fieldRequired(path, "must specify a volume type");
}

/** Beside what the facts of its fields say. */
function* sourceFaults(spec: PersistentVolumeSpec, name: string, path: FieldPath): Generator<FieldError> {
  const { hostPath, nfs, local, csi, fc, azureDisk, gcePersistentDisk, awsElasticBlockStore } = spec;
  const place = { at: path, ofPod: false };
  if (hostPath) yield* podSources.hostPath!({ name: "", hostPath }, path.child("hostPath"), place);
  // Upstream names the field as it was once called.
  if (gcePersistentDisk) yield* gceFaults(gcePersistentDisk, path.child("persistentDisk"));
  if (awsElasticBlockStore) yield* awsFaults(awsElasticBlockStore, path.child("awsElasticBlockStore"));
  if (spec.flocker) yield* flockerFaults(spec.flocker, path.child("flocker"));
  if (nfs) yield* podSources.nfs!({ name: "", nfs }, path.child("nfs"), place);
  if (spec.quobyte) yield* quobyteFaults(spec.quobyte, path.child("quobyte"));
  if (spec.iscsi) yield* iscsiFaults(spec.iscsi, name, path.child("iscsi"));
  if (fc) yield* podSources.fc!({ name: "", fc }, path.child("fc"), place);
  if (spec.flexVolume) yield* flexFaults(spec.flexVolume, path.child("flexVolume"));
  if (azureDisk) yield* azureDiskFaults(azureDisk, path.child("azureDisk"));
  if (local?.path) yield* withoutBacksteps(path.child("local", "path"), local.path);
  if (spec.storageos) yield* storageOSFaults(spec.storageos, path.child("storageos"));
  if (!csi) return;
  const at = path.child("csi");
  if (csi.driver) yield* driverNameFaults(csi.driver, at.child("driver"));
  for (const field of SECRETS) yield* secretFaults(csi[field], at.child(field));
}

/** As in pods, but for the words. `name` is the volume's. */
function* iscsiFaults(
  iscsi: NonNullable<PersistentVolumeSpec["iscsi"]>,
  name: string,
  path: FieldPath,
): Generator<FieldError> {
  const { iqn = "", initiatorName, lun, chapAuthDiscovery, chapAuthSession, secretRef, targetPortal = "" } = iscsi;
  const wrong = "must be valid format";
  if (initiatorName !== undefined && `${name}:${targetPortal}`.length > 64) {
    const why =
      "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
    yield fieldInvalid(path.child("targetportal"), targetPortal, why);
  }
  if (iqn) yield* iscsiNameFaults(path.child("iqn"), iqn, wrong);
  if (lun < 0 || lun > 255) yield fieldInvalid(path.child("lun"), lun, "must be between 0 and 255, inclusive");
  if ((chapAuthDiscovery || chapAuthSession) && !secretRef) yield fieldRequired(path.child("secretRef"));
  if (secretRef && !secretRef.name) yield fieldRequired(path.child("secretRef", "name"));
  if (initiatorName !== undefined) yield* iscsiNameFaults(path.child("initiatorname"), initiatorName, wrong);
}

/** `inline`: the volume of a VolumeAttachment, which is of CSI and belongs to no claim. */
export function* volumeSpecFaults(
  spec: PersistentVolumeSpec,
  path: FieldPath,
  inline: boolean,
  name = "",
): Generator<FieldError> {
  const { capacity = {}, accessModes = [], claimRef, nodeAffinity, storageClassName = "", csi } = spec;
  const NOT_INLINE = "may not be specified in the context of inline volumes";
  if (inline) {
    if (claimRef) yield fieldForbidden(path.child("claimRef"), NOT_INLINE);
    if (Object.keys(capacity).length > 0) yield fieldForbidden(path.child("capacity"), NOT_INLINE);
    if (!csi) yield fieldRequired(path.child("csi"), "has to be specified in the context of inline volumes");
  }
  yield* accessModeFaults(accessModes, path.child("accessModes"));
  if (!inline) yield* capacityFaults(spec.capacity, path.child("capacity"));
  else if (spec.persistentVolumeReclaimPolicy && spec.persistentVolumeReclaimPolicy !== "Retain") {
    const why = "may only be Retain in the context of inline volumes";
    yield fieldForbidden(path.child("persistentVolumeReclaimPolicy"), why);
  }
  if (nodeAffinity && inline) yield fieldForbidden(path.child("nodeAffinity"), NOT_INLINE);
  else if (nodeAffinity) {
    const at = path.child("nodeAffinity", "required");
    if (nodeAffinity.required) yield* nodeSelectorFaults(nodeAffinity.required, at);
    else yield fieldRequired(at, "must specify required node constraints");
  }
  yield* sourcesFaults(spec, name, path);
  if (spec.hostPath && isRoot(spec.hostPath.path) && spec.persistentVolumeReclaimPolicy === "Recycle") {
    const why = "may not be 'recycle' for a hostPath mount of '/'";
    yield fieldForbidden(path.child("persistentVolumeReclaimPolicy"), why);
  }
  if (storageClassName !== "") {
    if (inline) yield fieldForbidden(path.child("storageClassName"), NOT_INLINE);
    else yield* formatFaults(path.child("storageClassName"), storageClassName, "dns1123Subdomain");
  }
  if (inline && spec.volumeMode !== undefined && spec.volumeMode !== "Filesystem") {
    const why = "may not specify volumeMode other than Filesystem in the context of inline volumes";
    yield fieldForbidden(path.child("volumeMode"), why);
  }
  yield* attributesClassFaults(spec, path);
}

function* attributesClassFaults(spec: PersistentVolumeSpec, path: FieldPath): Generator<FieldError> {
  const name = spec.volumeAttributesClassName;
  if (name === undefined) return;
  const at = path.child("volumeAttributesClassName");
  if (name === "") yield fieldRequired(at, "an empty string is disallowed");
  else yield* formatFaults(at, name, "dns1123Subdomain");
  if (!spec.csi) {
    yield fieldRequired(path.child("csi"), "has to be specified when using volumeAttributesClassName");
  }
}

/** Whether a cleaned path is the root. */
const isRoot = (path: string) => path.startsWith("/") && path.split("/").every((part) => part === "" || part === ".");

export const volumeValid: Rule<PersistentVolume> = ({ spec, metadata }, { request }) =>
  request.subresource === "" ? volumeSpecFaults(spec, SPEC, false, metadata.name) : [];

const sourceOf = (spec: PersistentVolumeSpec) =>
  Object.fromEntries(VOLUME_SOURCES.flatMap((name) => (spec[name] === undefined ? [] : [[name, spec[name]]])));

/** A secret for growing may come later, once. */
function sourceBefore(old: PersistentVolumeSpec, now: PersistentVolumeSpec): PersistentVolumeSpec {
  const secret = now.csi?.controllerExpandSecretRef;
  if (!old.csi || old.csi.controllerExpandSecretRef || !secret) return old;
  return { ...old, csi: { ...old.csi, controllerExpandSecretRef: secret } };
}

/** Labels of nodes that got a newer name. */
const NEW_LABELS: Readonly<Record<string, string>> = {
  "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
  "beta.kubernetes.io/os": "kubernetes.io/os",
  "beta.kubernetes.io/arch": "kubernetes.io/arch",
  "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
};

/** The old affinity with the newer names of labels wherever `now` has them: that may change. */
function withNewLabels(old: PersistentVolumeSpec, now: PersistentVolumeSpec): unknown {
  const terms = now.nodeAffinity?.required?.nodeSelectorTerms;
  const renamed = old.nodeAffinity?.required?.nodeSelectorTerms.map((term, i) => ({
    ...term,
    ...(term.matchExpressions && {
      matchExpressions: term.matchExpressions.map((one, j) => {
        const key = terms?.[i]?.matchExpressions?.[j]?.key;
        return key !== undefined && NEW_LABELS[one.key] === key ? { ...one, key } : one;
      }),
    }),
  }));
  return renamed && { ...old.nodeAffinity, required: { ...old.nodeAffinity?.required, nodeSelectorTerms: renamed } };
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
  if (old.spec.nodeAffinity !== undefined && !equalJson(spec.nodeAffinity, withNewLabels(old.spec, spec))) {
    const why = "field is immutable, except for updating from beta label to GA";
    yield fieldInvalid(FieldPath.of("nodeAffinity"), spec.nodeAffinity, why);
  }
  if (old.spec.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    yield fieldForbidden(SPEC.child("volumeAttributesClassName"), "update from non-nil value to nil is forbidden");
  }
};

const OLD_ANNOTATIONS: readonly (readonly [key: string, why: string])[] = [
  ["volume.beta.kubernetes.io/storage-class", 'deprecated since v1.8; use "storageClassName" attribute instead'],
  ["volume.beta.kubernetes.io/mount-options", 'deprecated since v1.31; use "mountOptions" attribute instead'],
];

const OLD_SOURCES: readonly (readonly [source: VolumeSource, why: string, told?: string])[] = [
  ["cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["storageos", "deprecated in v1.22, non-functional in v1.25+", "storageOS"],
  ["glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["rbd", "deprecated in v1.28, non-functional in v1.31+"],
];

/** What works no longer, or not much longer. */
export const volumeWarnings: Rule<PersistentVolume> = function* ({ metadata, spec }, { request }) {
  if (request.subresource !== "") return;
  for (const [key, why] of OLD_ANNOTATIONS) {
    if (metadata.annotations?.[key] !== undefined) yield `metadata.annotations[${key}]: ${why}`;
  }
  if (spec.persistentVolumeReclaimPolicy === "Recycle") {
    const instead = "Instead, the recommended approach is to use dynamic provisioning.";
    yield `spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. ${instead}`;
  }
  const terms = SPEC.child("nodeAffinity", "required", "nodeSelectorTerms");
  for (const [i, term] of (spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).entries())
    yield* nodeTermWarnings(term, terms.index(i));
  for (const [source, why, told = source] of OLD_SOURCES) if (spec[source] !== undefined) yield `spec.${told}: ${why}`;
};
