// What a claim for storage must ask for: how, how much, of which class. PersistentVolumeClaim and ephemeral volumes
// share it. It refuses to judge changes.
import { compareQuantity, quantity } from "../../../../base/quantity.ts";
import { fieldForbidden, fieldInvalid, fieldNotSupported, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import { formatFaults } from "../../../faults.ts";
import { labelSelectorFaults } from "../../../label-selector-rule.ts";
import type { PersistentVolumeClaimSpec } from "../claim-spec.ts";

const MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const VOLUME_MODES = ["Block", "Filesystem"];

function* storageFaults(amount: string | undefined, path: FieldPath): Generator<FieldError> {
  if (amount === undefined) return yield fieldRequired(path);
  const shown = quantity(amount).toString();
  const order = compareQuantity(amount, "0");
  if (order < 0) yield fieldInvalid(path, shown, "must be greater than or equal to 0");
  if (order <= 0) yield fieldInvalid(path, shown, "must be greater than zero");
}

function* dataSourceFaults(spec: PersistentVolumeClaimSpec, path: FieldPath): Generator<FieldError> {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource) {
    const at = path.child("dataSource");
    if (!dataSource.apiGroup && dataSource.kind && dataSource.kind !== "PersistentVolumeClaim") {
      yield fieldInvalid(at, dataSource.kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
    }
  }
  if (dataSourceRef) {
    const at = path.child("dataSourceRef");
    if (!dataSourceRef.apiGroup && dataSourceRef.kind && dataSourceRef.kind !== "PersistentVolumeClaim") {
      yield fieldInvalid(
        at,
        dataSourceRef.kind,
        "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
      );
    }
    if (dataSourceRef.namespace) yield* formatFaults(at.child("namespace"), dataSourceRef.namespace, "dns1123Label");
  }
  if (!dataSource || !dataSourceRef || dataSourceRef.namespace !== undefined) return;
  const same = (["apiGroup", "kind", "name"] as const).every(
    (field) => (dataSource[field] ?? "") === (dataSourceRef[field] ?? ""),
  );
  // Upstream says this of the whole spec, and shows nothing of it.
  if (!same) yield fieldInvalid(path, {}, "must match dataSourceRef");
}

/** `path` is where the spec stands. */
export function* claimSpecFaults(spec: PersistentVolumeClaimSpec, path: FieldPath): Generator<FieldError> {
  const { accessModes = [], selector, resources, storageClassName, volumeMode, volumeAttributesClassName } = spec;
  const modes = path.child("accessModes");
  if (accessModes.length === 0) yield fieldRequired(modes, "at least 1 access mode is required");
  yield* labelSelectorFaults(selector, path.child("selector"));
  for (const mode of accessModes) if (!MODES.includes(mode)) yield fieldNotSupported(modes, mode, MODES);
  if (accessModes.includes("ReadWriteOncePod") && accessModes.some((mode) => mode !== "ReadWriteOncePod")) {
    yield fieldForbidden(modes, "may not use ReadWriteOncePod with other access modes");
  }
  yield* storageFaults(resources?.requests?.storage, path.child("resources").key("storage"));
  if (storageClassName) yield* formatFaults(path.child("storageClassName"), storageClassName, "dns1123Subdomain");
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode)) {
    yield fieldNotSupported(path.child("volumeMode"), volumeMode, VOLUME_MODES);
  }
  yield* dataSourceFaults(spec, path);
  if (volumeAttributesClassName) {
    yield* formatFaults(path.child("volumeAttributesClassName"), volumeAttributesClassName, "dns1123Subdomain");
  }
}
