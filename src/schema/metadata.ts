// What every object's metadata must be, on creation and on update, with Kubernetes' texts and in its order. It refuses
// to fill anything in: the API server sets namespace, uid, timestamps and resourceVersion before.
import { formats, maskTrailingDash } from "../base/formats.ts";
import { fieldForbidden, fieldInvalid, fieldRequired, fieldTooLong } from "./meta/field-error.ts";
import type { FieldError } from "./meta/field-error.ts";
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from "./meta/object-meta.ts";
import { FieldPath } from "./meta/path.ts";
import type { Resource } from "./resource.ts";

/** The most that all keys and values of annotations may hold together, in bytes. */
export const MAX_ANNOTATION_BYTES = 256 * 1024;
const MAX_MANAGER_BYTES = 128;
const MAX_SUBRESOURCE_BYTES = 256;
/** Finalizers that need no domain. */
const STANDARD_FINALIZERS: readonly string[] = ["kubernetes", "orphan", "foregroundDeletion"];

/** What of a kind its metadata depends on. */
export type MetadataFacts = Pick<Resource, "scope" | "nameFormat" | "anyFinalizers">;

const METADATA = FieldPath.of("metadata");

/** Judges the metadata of a new object. `path` is where it stands: templates have metadata too. */
export function validateMetadata(facts: MetadataFacts, meta: ObjectMeta, path = METADATA): FieldError[] {
  const errors: FieldError[] = [];
  const { name = "", generateName = "", namespace = "" } = meta;
  const add = (field: string, value: string, faults: readonly string[]) => {
    for (const fault of faults) errors.push(fieldInvalid(path.child(field), value, fault));
  };
  if (generateName !== "") add("generateName", generateName, prefixFaults(facts.nameFormat, generateName));
  if (name === "") errors.push(fieldRequired(path.child("name"), "name or generateName is required"));
  else add("name", name, formats[facts.nameFormat](name));
  if (facts.scope === "Cluster") {
    if (namespace !== "") errors.push(fieldForbidden(path.child("namespace"), "not allowed on this type"));
  } else if (namespace === "") errors.push(fieldRequired(path.child("namespace")));
  else add("namespace", namespace, formats.dns1123Label(namespace));
  if ((meta.generation ?? 0) < 0) {
    errors.push(fieldInvalid(path.child("generation"), meta.generation, "must be greater than or equal to 0"));
  }
  if (meta.labels) validateLabels(meta.labels, path.child("labels"), errors);
  if (meta.annotations) validateAnnotations(meta.annotations, path.child("annotations"), errors);
  if (meta.ownerReferences) validateOwners(meta.ownerReferences, path.child("ownerReferences"), errors);
  if (meta.finalizers) validateFinalizers(meta.finalizers, path.child("finalizers"), errors);
  if (meta.managedFields) validateManagedFields(meta.managedFields, path.child("managedFields"), errors);
  if (meta.finalizers && !facts.anyFinalizers)
    validateFinalizerDomains(meta.finalizers, path.child("finalizers"), errors);
  return errors;
}

/** Judges the metadata of a changed object against what is stored. */
export function validateMetadataUpdate(
  facts: MetadataFacts,
  meta: ObjectMeta,
  old: ObjectMeta,
  path = METADATA,
): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined) {
    const fresh = (meta.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer)).sort();
    if (fresh.length > 0) {
      const shown = fresh.map((finalizer) => JSON.stringify(finalizer)).join(", ");
      const why = "no new finalizers can be added if the object is being deleted, found new finalizers";
      errors.push(fieldForbidden(path.child("finalizers"), `${why} []string{${shown}}`));
    }
  }
  if (!meta.resourceVersion) {
    errors.push(fieldInvalid(path.child("resourceVersion"), "", "must be specified for an update"));
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(fieldInvalid(path.child("generation"), meta.generation ?? 0, "must not be decremented"));
  }
  for (const field of IMMUTABLE) {
    if (meta[field] !== old[field]) errors.push(fieldInvalid(path.child(field), meta[field], "field is immutable"));
  }
  if (meta.labels !== old.labels) validateLabels(meta.labels, path.child("labels"), errors);
  if (meta.annotations !== old.annotations) validateAnnotations(meta.annotations, path.child("annotations"), errors);
  if (meta.ownerReferences) validateOwners(meta.ownerReferences, path.child("ownerReferences"), errors);
  if (meta.managedFields !== old.managedFields) {
    validateManagedFields(meta.managedFields, path.child("managedFields"), errors);
  }
  if (meta.finalizers !== old.finalizers && !facts.anyFinalizers)
    validateFinalizerDomains(meta.finalizers, path.child("finalizers"), errors);
  return errors;
}

const IMMUTABLE = [
  "name",
  "namespace",
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
] as const satisfies readonly (keyof ObjectMeta)[];

/** A generated name goes on after the prefix, so the prefix is judged as if a letter followed. */
function prefixFaults(format: Resource["nameFormat"], prefix: string): readonly string[] {
  // Only whole names can be `.` or `..`.
  if (format === "pathSegmentName")
    return formats[format](prefix).filter((fault) => fault.startsWith("may not contain"));
  return formats[format](maskTrailingDash(prefix));
}

