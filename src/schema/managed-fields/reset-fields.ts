// What an endpoint never writes, whatever is sent to it: the status of an object through the object itself, the rest
// through its status. It refuses to do the resetting; owners are only spared fields that a write could not have
// changed.
import type { Resource } from "../resource.ts";
import { setOf } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";

const memory = new WeakMap<object, Map<string, FieldSet | undefined>>();

/** For `subresource` ("" for the object itself); undefined if there is nothing that is reset. */
export function resetFieldsOf(
  resource: Pick<Resource, "schema" | "subresources">,
  subresource: string,
): FieldSet | undefined {
  let known = memory.get(resource);
  if (!known) memory.set(resource, (known = new Map()));
  if (!known.has(subresource)) known.set(subresource, compute(resource, subresource));
  return known.get(subresource);
}

function compute(
  { schema, subresources }: Pick<Resource, "schema" | "subresources">,
  subresource: string,
): FieldSet | undefined {
  const named = subresource === "" ? undefined : subresources[subresource];
  let fields: string[];
  if (subresource === "") {
    fields =
      Object.hasOwn(subresources, "status") && subresources["status"]?.type === "view"
        ? [...subresources["status"].fields]
        : [];
  } else if (named?.type === "view") {
    const own = named.fields;
    fields = Object.keys(schema.fields).filter(
      (f) => !own.includes(f) && !["apiVersion", "kind", "metadata"].includes(f),
    );
  } else fields = [];
  return fields.length > 0 ? setOf(...fields.map((field) => [`f:${field}`])) : undefined;
}
