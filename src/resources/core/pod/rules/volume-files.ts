// Files in a volume that are made from keys and fields: their paths and modes. It refuses to know which volume.
import { fieldInvalid, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import type { DownwardAPIVolumeFile, KeyToPath } from "../volume-sources.ts";
import { fieldRefFaults, resourceRefFaults } from "./env.ts";
import { descending } from "./spec-rule.ts";

const MODE = "must be a number between 0 and 0777 (octal), both inclusive";

export function* modeFaults(mode: number | undefined, path: FieldPath): Generator<FieldError> {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) yield fieldInvalid(path, mode, MODE);
}

/** A path below a volume, not one of the names that start with two dots: the kubelet keeps those for itself. */
export function* unreservedPathFaults(value: string, path: FieldPath): Generator<FieldError> {
  yield* descending(path, value);
  if (value.startsWith("..") && !value.startsWith("../")) yield fieldInvalid(path, value, "must not start with '..'");
}

/** That there is a key and a path is a fact of the fields. */
export function* keyToPathFaults({ path, mode }: KeyToPath, at: FieldPath): Generator<FieldError> {
  if (path) yield* unreservedPathFaults(path, at.child("path"));
  yield* modeFaults(mode, at.child("mode"));
}

export function* itemFaults(items: readonly KeyToPath[] | undefined, path: FieldPath): Generator<FieldError> {
  for (const [i, item] of (items ?? []).entries()) yield* keyToPathFaults(item, path.child("items").index(i));
}

const FILE_FIELDS = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

/** Upstream names the volume, not the item, in messages about items. */
export function* downwardFaults(
  items: readonly DownwardAPIVolumeFile[] | undefined,
  path: FieldPath,
): Generator<FieldError> {
  for (const { path: file, fieldRef, resourceFieldRef, mode } of items ?? []) {
    if (!file) yield fieldRequired(path.child("path"));
    else yield* unreservedPathFaults(file, path.child("path"));
    if (fieldRef) {
      yield* fieldRefFaults(fieldRef, FILE_FIELDS, path.child("fieldRef"));
      if (resourceFieldRef) {
        yield fieldInvalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
      }
    } else if (resourceFieldRef) yield* resourceRefFaults(resourceFieldRef, path.child("resourceFieldRef"), true);
    else yield fieldRequired(path, "one of fieldRef and resourceFieldRef is required");
    yield* modeFaults(mode, path.child("mode"));
  }
}