/** Labels: qualified names to label values. Errors name the whole map, as upstream. */
export function validateLabels(labels: ObjectMeta["labels"], path: FieldPath, errors: FieldError[]): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const fault of formats.qualifiedName(key)) errors.push(fieldInvalid(path, key, fault));
    for (const fault of formats.labelValue(value)) errors.push(fieldInvalid(path, value, fault));
  }
}

/** Annotations: keys are qualified names in any case; the sum of all bytes is limited. */
export function validateAnnotations(
  annotations: ObjectMeta["annotations"],
  path: FieldPath,
  errors: FieldError[],
): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const fault of formats.qualifiedName(key.toLowerCase())) errors.push(fieldInvalid(path, key, fault));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > MAX_ANNOTATION_BYTES) errors.push(fieldTooLong(path, MAX_ANNOTATION_BYTES));
}

function validateOwners(owners: readonly OwnerReference[] = [], path: FieldPath, errors: FieldError[]): void {
  let controller = "";
  owners.forEach((owner, i) => {
    validateOwner(owner, path.index(i), errors);
    if (owner.controller !== true) return;
    const shown = `${owner.kind}/${owner.name}`;
    if (controller === "") controller = shown;
    else {
      const why = 'Only one reference can have Controller set to true. Found "true" in references for';
      errors.push(fieldInvalid(path, owners, `${why} ${controller} and ${shown}`));
    }
  });
}

function validateOwner(owner: OwnerReference, path: FieldPath, errors: FieldError[]): void {
  for (const field of ["apiVersion", "kind", "name", "uid"] as const) {
    if (!owner[field]) errors.push(fieldRequired(path.child(field), "must not be empty"));
    else if (field === "apiVersion" && owner.apiVersion.split("/").length > 2) {
      errors.push(fieldInvalid(path.child(field), owner.apiVersion, "must be <group>/<version> or <version>"));
    }
  }
  // Events come and go too fast to own anything.
  if (owner.apiVersion === "v1" && owner.kind === "Event") {
    errors.push(fieldInvalid(path, owner, "/v1, Kind=Event is disallowed from being an owner"));
  }
}

function validateFinalizers(finalizers: readonly string[] = [], path: FieldPath, errors: FieldError[]): void {
  for (const finalizer of finalizers) {
    for (const fault of formats.qualifiedName(finalizer)) errors.push(fieldInvalid(path, finalizer, fault));
  }
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    errors.push(fieldInvalid(path, finalizers, "finalizer orphan and foregroundDeletion cannot be both set"));
  }
}

function validateFinalizerDomains(finalizers: readonly string[] = [], path: FieldPath, errors: FieldError[]): void {
  finalizers.forEach((finalizer, i) => {
    if (finalizer.includes("/") || STANDARD_FINALIZERS.includes(finalizer)) return;
    errors.push(
      fieldInvalid(path.index(i), finalizer, "name is neither a standard finalizer name nor is it fully qualified"),
    );
  });
}

/** Nearly all are: these are the server's own. */
const isPlain = ({ operation, fieldsType, manager = "", subresource = "" }: ManagedFieldsEntry): boolean =>
  (operation === "Apply" || operation === "Update") &&
  fieldsType === "FieldsV1" &&
  manager.length <= MAX_MANAGER_BYTES &&
  PRINTABLE_ASCII.test(manager) &&
  subresource.length * 3 <= MAX_SUBRESOURCE_BYTES;

function validateManagedFields(
  entries: readonly ManagedFieldsEntry[] = [],
  path: FieldPath,
  errors: FieldError[],
): void {
  entries.forEach((entry, i) => {
    const { operation = "", fieldsType = "", manager = "", subresource = "" } = entry;
    if (isPlain(entry)) return;
    const at = path.index(i);
    if (operation !== "Apply" && operation !== "Update") {
      errors.push(fieldInvalid(at.child("operation"), operation, "must be `Apply` or `Update`"));
    }
    if (fieldsType !== "" && fieldsType !== "FieldsV1") {
      errors.push(fieldInvalid(at.child("fieldsType"), fieldsType, "must be `FieldsV1`"));
    }
    validateFieldManager(manager, at.child("manager"), errors);
    if (Buffer.byteLength(subresource) > MAX_SUBRESOURCE_BYTES) {
      errors.push(fieldTooLong(at.child("subresource"), MAX_SUBRESOURCE_BYTES));
    }
  });
}

const PRINTABLE_ASCII = /^[ -~]*$/;

/** The name of a field manager: short and printable. Options have one too. */
export function validateFieldManager(manager: string, path: FieldPath, errors: FieldError[]): void {
  if (manager.length <= MAX_MANAGER_BYTES && PRINTABLE_ASCII.test(manager)) return;
  if (Buffer.byteLength(manager) > MAX_MANAGER_BYTES) errors.push(fieldTooLong(path, MAX_MANAGER_BYTES));
  // Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols, and the ASCII space.
  if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(manager)) {
    errors.push(fieldInvalid(path, manager, "should only contain printable characters"));
  }
}
