// Which part of an object a write may reach: the object itself leaves status alone, a subresource all but its own fields.
// It refuses to judge; what a kind resets beyond this stands in its `prepare`.
import type { KubeObject, Resource, Subresource } from "../../schema/resource.ts";
import { commandViews } from "../commands/views.ts";

const EMPTY = Object.freeze({});

type Members = Readonly<Record<string, unknown>>;

/** The views of a kind that the object itself does not write: status, nearly always. */
function hiddenFields(resource: Resource): readonly string[] {
  const status = resource.subresources["status"];
  return status?.type === "view" ? status.fields : [];
}

/** A new object without what only subresources may write. */
export function visibleOnCreate(resource: Resource, object: KubeObject): KubeObject {
  if (resource.keepsStatusOnCreate) return object;
  const hidden = hiddenFields(resource);
  if (hidden.every((name) => (object as unknown as Members)[name] === undefined)) return object;
  if (resource.schema.untyped) return without(object, hidden);
  // A plain struct is always there, at least empty.
  return Object.freeze({ ...object, ...Object.fromEntries(hidden.map((name) => [name, EMPTY])) });
}

/** What a write through `subresource` makes of `old`: the new object within the view, the old one outside of it. */
export function throughView(resource: Resource, subresource: string, object: KubeObject, old: KubeObject): KubeObject {
  if (subresource === "") return taking(object, old, hiddenFields(resource));
  const view: Subresource | undefined = resource.subresources[subresource];
  if (view?.type === "command") return commandViews[view.name]?.(object, old) ?? object;
  if (view?.type !== "view") return object;
  const outside = Object.keys({ ...old, ...object }).filter((name) => !ALWAYS.has(name) && !view.fields.includes(name));
  const viewed = taking(object, old, outside);
  return resource.schema.untyped ? withMetadataOf(old, viewed) : viewed;
}

/** The status of a custom resource is written without its metadata. */
function withMetadataOf({ metadata: before }: KubeObject, object: KubeObject): KubeObject {
  const { managedFields } = object.metadata;
  const { managedFields: _, ...metadata } = before;
  return Object.freeze({ ...object, metadata: { ...metadata, ...(managedFields !== undefined && { managedFields }) } });
}

const ALWAYS = new Set(["apiVersion", "kind", "metadata"]);

/** `object` with these top-level fields of `from`, where absence is taken over as well. */
function taking(object: KubeObject, from: KubeObject, names: readonly string[]): KubeObject {
  if (names.every((name) => (object as unknown as Members)[name] === (from as unknown as Members)[name])) return object;
  const rest = without(object, names);
  const taken: Record<string, unknown> = {};
  for (const name of names) {
    const value = (from as unknown as Members)[name];
    if (value !== undefined) taken[name] = value;
  }
  return Object.freeze({ ...rest, ...taken });
}

function without(object: KubeObject, names: readonly string[]): KubeObject {
  if (names.every((name) => (object as unknown as Members)[name] === undefined)) return object;
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object)) if (!names.includes(name)) rest[name] = value;
  return Object.freeze(rest) as unknown as KubeObject;
}
