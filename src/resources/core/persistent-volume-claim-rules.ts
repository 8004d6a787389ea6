// What a PersistentVolumeClaim must be, and what of it may change. It refuses to look at classes: that is admission.
import { canonicalQuantity, compareQuantity } from "../../base/quantity.ts";
import type { PersistentVolumeClaim } from "./persistent-volume-claim-object.ts";
import { STORAGE_CLASS_ANNOTATION } from "./persistent-volume.ts";
import { PersistentVolumeClaimSpec } from "./pod/claim-spec.ts";
import { claimSpecFaults } from "./pod/rules/claim-spec.ts";
import { writtenDiff } from "./pod/rules/spec-diff.ts";
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
  if (old.spec.storageClassName === undefined && old.metadata.annotations?.[STORAGE_CLASS_ANNOTATION] === undefined) {
    const { storageClassName: _, ...others } = spec;
    spec = others;
  }
  if (now.status.phase !== "Bound") return spec;
  const { volumeAttributesClassName: _, ...others } = spec;
  const before = old.spec.volumeAttributesClassName;
  return {
    ...others,
    ...(before !== undefined && { volumeAttributesClassName: before }),
    ...(spec.resources?.requests && { resources: requestsWith(spec, old.spec.resources?.requests?.["storage"]) }),
  };
}

const claimStays: Rule<PersistentVolumeClaim> = function* (claim, { old, request }) {
  if (!old || request.subresource !== "") return;
  const { spec } = claim;
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
  if (old.spec.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    yield fieldForbidden(SPEC.child("volumeAttributesClassName"), "update from non-nil value to nil is forbidden");
  }
};

/** A wish that could not be met may be lowered, but not to what there is already. */
function* sizeFaults({ spec, status }: PersistentVolumeClaim, old: PersistentVolumeClaim): Generator<FieldError> {
  const now = spec.resources?.requests?.["storage"] ?? "0";
  if (compareQuantity(now, old.spec.resources?.requests?.["storage"] ?? "0") >= 0) return;
  if (compareQuantity(now, status.capacity?.["storage"] ?? "0") <= 0) {
    yield fieldForbidden(STORAGE, "field can not be less than status.capacity");
  }
}

const statusValid: Rule<PersistentVolumeClaim> = function* ({ status }, { request }) {
  if (request.subresource !== "status") return;
  for (const list of ["capacity", "allocatedResources"] as const) {
    for (const [name, amount] of Object.entries(status[list] ?? {})) {
      if (compareQuantity(amount, "0") < 0) {
        yield fieldInvalid(
          STATUS.child(list).key(name),
          canonicalQuantity(amount),
          "must be greater than or equal to 0",
        );
      }
    }
  }
  for (const [name, state] of Object.entries(status.allocatedResourceStatuses ?? {})) {
    const path = STATUS.child("allocatedResourceStatus").key(name);
    if (!RESIZE_STATES.includes(state)) yield fieldNotSupported(path, state, RESIZE_STATES);
  }
};

export const claimRules: readonly Rule<PersistentVolumeClaim>[] = [claimValid, claimStays, statusValid];
