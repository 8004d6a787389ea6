// What a PersistentVolumeClaim must be, and what of it may change. It refuses to look at classes: that is admission.
import { compareQuantity, quantity } from "../../base/quantity.ts";
import type { PersistentVolumeClaim } from "./persistent-volume-claim-object.ts";
import { STORAGE_CLASS_ANNOTATION } from "./persistent-volume.ts";
import { PersistentVolumeClaimSpec } from "./pod/claim-spec.ts";
import { claimSpecFaults, claimWarnings } from "./pod/rules/claim-spec.ts";
import { writtenDiff } from "./pod/rules/spec-diff.ts";
import { formatFaults } from "../faults.ts";
import { semanticEqual } from "../../schema/equality.ts";
import { fieldForbidden, fieldInvalid, fieldNotSupported } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";

const SPEC = FieldPath.of("spec");
const STATUS = FieldPath.of("status");
const STORAGE = SPEC.child("resources", "requests", "storage");
const RESIZE_STATES = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending",
];

const claimValid: Rule<PersistentVolumeClaim> = ({ spec }, { request }) =>
  request.subresource === "" ? claimSpecFaults(spec, SPEC) : [];

const requestsWith = (spec: PersistentVolumeClaimSpec, storage: string | undefined) => {
  const { storage: _, ...others } = spec.resources?.requests ?? {};
  return { ...spec.resources, requests: { ...others, ...(storage !== undefined && { storage }) } };
};

/** What may change is as it was. */
function asBefore(now: PersistentVolumeClaim, old: PersistentVolumeClaim): PersistentVolumeClaimSpec {
  let spec: PersistentVolumeClaimSpec = now.spec;
  // A class may be given to a claim that was made before there was a default.
  const annotated = old.metadata.annotations?.[STORAGE_CLASS_ANNOTATION];
  const given = spec.storageClassName !== undefined && (annotated === undefined || annotated === spec.storageClassName);
  if (old.spec.storageClassName === undefined && given) {
    const { storageClassName: _, ...others } = spec;
    spec = others;
  }
  if (now.status.phase !== "Bound") return spec;
  const { volumeAttributesClassName: _, ...others } = spec;
  const before = spec.volumeAttributesClassName === undefined ? undefined : old.spec.volumeAttributesClassName;
  return {
    ...others,
    ...(before !== undefined && { volumeAttributesClassName: before }),
    ...(spec.resources?.requests && { resources: requestsWith(spec, old.spec.resources?.requests?.["storage"]) }),
  };
}

/** The class in the annotation may become the class in the field. */
const isUpgrade = (now: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean => {
  const named = old.metadata.annotations?.[STORAGE_CLASS_ANNOTATION];
  const still = now.metadata.annotations?.[STORAGE_CLASS_ANNOTATION];
  return (
    named !== undefined &&
    old.spec.storageClassName === undefined &&
    now.spec.storageClassName === named &&
    (still === undefined || still === named)
  );
};

const claimStays: Rule<PersistentVolumeClaim> = function* (claim, { old, request }) {
  if (!old || request.subresource !== "") return;
  const { spec } = claim;
  const annotated = claim.metadata.annotations?.[STORAGE_CLASS_ANNOTATION] ?? "";
  if (!isUpgrade(claim, old) && annotated !== (old.metadata.annotations?.[STORAGE_CLASS_ANNOTATION] ?? "")) {
    const path = FieldPath.of("metadata", "annotations", STORAGE_CLASS_ANNOTATION);
    yield fieldInvalid(path, annotated, "field is immutable");
  }
  // The volume is named once.
  const before = old.spec.volumeName || !spec.volumeName ? old.spec : { ...old.spec, volumeName: spec.volumeName };
  const after = asBefore(claim, old);
  if (!semanticEqual(PersistentVolumeClaimSpec, after, before)) {
    const why =
      "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
    yield fieldForbidden(SPEC, `${why}\n${writtenDiff(PersistentVolumeClaimSpec, before, after)}`);
  }
  yield* sizeFaults(claim, old);
  if (spec.volumeMode !== old.spec.volumeMode) {
    yield fieldInvalid(FieldPath.of("volumeMode"), spec.volumeMode, "field is immutable");
  }
  if (old.spec.volumeAttributesClassName === undefined || spec.volumeAttributesClassName) return;
  const to = spec.volumeAttributesClassName === undefined ? "nil" : "an empty string";
  yield fieldForbidden(SPEC.child("volumeAttributesClassName"), `update from non-nil value to ${to} is forbidden`);
};

/** A wish that could not be met may be lowered, but not to what there is already. */
function* sizeFaults({ spec, status }: PersistentVolumeClaim, old: PersistentVolumeClaim): Generator<FieldError> {
  const now = spec.resources?.requests?.["storage"] ?? "0";
  if (compareQuantity(now, old.spec.resources?.requests?.["storage"] ?? "0") >= 0) return;
  if (compareQuantity(now, status.capacity?.["storage"] ?? "0") <= 0) {
    yield fieldForbidden(STORAGE, "field can not be less than status.capacity");
  }
}

/** Beside names of others, a claim has storage. */
function* keyFaults(name: string, path: FieldPath): Generator<FieldError> {
  const wrong = [...formatFaults(path, name, "qualifiedName")];
  if (wrong.length > 0) return yield* wrong;
  const native = !name.includes("/") || name.includes("kubernetes.io/");
  if (native && name !== "storage") yield fieldNotSupported(path, name, ["storage"]);
}

function* amountFaults(amount: string, path: FieldPath): Generator<FieldError> {
  const value = quantity(amount);
  if (value.sign() < 0) yield fieldInvalid(path, value.value(), "must be a valid resource quantity");
}

const sorted = <V>(map: Readonly<Record<string, V>> | undefined) =>
  Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));

const statusValid: Rule<PersistentVolumeClaim> = function* ({ status }, { request }) {
  if (request.subresource !== "status") return;
  for (const [name, amount] of sorted(status.capacity)) yield* amountFaults(amount, STATUS.child("capacity").key(name));
  const states = STATUS.child("allocatedResourceStatus");
  for (const [name, state] of sorted(status.allocatedResourceStatuses)) {
    yield* keyFaults(name, states);
    // Upstream shows the name where it means the state.
    if (!RESIZE_STATES.includes(state)) yield fieldNotSupported(states, name, RESIZE_STATES);
  }
  const amounts = STATUS.child("allocatedResources");
  for (const [name, amount] of sorted(status.allocatedResources)) {
    const wrong = [...keyFaults(name, amounts)];
    if (wrong.length > 0) yield* wrong;
    else yield* amountFaults(amount, amounts.key(name));
  }
};

/** Storage is counted in whole bytes. */
const fractions: Rule<PersistentVolumeClaim> = ({ spec }, { request }) =>
  request.subresource === "" ? claimWarnings(spec, SPEC) : [];

export const claimRules: readonly Rule<PersistentVolumeClaim>[] = [claimValid, claimStays, statusValid, fractions];
