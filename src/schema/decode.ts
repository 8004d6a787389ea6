// Decoding: JSON text or a JavaScript value to an object that a schema describes, with the errors of Go's decoder.
// It refuses to default (default.ts), to judge (validate.ts), and to know versions, kinds and media types.
//
// The result is deeply frozen, in canonical form: keys in declared order, unknown fields gone, null is
// absence, quantities, times and base64 as the server writes them, zero values of plain fields with omitempty left out.
// Specification: sigs.k8s.io/json (case-sensitive, integers kept), strict mode as in `fieldValidation`.
import { parseJSON, parseJSONStrict } from "../base/json-strict.ts";
import type { StrictJSON } from "../base/json-strict.ts";
import { DecodeError, goKind, goType, Mismatch, SCALAR_READERS, zeroOf } from "./decode-scalar.ts";
import { copyJson, deepFreeze, isJsonObject, isTooDeep, setKey } from "./freeze.ts";
import { internFields, isInterned } from "./intern.ts";
import { inOrder, pruneCustom } from "./prune.ts";
import { notesOf } from "./repeated.ts";
import { caseOf } from "./variant.ts";
import type { AnyObjectNode, Field, Node, ValueIn, VariantNode } from "./node.ts";

export { DecodeError };
export { JSONSyntaxError as JsonSyntaxError } from "../base/json-syntax.ts";

/** What to do about unknown and duplicate fields: the query parameter `fieldValidation`. */
export type Strictness = "Strict" | "Warn" | "Ignore";

export interface Decoded<T> {
  readonly value: T;
  /** `unknown field "spec.foo"`, `duplicate field "data.a"`: in upstream's order. Empty when strictness is Ignore. */
  readonly problems: readonly string[];
}

/** Upstream keeps no more than this many problems of one body. */
const MAX_PROBLEMS = 100;
/** Go's decoder refuses deeper nesting; so must we, before the stack ends. */
const MAX_DEPTH = 2000;

/** Where the walk stands, and what it found. `keys[0..depth)` is the path; `owners` names the Go struct of each step. */
interface Walk {
  readonly collects: boolean;
  /** The value may hold what JSON.parse never makes: undefined, dates, functions. */
  readonly foreign: boolean;
  /** Frozen parts that are in canonical form already are taken over as they are. */
  readonly shares: boolean;
  /** The value is what write.ts wrote: null in the place of a list or map that is always shown is the empty one. */
  readonly stored: boolean;
  readonly keys: (string | number)[];
  readonly owners: (string | undefined)[];
  readonly problems: string[];
  depth: number;
}

/** `known`: what stood in the same place of a value in canonical form; where it still stands, nothing is looked at. */
type Decoder = (value: unknown, walk: Walk, known?: unknown) => unknown;

const decoders = new WeakMap<Node, Decoder>();

function decoderOf(node: Node): Decoder {
  let decoder = decoders.get(node);
  if (decoder === undefined) decoders.set(node, (decoder = compile(node)));
  return decoder;
}

function compile(node: Node): Decoder {
  switch (node.type) {
    case "object":
      return node.untyped ? customDecoder(node) : takenOver(node, objectDecoder(node));
    case "list":
      return takenOver(node, listDecoder(node.items, goType(node)));
    case "map":
      return takenOver(node, mapDecoder(node.values, goType(node)));
    case "variant":
      return (value, walk, known) => {
        const found = caseOf(node, value);
        if (found === undefined) throw new DecodeError(wantedText(node));
        return decoderOf(found.node)(value, walk, known);
      };
    case "fieldsV1":
      return (value, walk) => (isInterned(value) ? value : internFields(bounded(value), walk.foreign));
    case "rawExtension":
    case "json":
      return (value, walk) => (walk.foreign ? copyJson(bounded(value)) : deepFreeze(bounded(value)));
    default:
      return SCALAR_READERS[node.type];
  }
}

/** What comes again is in canonical form, all of it. */
const takenOver =
  (node: Node, decode: Decoder): Decoder =>
  (value, walk, known) =>
    walk.shares && notesOf(node, value) !== undefined ? value : decode(value, walk, known);

/** As Go's own decoders of these types say it. */
const wantedText = ({ cases }: VariantNode): string =>
  cases.boolean === undefined ? "array or JSON schema expected" : "boolean or JSON schema expected";

function bounded(value: unknown): unknown {
  if (isTooDeep(value)) throw new DecodeError("exceeded max depth");
  return value;
}

function enter(walk: Walk): number {
  if (walk.depth >= MAX_DEPTH) throw new DecodeError("exceeded max depth");
  return walk.depth++;
}

