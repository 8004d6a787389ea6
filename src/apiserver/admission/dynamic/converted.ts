// An object as a version of its kind shows it, and back: what webhooks and policies see and change. It refuses to match
// or to ask anybody.
import { decodeValue } from "../../../schema/decode.ts";
import { applyDefaults } from "../../../schema/default.ts";
import { isJsonObject } from "../../../schema/freeze.ts";
import type { JsonObject } from "../../../schema/node.ts";
import type { KubeObject, Resource } from "../../../schema/resource.ts";
import { writeJson } from "../../../schema/write.ts";
import type { Kinds, ServedKind } from "../../kinds.ts";

/** By served kind, as long as no kind comes or goes. */
const known = new WeakMap<
  Kinds,
  { readonly generation: number; readonly forms: Map<ServedKind, readonly ServedKind[]> }
>();

/** The versions of what is stored as one kind, that of `resource` first. */
export function formsOf(kinds: Kinds, resource: Resource): readonly ServedKind[] {
  const own = kinds.of(resource);
  if (own === undefined) return [];
  let memory = known.get(kinds);
  if (memory?.generation !== kinds.generation)
    known.set(kinds, (memory = { generation: kinds.generation, forms: new Map() }));
  let forms = memory.forms.get(own);
  if (forms === undefined) memory.forms.set(own, (forms = found(kinds, own)));
  return forms;
}

function found(kinds: Kinds, own: ServedKind): readonly ServedKind[] {
  const others = kinds
    .groups()
    .flatMap(({ versions }) => versions.flatMap((version) => version.kinds))
    .filter((kind) => kind !== own && kind.stored === own.stored);
  return [own, ...others];
}

/** A worked-on object of `own` as clients of `asked` would read it. */
export function shownAs(own: ServedKind, asked: ServedKind, object: KubeObject): JsonObject {
  const worked = own.resource === asked.resource ? object : across(own, asked, object);
  const shown = asked.fromWorked?.(worked) ?? worked;
  const { apiVersion: _a, kind: _k, ...rest } = JSON.parse(writeJson(asked.schema, shown)) as JsonObject;
  return { apiVersion: asked.apiVersion, kind: asked.resource.kind, ...rest };
}

/** The way back: decoded, pruned, defaulted. Throws DecodeError when the value is no object of the kind. */
export function readAs(own: ServedKind, asked: ServedKind, value: unknown): KubeObject {
  if (!isJsonObject(value)) throw new Error("the patched object is no object");
  const decoded = decodeValue(asked.schema, value).value as unknown as KubeObject;
  const worked = asked.toWorked?.(decoded) ?? decoded;
  const back = own.resource === asked.resource ? worked : across(asked, own, worked);
  return applyDefaults(own.resource.schema, back) as KubeObject;
}

function across(from: ServedKind, to: ServedKind, object: KubeObject): KubeObject {
  const stored = from.toStored?.(object) ?? object;
  return to.fromStored?.(stored) ?? stored;
}
