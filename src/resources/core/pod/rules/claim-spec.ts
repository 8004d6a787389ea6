// What a claim for storage must ask for: how, how much, of which class. PersistentVolumeClaim and ephemeral volumes
// share it. It refuses to judge changes.
import { canonicalQuantity, compareQuantity, quantity, quantityMilliValue } from "../../../../base/quantity.ts";
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
  if (compareQuantity(amount, "0") <= 0) yield fieldInvalid(path, shown, "must be greater than zero");
}

type Source = NonNullable<PersistentVolumeClaimSpec["dataSource"]>;

function* sourceFaults({ apiGroup = "", kind, name }: Source, path: FieldPath): Generator<FieldError> {
  if (!name) yield fieldRequired(path.child("name"));
  if (!kind) yield fieldRequired(path.child("kind"));
  if (!apiGroup && kind !== "PersistentVolumeClaim") {
    const why = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    yield fieldInvalid(path, kind ?? "", why);
  }
  if (apiGroup) yield* formatFaults(path.child("apiGroup"), apiGroup, "dns1123Subdomain");
}

function* dataSourceFaults(spec: PersistentVolumeClaimSpec, path: FieldPath): Generator<FieldError> {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource) yield* sourceFaults(dataSource, path.child("dataSource"));
  if (dataSourceRef) {
    const at = path.child("dataSourceRef");
    yield* sourceFaults(dataSourceRef, at);
    if (dataSourceRef.namespace) yield* formatFaults(at.child("namespace"), dataSourceRef.namespace, "dns1123Label");
  }
  if (!dataSource || !dataSourceRef) return;
  // Upstream says this of the whole spec, and shows nothing of it.
  if (dataSourceRef.namespace) {
    return yield fieldInvalid(path, {}, "may not be specified when dataSourceRef.namespace is specified");
  }
  const same = (["apiGroup", "kind", "name"] as const).every(
    (field) => (dataSource[field] ?? "") === (dataSourceRef[field] ?? ""),
  );
  if (!same) yield fieldInvalid(path, {}, "must match dataSourceRef");
}

/** Storage is counted in whole bytes. */
export function* claimWarnings({ resources }: PersistentVolumeClaimSpec, path: FieldPath): Generator<string> {
  for (const field of ["requests", "limits"] as const) {
    const amount = resources?.[field]?.["storage"];
    if (amount === undefined || quantityMilliValue(amount) % 1000 === 0) continue;
    const at = path.child("resources", field).key("storage");
    yield `${at}: fractional byte value ${JSON.stringify(canonicalQuantity(amount))} is invalid, must be an integer`;
  }
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
