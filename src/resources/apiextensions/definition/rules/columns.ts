// Columns, selectable fields and the paths of scale: simple JSON paths.
import { fieldInvalid, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import { FieldPath } from "../../../../schema/meta/path.ts";
import type { Rule } from "../../../../schema/resource.ts";
import { parseJsonPath } from "../../json-path.ts";
import { columnsOf, subresourcesOf } from "../places.ts";
import type { CustomResourceDefinition } from "../../custom-resource-definition.ts";

const TYPES = ["boolean", "date", "integer", "number", "string"];
const FORMATS = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

export const columnsValid: Rule<CustomResourceDefinition> = function* ({ spec }) {
  for (const { value, path } of columnsOf(spec)) {
    for (const [i, { name, type, format, jsonPath = "" }] of value.entries()) {
      const at = path.index(i);
      if (!name) yield fieldRequired(at.child("name"));
      if (!type) yield fieldRequired(at.child("type"), `must be one of ${TYPES.join(",")}`);
      else if (!TYPES.includes(type)) yield fieldInvalid(at.child("type"), type, `must be one of ${TYPES.join(",")}`);
      if (format && !FORMATS.includes(format))
        yield fieldInvalid(at.child("format"), format, `must be one of ${FORMATS.join(",")}`);
      const place = at.child("JSONPath");
      if (jsonPath === "") yield fieldRequired(place);
      else yield* pathFaults(place, jsonPath);
    }
  }
};

export const scaleValid: Rule<CustomResourceDefinition> = function* ({ spec }) {
  for (const { value, path } of subresourcesOf(spec)) {
    const { scale } = value;
    if (scale === undefined) continue;
    const at = path.child("scale");
    yield* scalePath(at.child("specReplicasPath"), scale.specReplicasPath, [".spec"]);
    yield* scalePath(at.child("statusReplicasPath"), scale.statusReplicasPath, [".status"]);
    if (scale.labelSelectorPath)
      yield* scalePath(at.child("labelSelectorPath"), scale.labelSelectorPath, [".spec", ".status"]);
  }
};

function* scalePath(at: FieldPath, text: string | undefined, roots: readonly string[]): Generator<FieldError> {
  if (!text) return yield fieldRequired(at);
  const faults = [...pathFaults(at, text)];
  if (faults.length > 0) return yield* faults;
  if (roots.some((root) => text.startsWith(`${root}.`))) return;
  const where = roots.length === 1 ? roots[0]! : `either ${roots.join(" or ")}`;
  yield fieldInvalid(at, text, `should be a json path under ${where}`);
}

/** Upstream takes dots, names in brackets and quotes, indexes and filters. */
function* pathFaults(at: FieldPath, text: string): Generator<FieldError> {
  if (!text.startsWith(".")) return yield fieldInvalid(at, text, "must be a simple json path starting with .");
  const parsed = parseJsonPath(text);
  if (typeof parsed === "string") yield fieldInvalid(at, text, parsed);
}

export const selectableFieldsValid: Rule<CustomResourceDefinition> = function* ({ spec }) {
  for (const [i, { selectableFields = [] }] of (spec.versions ?? []).entries()) {
    const path = FieldPath.of("spec", "versions").index(i).child("selectableFields");
    if (selectableFields.length > MOST_SELECTABLE)
      yield {
        reason: "FieldValueTooMany",
        field: path.toString(),
        body: `Too many: ${selectableFields.length}: must have at most ${MOST_SELECTABLE} items`,
      };
    const seen = new Set<string>();
    for (const [j, { jsonPath = "" }] of selectableFields.entries()) {
      const at = path.index(j).child("jsonPath");
      if (jsonPath === "") yield fieldRequired(at);
      else if (!/^(?:\.[A-Za-z_][A-Za-z0-9_-]*)+$/.test(jsonPath))
        yield fieldInvalid(at, jsonPath, "is an invalid path: does not refer to a valid field");
      else if (jsonPath.startsWith(".metadata.") || jsonPath === ".metadata")
        yield fieldInvalid(at, jsonPath, "must not point to fields in metadata");
      else if (seen.has(jsonPath)) yield fieldDuplicateOf(at, jsonPath);
      seen.add(jsonPath);
    }
  }
};

const MOST_SELECTABLE = 8;

const fieldDuplicateOf = (path: FieldPath, value: string): FieldError => ({
  reason: "FieldValueDuplicate",
  field: path.toString(),
  body: `Duplicate value: ${JSON.stringify(value)}`,
});