function checkedObject(value: unknown, walk: Walk, wanted: string): Record<string, unknown> {
  if (!isJsonObject(value)) throw new Mismatch(goKind(value), wanted);
  if (walk.foreign) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new DecodeError(`an instance of ${value.constructor?.name ?? "a class"} cannot be said in JSON`);
    }
  }
  return value;
}

const NOTHING: Readonly<Record<string, unknown>> = Object.freeze({});
const NO_ITEMS: readonly unknown[] = Object.freeze([]);

/** One field while decoding. `decode` is found on first use, so that recursive schemas compile. */
interface Slot {
  readonly node: Node;
  readonly index: number;
  readonly dropsZero: boolean;
  /** What a stored null stands for. */
  readonly empty: unknown;
  decode: Decoder | undefined;
}

/** Whether the zero of a field is the same as its absence: for plain Go values with omitempty. */
function dropsZero(field: Field): boolean {
  if (field.pointer || field.always || field.emptyIsGiven) return false;
  switch (field.node.type) {
    case "string":
    case "bytes":
    case "boolean":
    case "int32":
    case "int64":
    case "double":
    case "list":
    case "map":
      return true;
    default:
      return false;
  }
}

const EMPTY_LIST = Object.freeze([]);
const EMPTY_MAP = Object.freeze({});

/** What JSON writes as null and memory has as an empty list or map: fields that are always shown. */
function emptyShown({ node, pointer, always }: Field): unknown {
  if (pointer || !always) return undefined;
  return node.type === "list" ? EMPTY_LIST : node.type === "map" ? EMPTY_MAP : undefined;
}

function isEmptyValue(value: unknown): boolean {
  if (value === "" || value === 0 || value === false) return true;
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value) return false;
  return true;
}

function objectDecoder(node: AnyObjectNode): Decoder {
  const slots = new Map<string, Slot>();
  let slotCount = 0;
  const names = Object.keys(node.fields);
  for (const name of names) {
    const field = node.fields[name]!;
    slots.set(name, {
      node: field.node,
      index: slotCount++,
      dropsZero: dropsZero(field),
      empty: emptyShown(field),
      decode: undefined,
    });
  }
  const struct = node.name.slice(node.name.lastIndexOf(".") + 1);
  const wanted = goType(node);

  return (value, walk, known) => {
    const source = checkedObject(value, walk, wanted);
    const before = isJsonObject(known) ? known : NOTHING;
    const depth = enter(walk);
    const keys = Object.keys(source);
    // Undefined as long as the source itself can be the result.
    let result: Record<string, unknown> | undefined = walk.shares && isOwnFrozen(source) ? undefined : {};
    let last = -1;
    let ascending = true;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      const slot = slots.get(key);
      let raw = source[key];
      if (raw === null && walk.stored) raw = slot?.empty;
      if (slot === undefined || raw === null || raw === undefined) {
        if (slot === undefined && raw !== undefined) unknown(walk, key, depth);
        result ??= firstOf(source, keys, i);
        continue;
      }
      let decoded: unknown = raw;
      if (raw !== before[key]) {
        walk.keys[depth] = key;
        walk.owners[depth] = struct;
        decoded = (slot.decode ??= decoderOf(slot.node))(raw, walk, before[key]);
      }
      if (decoded === null || (slot.dropsZero && isEmptyValue(decoded))) {
        result ??= firstOf(source, keys, i);
        continue;
      }
      if (slot.index < last) ascending = false;
      last = slot.index;
      if (result === undefined && (decoded !== source[key] || !ascending)) result = firstOf(source, keys, i);
      if (result !== undefined) result[key] = decoded;
    }
    walk.depth = depth;
    if (result === undefined) return source;
    return Object.freeze(ascending ? result : inOrder(result, names));
  };
}

const isOwnFrozen = (source: object) => Object.isFrozen(source) && Object.getPrototypeOf(source) === Object.prototype;

/** A new object with the first members of another: those that were found to be in canonical form. */
function firstOf(source: Readonly<Record<string, unknown>>, keys: readonly string[], count: number) {
  const result: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) setKey(result, keys[i]!, source[keys[i]!]);
  return result;
}

function listDecoder(items: Node, wanted: string): Decoder {
  let decode: Decoder | undefined;
  const zero = zeroOf(items);
  return (value, walk, known) => {
    if (!Array.isArray(value)) throw new Mismatch(goKind(value), wanted);
    const before: readonly unknown[] = Array.isArray(known) ? known : NO_ITEMS;
    decode ??= decoderOf(items);
    const depth = enter(walk);
    walk.owners[depth] = undefined;
    let same = walk.shares && Object.isFrozen(value);
    const result = new Array<unknown>(value.length);
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      if (item === before[i] && item !== undefined) result[i] = item;
      else {
        walk.keys[depth] = i;
        result[i] = item === null ? zero : decode(item, walk, before[i]);
        same &&= result[i] === item;
      }
    }
    walk.depth = depth;
    return same ? value : Object.freeze(result);
  };
}

