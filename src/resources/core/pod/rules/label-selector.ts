// What a label selector must be, wherever one stands. It refuses to match.
import { formats } from "../../../../base/formats.ts";
import { fieldForbidden, fieldInvalid, fieldRequired } from "../../../../schema/meta/field-error.ts";
import type { FieldError } from "../../../../schema/meta/field-error.ts";
import type { LabelSelector } from "../../../../schema/meta/label-selector-type.ts";
import type { FieldPath } from "../../../../schema/meta/path.ts";
import { faults } from "./spec-rule.ts";

/** Labels as values of a selector: errors name the whole map, as upstream. */
export function* labelFaults(
  labels: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
): Generator<FieldError> {
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const fault of formats.qualifiedName(key)) yield fieldInvalid(path, key, fault);
    for (const fault of formats.labelValue(value)) yield fieldInvalid(path, value, fault);
  }
}

export function* selectorFaults(selector: LabelSelector | undefined, path: FieldPath): Generator<FieldError> {
  if (!selector) return;
  yield* labelFaults(selector.matchLabels, path.child("matchLabels"));
  for (const [i, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const at = path.child("matchExpressions").index(i);
    if (operator === "In" || operator === "NotIn") {
      if (values.length === 0) {
        yield fieldRequired(at.child("values"), "must be specified when `operator` is 'In' or 'NotIn'");
      }
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      if (values.length > 0) {
        yield fieldForbidden(at.child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      }
    } else yield fieldInvalid(at.child("operator"), operator, "not a valid selector operator");
    yield* faults(at.child("key"), key, "qualifiedName");
    for (const [j, value] of values.entries()) yield* faults(at.child("values").index(j), value, "labelValue");
  }
}
