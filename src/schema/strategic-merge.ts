// Strategic merge patch: a merge patch that knows from the schema which lists merge, and by which key. It refuses to
// know
// kinds: everything comes from `Field.merge` (`x-kubernetes-patch-strategy`, `x-kubernetes-patch-merge-key`).
//
// Directives: `$patch: replace|delete` in a map or list item, `$deleteFromPrimitiveList/<field>`,
// `$setElementOrder/<field>`, `$retainKeys`. Wrong directives where nothing is merged are dropped without a word, as
// upstream does. Errors: 400 for malformed directives, 422 for lists of lists, else 500 with the plain text.
import { isJsonObject, setKey } from "./freeze.ts";
import { goText, goType } from "./go-text.ts";
import { unprocessable } from "./json-patch.ts";
import type { FieldFacts, JsonObject, Node } from "./node.ts";
import { StatusError, badRequest } from "./meta/status.ts";
import { checkPatchResult } from "./patch-result.ts";

const DIRECTIVE = "$patch";
const RETAIN = "$retainKeys";
const DELETE_PREFIX = "$deleteFromPrimitiveList";
const ORDER_PREFIX = "$setElementOrder";

/**
 * `original` with `patch` merged in by `node`'s strategies. Neither is changed; what stays is shared. Not yet pruned.
 */
export function applyStrategicMerge(node: Node, original: JsonObject, patch: unknown): JsonObject {
  if (!isJsonObject(patch)) {
    if (patch === null) return original;
    const kind = Array.isArray(patch) ? "array" : typeof patch === "boolean" ? "bool" : typeof patch;
    throw badRequest(`json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`);
  }
  const result = mergeMap(original, patch, node);
  checkPatchResult(node, original, result, patch);
  return result;
}

/** 500 with nothing but the text: what upstream answers for most faults of a patch. */
const fault = (message: string) => new StatusError({ code: 500, reason: "", message });

const noMergeKey = (item: unknown, key: string) =>
  fault(`map: ${goText(item)} does not contain declared merge key: ${key}`);

const badArgument = (expected: string, got: unknown) => fault(`expected a ${expected}, but received a ${goType(got)}`);

function mergeMap(original: JsonObject, given: JsonObject, node: Node): JsonObject {
  if (DIRECTIVE in given) return wholeMap(given);
  const result: Record<string, unknown> = { ...original };
  const patch: Record<string, unknown> = { ...given };
  retainKeys(result, patch);
  mergeOrdered(result, patch, node);
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(DELETE_PREFIX)) deleteFromList(result, listNamed(key, DELETE_PREFIX), value, node);
    else mergeField(result, key, value, node);
  }
  return result;
}

/** `$patch` in a map that meets another one. */
function wholeMap(patch: JsonObject): JsonObject {
  const { [DIRECTIVE]: directive, ...rest } = patch;
  if (directive === "replace") return rest;
  if (directive === "delete") return {};
  throw unknownDirective(directive, patch);
}

function unknownDirective(directive: unknown, patch: unknown): StatusError {
  const shown = typeof directive === "string" ? directive : `%!s(${goType(directive)}=${goText(directive)})`;
  return fault(`unknown patch type: ${shown} in map: ${goText(patch)}`);
}

function mergeField(result: Record<string, unknown>, key: string, value: unknown, node: Node): void {
  if (value === null) {
    delete result[key];
    return;
  }
  const held = Object.hasOwn(result, key) ? result[key] : undefined;
  if (isJsonObject(held) && isJsonObject(value)) {
    const { node: inner, strategy } = lookUp(node, key);
    setKey(result, key, strategy === "replace" ? value : mergeMap(held, value, inner));
  } else if (Array.isArray(held) && Array.isArray(value)) {
    const { node: list, strategy, key: mergeKey } = lookUp(node, key);
    setKey(result, key, strategy === "merge" ? mergeList(held, value, itemsOf(list), mergeKey) : value);
  } else {
    const plain = withoutDirectives(value);
    if (plain === undefined) delete result[key];
    else setKey(result, key, plain);
  }
}

interface Place {
  readonly node: Node;
  readonly strategy: "merge" | "replace" | undefined;
  readonly key: string;
}

const placeOf = (node: Node, merge: FieldFacts["merge"]): Place => ({
  node,
  strategy: merge?.strategy
    ? (merge.strategy.find((s) => s !== "retainKeys") as "merge" | "replace" | undefined)
    : merge?.key
      ? "merge"
      : undefined,
  key: merge?.key ?? "",
});

/**
 * The node and strategy of a field. Only asked where both sides have a map or list, so unknown names hardly get here.
 */