function mapDecoder(values: Node, wanted: string): Decoder {
  let decode: Decoder | undefined;
  const zero = zeroOf(values);
  return (value, walk) => {
    const source = checkedObject(value, walk, wanted);
    decode ??= decoderOf(values);
    const depth = enter(walk);
    walk.owners[depth] = undefined;
    const keys = Object.keys(source);
    let result: Record<string, unknown> | undefined = walk.shares && isOwnFrozen(source) ? undefined : {};
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      const raw = source[key];
      if (raw === undefined) {
        result ??= firstOf(source, keys, i);
        continue;
      }
      walk.keys[depth] = key;
      const decoded = raw === null ? zero : decode(raw, walk);
      if (result === undefined && decoded !== raw) result = firstOf(source, keys, i);
      if (result !== undefined) setKey(result, key, decoded);
    }
    walk.depth = depth;
    return result === undefined ? source : Object.freeze(result);
  };
}

/**
 * A custom resource: apiVersion, kind and metadata are typed, the rest keeps its JSON and is judged by validation.
 * Metadata is decoded by itself upstream, which shows in messages (`ObjectMeta.labels` without `metadata`).
 */
function customDecoder(node: AnyObjectNode): Decoder {
  return (value, walk) => {
    const source = checkedObject(value, walk, goType(node));
    const depth = enter(walk);
    const result: Record<string, unknown> = {};
    for (const name of ["apiVersion", "kind", "metadata"]) {
      const field = node.fields[name];
      const raw = source[name];
      if (field === undefined || raw === null || raw === undefined) continue;
      walk.keys[depth] = name;
      walk.owners[depth] = undefined;
      result[name] = decoderOf(field.node)(raw, walk);
    }
    walk.depth = depth;
    const { apiVersion: _a, kind: _k, metadata: _m, ...rest } = source;
    const unknowns: string[] = [];
    Object.assign(result, pruneCustom(node, walk.foreign ? copyJson(rest) : rest, unknowns));
    if (walk.collects) for (const path of unknowns.sort()) report(walk, `unknown field ${JSON.stringify(path)}`);
    return deepFreeze(result);
  };
}

function unknown(walk: Walk, key: string, depth: number): void {
  if (!walk.collects) return;
  walk.keys[depth] = key;
  report(walk, `unknown field ${JSON.stringify(pathText(walk.keys, depth + 1))}`);
}

function report(walk: Walk, problem: string): void {
  if (walk.problems.length < MAX_PROBLEMS && !walk.problems.includes(problem)) walk.problems.push(problem);
}

/** `spec.containers[0].image`. */
function pathText(keys: readonly (string | number)[], length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) {
    const key = keys[i]!;
    text += typeof key === "number" ? `[${key}]` : text === "" ? key : `.${key}`;
  }
  return text;
}

/** Go's message for a wrong type: the innermost struct, then the names of all fields on the way, without indexes. */
function mismatchError(walk: Walk, { found, wanted }: Mismatch): DecodeError {
  const fields: string[] = [];
  let struct = "";
  for (let i = 0; i < walk.depth; i++) {
    const owner = walk.owners[i];
    if (owner === undefined) continue;
    struct = owner;
    fields.push(String(walk.keys[i]));
  }
  const where = struct === "" ? "Go value" : `Go struct field ${struct}.${fields.join(".")}`;
  return new DecodeError(`json: cannot unmarshal ${found} into ${where} of type ${wanted}`);
}

function run<N extends Node>(
  node: N,
  value: unknown,
  { collects, foreign, shares, stored = false }: Pick<Walk, "collects" | "foreign" | "shares"> & { stored?: boolean },
  known?: unknown,
): Decoded<ValueIn<N>> {
  const walk: Walk = { collects, foreign, shares, stored, keys: [], owners: [], problems: [], depth: 0 };
  try {
    const decoded = value === null || value === undefined ? zeroOf(node) : decoderOf(node)(value, walk, known);
    return { value: decoded as ValueIn<N>, problems: walk.problems };
  } catch (error) {
    if (error instanceof Mismatch) throw mismatchError(walk, error);
    if (foreign && error instanceof TypeError) throw new DecodeError(error.message, { cause: error });
    throw error;
  }
}

