// FieldsV1, the JSON form of a field set: `{"f:data":{".":{},"f:a":{}}}`, in exactly upstream's order of keys.
// It refuses to look into managers. Both directions are remembered by identity: entries that a write does not touch
// keep their very JSON object, and frozen objects of the cache are parsed once.
import { isJsonObject } from "../freeze.ts";
import { internFields } from "../intern.ts";
import type { JsonObject } from "../node.ts";
import { EMPTY, sortedEntries } from "./field-set.ts";
import type { FieldNode, FieldSet } from "./field-set.ts";
import { parseElement } from "./path-element.ts";
import type { PathElement } from "./path-element.ts";

const parsed = new WeakMap<JsonObject, FieldSet>();
const printed = new WeakMap<FieldSet, JsonObject>();
const NOTHING: JsonObject = Object.freeze({});

/**
 * The set that `fields` describes. Throws a SyntaxError on keys that are no path elements; unknown kinds are skipped.
 */
export function parseFieldsV1(fields: JsonObject | undefined): FieldSet {
  if (!fields) return EMPTY;
  const known = parsed.get(fields);
  if (known) return known;
  const set = readChildren(fields).children ?? EMPTY;
  parsed.set(fields, set);
  printed.set(set, fields);
  return set;
}

/** Frozen, and the same object for the same set. */
export function printFieldsV1(set: FieldSet): JsonObject {
  const known = printed.get(set);
  if (known) return known;
  const fields = internFields(writeChildren(set, false), false) as JsonObject;
  printed.set(set, fields);
  parsed.set(fields, set);
  return fields;
}

/** An object without children stands for its own path; one with "." for both. */
function readChildren(fields: JsonObject): FieldNode {
  const children = new Map<PathElement, FieldNode>();
  let member = false;
  for (const [key, value] of Object.entries(fields)) {
    if (key === ".") {
      member = true;
      continue;
    }
    const element = parseElement(key);
    if (element === undefined) continue;
    children.set(element, readChildren(isJsonObject(value) ? value : NOTHING));
  }
  if (children.size === 0) return { member: true, children: undefined };
  return { member, children };
}

function writeChildren(set: FieldSet, self: boolean): JsonObject {
  const fields: Record<string, unknown> = {};
  if (self) fields["."] = NOTHING;
  for (const [element, node] of sortedEntries(set)) {
    fields[element] = node.children ? writeChildren(node.children, node.member) : NOTHING;
  }
  return Object.freeze(fields);
}