function lookUp(node: Node, key: string): Place {
  if (node.type === "map") return placeOf(node.values, undefined);
  if (node.type === "object") {
    const field = Object.hasOwn(node.fields, key) ? node.fields[key] : undefined;
    if (field) return placeOf(field.node, field.merge);
    if (node.additional) return placeOf(node.additional, undefined);
    throw fault(`unable to find api field in struct ${node.name.split(".").at(-1)} for the json field "${key}"`);
  }
  throw fault(`merging an object in json but data type is not struct, instead is: ${node.type}`);
}

function itemsOf(node: Node): Node {
  if (node.type === "list") return node.items;
  throw fault(`expected slice or array type, but got: ${node.type}`);
}

/** The list that a parallel-list key speaks of. */
function listNamed(key: string, prefix: string): string {
  if (key.startsWith(`${prefix}/`)) return key.slice(prefix.length + 1);
  throw badRequest(`invalid patch format of ${prefix === DELETE_PREFIX ? "primitive list" : "setElementOrder list"}`);
}

function deleteFromList(result: Record<string, unknown>, key: string, gone: unknown, node: Node): void {
  if (gone === null) {
    delete result[key];
    return;
  }
  const held = result[key];
  if (!Array.isArray(held) || !Array.isArray(gone)) return;
  if (held.length === 0 && gone.length === 0) return;
  if (elementKind(held, gone) === "map") {
    const { node: list, key: mergeKey } = lookUp(node, key);
    result[key] = mergeList(held, gone, itemsOf(list), mergeKey);
  } else result[key] = held.filter((item) => !gone.includes(item));
}

/** `$retainKeys` lists all keys that may stay; whatever the patch sets must be among them. */
function retainKeys(result: Record<string, unknown>, patch: Record<string, unknown>): void {
  if (!(RETAIN in patch)) return;
  const keys = patch[RETAIN];
  delete patch[RETAIN];
  const malformed = () => badRequest("invalid patch format of retainKeys");
  if (!Array.isArray(keys)) throw malformed();
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key.startsWith(DELETE_PREFIX) || key.startsWith(ORDER_PREFIX)) continue;
    if (!keys.includes(key)) throw malformed();
  }
  for (const key of Object.keys(result)) if (!keys.includes(key)) delete result[key];
}

/** The lists that have a `$setElementOrder`: merged, then ordered by it; takes them out of `patch`. */
function mergeOrdered(result: Record<string, unknown>, patch: Record<string, unknown>, node: Node): void {
  for (const directive of Object.keys(patch).filter((key) => key.startsWith(ORDER_PREFIX))) {
    const order = patch[directive];
    delete patch[directive];
    if (!Array.isArray(order)) throw badArgument("[]interface {}", order);
    const key = listNamed(directive, ORDER_PREFIX);
    const held = listIn(result, key);
    const given = listIn(patch, key);
    const place = lookUp(node, key);
    const items = itemsOf(place.node);
    checkOrder(given ?? [], order, place.key);
    if (!held && !given) continue;
    const merged = !given
      ? held!
      : !held
        ? (withoutDirectives(given) as unknown[])
        : place.strategy === "merge"
          ? mergeList(held, given, items, place.key)
          : given;
    const kind = elementKind(held ?? [], given ?? []);
    const [named, others] = partition(merged, order, place.key);
    result[key] = interleave(named, others, order, held ?? [], kind === "map" ? place.key : "");
    delete patch[key];
  }
}

function listIn(object: Record<string, unknown>, key: string): unknown[] | undefined {
  if (!Object.hasOwn(object, key)) return undefined;
  const value = object[key];
  if (Array.isArray(value)) return value;
  throw badArgument("[]interface {}", value);
}

/** The items of the patch must come in `order`'s order and be among its items. */
function checkOrder(given: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (given.length === 0 || order.length === 0) return;
  const items = given.filter((item) => !(isJsonObject(item) && DIRECTIVE in item));
  let at = 0;
  for (const wanted of order) {
    if (at < items.length && identity(items[at], mergeKey) === identity(wanted, mergeKey)) at++;
  }
  if (at === items.length) return;
  throw fault(`The order in patch list:\n${goText(given)}\n doesn't match ${ORDER_PREFIX} list:\n${goText(order)}\n`);
}