/**
 * Decodes JSON text or bytes. Throws {@link DecodeError} for a wrong type, and JSONSyntaxError (base/json-syntax.ts) for
 * what is not JSON. Of duplicate fields the last one wins, as upstream.
 */
export function decodeJson<N extends Node>(
  node: N,
  text: string | Uint8Array,
  options: { readonly strictness: Strictness } = { strictness: "Ignore" },
): Decoded<ValueIn<N>> {
  if (options.strictness === "Ignore") return run(node, parseJSON(text), PARSED);
  const strict = parseJSONStrict(text);
  return toldWith(strict, run(node, strict.value, COLLECTING), isUntyped(node));
}

/**
 * The same for an object whose text has `null` in the place of one member: `around.value`, in canonical form and without
 * problems, stands there.
 */
export function decodeJsonAround<N extends Node>(
  node: N,
  text: string,
  options: { readonly strictness: Strictness },
  around: { readonly name: string; readonly value: object },
): Decoded<ValueIn<N>> {
  const collects = options.strictness !== "Ignore";
  const strict = collects ? parseJSONStrict(text) : { value: parseJSON(text), duplicates: [] };
  const { value } = strict;
  const { name, value: member } = around;
  (value as Record<string, unknown>)[name] = member;
  return toldWith(strict, run(node, value, collects ? COLLECTING : PARSED, { [name]: member }), isUntyped(node));
}

const isUntyped = (node: Node): boolean => node.type === "object" && node.untyped === true;

function toldWith<T>(strict: StrictJSON, decoded: Decoded<T>, untyped: boolean): Decoded<T> {
  if (strict.duplicates.length === 0) return decoded;
  const problems = untyped
    ? [...strict.duplicates.map(duplicate), ...decoded.problems]
    : withDuplicates(strict, decoded.problems);
  return { value: decoded.value, problems: problems.slice(0, MAX_PROBLEMS) };
}

const duplicate = (path: string): string => `duplicate field ${JSON.stringify(path)}`;

/** In the order of the text. Upstream does not look into unknown fields of what has a type: duplicates there do not count. */
function withDuplicates({ duplicates, places }: StrictJSON, unknowns: readonly string[]): string[] {
  const fields = unknowns.map((problem) => JSON.parse(problem.slice(problem.indexOf('"'))) as string);
  const inUnknown = (path: string) =>
    fields.some((field) => path.startsWith(field) && /^($|[.[])/.test(path.slice(field.length)));
  const known = duplicates.filter((path) => !inUnknown(path));
  const all = [
    ...known.map((path) => ({ at: places?.again.get(path) ?? 0, problem: duplicate(path) })),
    ...fields.map((path, i) => ({ at: places?.first.get(path) ?? 0, problem: unknowns[i]! })),
  ];
  return all.sort((one, other) => one.at - other.at).map(({ problem }) => problem);
}

const PARSED = { collects: false, foreign: false, shares: false };
const STORED = { ...PARSED, stored: true };
const COLLECTING = { ...PARSED, collects: true };

/**
 * The same from a value that something else parsed or computed: a YAML body, the result of a patch. Frozen parts of it
 * that are in canonical form stay the objects they are, so that what did not change is seen by identity.
 */
export function decodeValue<N extends Node>(
  node: N,
  value: unknown,
  options: { readonly strictness: Strictness } = { strictness: "Ignore" },
): Decoded<ValueIn<N>> {
  return run(node, value, { collects: options.strictness !== "Ignore", foreign: true, shares: true });
}

/**
 * The canonical form of what was computed from `known`, a value in canonical form: parts of `known` that stand where they
 * stood are trusted and not walked again.
 */
export function canonicalFrom<N extends Node>(node: N, value: unknown, known: ValueIn<N>): ValueIn<N> {
  return run(node, value, { collects: false, foreign: true, shares: true }, known).value;
}

/**
 * What write.ts wrote and a store kept: null in the place of a list or map that JSON always shows is the empty one, as it
 * is for who reads the same object over HTTPS (read.ts).
 */
export function decodeStored<N extends Node>(node: N, text: string | Uint8Array): ValueIn<N> {
  return decodeStoredAround(node, parseJSON(text), undefined);
}

/** The same, parsed; some of its members are those of `known`, which are in canonical form. */
export function decodeStoredAround<N extends Node>(
  node: N,
  parsed: unknown,
  known: Readonly<Record<string, unknown>> | undefined,
): ValueIn<N> {
  return run(node, parsed, STORED, known).value;
}

/** A caller's own object made ours: `undefined` is absence, what JSON cannot say throws {@link DecodeError}. */
export function walkIn<N extends Node>(node: N, value: unknown): ValueIn<N> {
  return run(node, value, { collects: false, foreign: true, shares: false }).value;
}
