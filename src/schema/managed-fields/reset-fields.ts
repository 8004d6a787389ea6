// What an endpoint never writes, whatever is sent to it: the status of an object through the object itself, the rest
// through its status. It refuses to do the resetting; owners are only spared fields that a write could not have
// changed.
import type { Resource } from "../resource.ts";
import { stepsOf } from "../pointer.ts";
import { setOf } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { fieldElement } from "./path-element.ts";

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
  const view = subresources[subresource || "status"];
  if (view?.type !== "view") return undefined;
  const paths =
    subresource === ""
      ? [...view.fields]
      : [
          ...Object.keys(schema.fields).filter((f) => !COMMON.has(f) && !view.fields.includes(f)),
          ...(view.resets ?? []),
        ];
  return paths.length > 0 ? setOf(...paths.map((path) => stepsOf(path).map(fieldElement))) : undefined;
}

/** What every view of an object may write. */
const COMMON: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);
