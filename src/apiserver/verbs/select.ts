// The selectors of a request as a Selection. It refuses to parse: schema/ does.
import { fieldQueryFor, fieldValuesOf } from "../../schema/field-selector.ts";
import type { FieldQuery } from "../../schema/field-selector.ts";
import { parseLabelSelector, SelectorError } from "../../schema/label-selector.ts";
import { badRequest } from "../../schema/meta/status.ts";
import { select } from "../watch-cache/selection.ts";
import type { Kept } from "../watch-cache/kept.ts";
import type { Selection } from "../watch-cache/selection.ts";
import type { Call } from "./call.ts";

/** Throws 400 for a text that is no selector, or names a field that the kind does not make selectable. */
export function parseFieldSelectorFor({ served }: Pick<Call, "served">, text: string): FieldQuery {
  return refusing(() => fieldQueryFor(served.resource, text));
}

function refusing<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message, error);
    throw error;
  }
}

/** `named`: a field selector that comes from the path. */
export function selectionOf(
  call: Call,
  {
    labelSelector,
    fieldSelector,
  }: { readonly labelSelector?: string | undefined; readonly fieldSelector?: string | undefined },
  named?: FieldQuery,
): Selection {
  const labels = labelSelector ? refusing(() => parseLabelSelector(labelSelector)) : undefined;
  const fields = fieldSelector ? parseFieldSelectorFor(call, fieldSelector) : undefined;
  const { fromStored, resource, conversion } = call.served;
  const asked = named ?? (fields?.isEmpty ? undefined : fields);
  const wanted = labels?.isEmpty ? undefined : labels;
  if (conversion !== undefined && asked?.terms.some(({ key }) => !key.startsWith("metadata."))) {
    const valuesOf = (kept: Kept) => fieldValuesOf(resource, conversion.shown(kept));
    // No index knows the fields of another version.
    return { ...select(call.namespace, wanted, asked, valuesOf), fields: [], ready: (all) => conversion.ready(all) };
  }
  // The cache knows the fields of the kind that is stored; another group's may be named otherwise.
  const valuesOf =
    fromStored === undefined ? undefined : (kept: Kept) => fieldValuesOf(resource, fromStored(kept.object));
  return select(call.namespace, wanted, asked, valuesOf);
}