function mergeList(held: readonly unknown[], given: readonly unknown[], items: Node, mergeKey: string): unknown[] {
  if (held.length === 0 && given.length === 0) return [];
  if (elementKind(held, given) !== "map") {
    const [named, others] = partition([...new Set([...held, ...given])], given, "");
    return interleave(named, others, given, held, "");
  }
  if (mergeKey === "") {
    throw fault(`cannot merge lists without merge key for ${items.type === "object" ? "struct" : items.type}`);
  }
  const { base, patch } = itemDirectives(held as JsonObject[], given as JsonObject[], mergeKey);
  const merged: unknown[] = [...base];
  for (const item of patch) {
    const id = identity(item, mergeKey);
    const at = merged.findIndex((other) => isJsonObject(other) && mergeKey in other && other[mergeKey] === id);
    if (at < 0) merged.push(item);
    else merged[at] = mergeMap(merged[at] as JsonObject, item, items);
  }
  const [named, others] = partition(merged, patch, mergeKey);
  return interleave(named, others, patch, base, mergeKey);
}

/** Takes the items with `$patch` out of the patch and does what they say to the list. */
function itemDirectives(
  held: readonly JsonObject[],
  given: readonly JsonObject[],
  mergeKey: string,
): { base: readonly JsonObject[]; patch: readonly JsonObject[] } {
  let base = held;
  let replace = false;
  const patch: JsonObject[] = [];
  for (const item of given) {
    const directive = item[DIRECTIVE];
    if (!(DIRECTIVE in item)) patch.push(item);
    else if (directive === "delete") {
      const id = identity(item, mergeKey);
      base = base.filter((other) => other[mergeKey] !== id);
    } else if (directive === "replace") replace = true;
    else if (directive === "merge") throw fault("merging lists cannot yet be specified in the patch");
    else throw unknownDirective(directive, item);
  }
  return replace ? { base: patch, patch: [] } : { base, patch };
}

/** What an item is told apart by: the value of its merge key, or itself. */
function identity(item: unknown, mergeKey: string): unknown {
  if (mergeKey === "") return item;
  if (!isJsonObject(item)) throw badArgument("map[string]interface {}", item);
  if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
  return item[mergeKey];
}

/** Items that `by` names, and the others. */
function partition(list: readonly unknown[], by: readonly unknown[], mergeKey: string): [unknown[], unknown[]] {
  const names = new Set(by.map((item) => (mergeKey === "" || isJsonObject(item) ? keyOf(item, mergeKey) : undefined)));
  const named: unknown[] = [];
  const others: unknown[] = [];
  for (const item of list) (names.has(identity(item, mergeKey)) ? named : others).push(item);
  return [named, others];
}

const keyOf = (item: unknown, mergeKey: string) => (mergeKey === "" ? item : (item as JsonObject)[mergeKey]);

/**
 * Both parts in one list: `named` in the order of the patch, `others` in that of the server; where the server knows
 * both of two items it decides, else the one of the patch comes first.
 */
function interleave(
  named: readonly unknown[],
  others: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const rank = (order: readonly unknown[]) => {
    const ranks = new Map<unknown, number>();
    order.forEach((item, i) => {
      const id = identity(item, mergeKey);
      if (!ranks.has(id)) ranks.set(id, i);
    });
    return (item: unknown) => ranks.get(identity(item, mergeKey)) ?? -1;
  };
  const ofPatch = rank(patchOrder);
  const ofServer = rank(serverOrder);
  const right = [...named].sort((a, b) => ofPatch(a) - ofPatch(b));
  const left = [...others].sort((a, b) => ofServer(a) - ofServer(b));
  const result: unknown[] = [];
  let i = 0;
  for (const item of right) {
    const at = ofServer(item);
    while (i < left.length && at >= 0 && ofServer(left[i]) >= 0 && ofServer(left[i]) < at) result.push(left[i++]);
    result.push(item);
  }
  return [...result, ...left.slice(i)];
}

/** The kind of all items of both lists, which must be one. */
function elementKind(held: readonly unknown[], given: readonly unknown[]): "map" | "scalar" {
  let type: string | undefined;
  for (const item of [...held, ...given]) {
    if (type === undefined && Array.isArray(item)) throw unprocessable("lists of lists are not supported");
    type ??= goType(item);
    if (type !== goType(item)) throw fault(`list element types are not identical: ${goText([held, given])}`);
  }
  if (type === undefined) throw fault("no elements in any of the given slices");
  return type === "map[string]interface {}" ? "map" : "scalar";
}

/** A value that nothing is merged into: nulls in maps go, and whatever carries `$patch`. Undefined: drop it. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isJsonObject(value)) return value;
  if (DIRECTIVE in value) return undefined;
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const plain = inner === null ? undefined : withoutDirectives(inner);
    if (plain !== undefined) setKey(result, key, plain);
  }
  return result;
}
