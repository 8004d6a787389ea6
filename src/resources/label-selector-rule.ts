// The rule about label selectors that objects carry. It refuses to match: that is schema/meta's.
import { formats } from "../base/formats.ts";
import { fieldForbidden, fieldInvalid, fieldRequired } from "../schema/meta/field-error.ts";
import type { FieldError } from "../schema/meta/field-error.ts";
import type { LabelSelector, LabelSelectorRequirement } from "../schema/meta/label-selector-type.ts";
import type { FieldPath } from "../schema/meta/path.ts";
import { formatFaults } from "./faults.ts";

/** What is wrong with a selector; nothing is wrong with an absent one. */
export function* labelSelectorFaults(selector: LabelSelector | undefined, path: FieldPath): Generator<FieldError> {
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) {
    // Errors name the whole map, not the key in it.
    yield* formatFaults(path.child("matchLabels"), key, "qualifiedName");
    yield* formatFaults(path.child("matchLabels"), value, "labelValue");
  }
  for (const [i, requirement] of (selector?.matchExpressions ?? []).entries()) {
    yield* requirementFaults(requirement, path.child("matchExpressions").index(i));
  }
}

function* requirementFaults(requirement: LabelSelectorRequirement, path: FieldPath): Generator<FieldError> {
  const { key, operator, values = [] } = requirement;
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length === 0) {
        yield fieldRequired(path.child("values"), "must be specified when `operator` is 'In' or 'NotIn'");
      }
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) {
        yield fieldForbidden(
          path.child("values"),
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        );
      }
      break;
    default:
      yield fieldInvalid(path.child("operator"), operator, "not a valid selector operator");
  }
  yield* formatFaults(path.child("key"), key, "qualifiedName");
  for (const [i, value] of values.entries()) {
    for (const fault of formats.labelValue(value)) yield fieldInvalid(path.child("values").index(i), value, fault);
  }
}
