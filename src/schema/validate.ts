// Validation: every fault of an object at once: metadata, then what its schema states, then the rules of its kind.
// It refuses to read other objects or ask anybody (admission does), and to change what it sees (default.ts, prepare do).
//
// Ratcheting lives here and nowhere else: on update, a value that the old object had in the same place passes.
import { formats } from "../base/formats.ts";
import { sameField, semanticEqual } from "./equality.ts";
import { isJsonObject } from "./freeze.ts";
import { notesOf } from "./repeated.ts";
import { caseOf } from "./variant.ts";
import {
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotAmong,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  fieldTooMany,
} from "./meta/field-error.ts";
import type { FieldError } from "./meta/field-error.ts";
import { validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { FieldPath } from "./meta/path.ts";
import type { AnyObjectNode, Field, MapFacts, Node, NumberFacts, StringFacts } from "./node.ts";
import type { KubeObject, RequestFacts, Resource } from "./resource.ts";

export interface ValidationContext<T> {
  /** On update: what is stored. */
  readonly old?: T | undefined;
  readonly request: RequestFacts;
}

export interface ValidationResult {
  readonly errors: readonly FieldError[];
  readonly warnings: readonly string[];
}

/** Judges an object (defaulted, prepared) of a kind. */
export function validate<T extends KubeObject>(
  resource: Resource<T>,
  object: T,
  { old, request }: ValidationContext<T>,
): ValidationResult {
  const errors: FieldError[] = [];
  const warnings: string[] = [];
  // What is never stored (reviews, bodies of subresources) needs no name.
  if (resource.schema.fields["metadata"] !== undefined && resource.verbs.includes("get")) {
    if (old === undefined) errors.push(...validateMetadata(resource, object.metadata));
    else errors.push(...validateMetadataUpdate(resource, object.metadata, old.metadata));
  }
  // Custom resources are judged by their schema itself, which says more than a node can.
  const { facts, last } = resource.schema.untyped ? NOTHING_SAID : factsSay(resource.schema, object, old);
  const judged: FieldError[] = [];
  for (const rule of resource.rules) {
    for (const found of rule(object, { old, request })) {
      if (typeof found === "string") warnings.push(found);
      else judged.push(found);
    }
  }
  errors.push(...itemByItem(facts, judged), ...last);
  return { errors, warnings };
}

/** The list and the index that an error's path begins with. */
function itemOf({ field }: FieldError): { readonly list: string; readonly index: number } | undefined {
  const open = field.indexOf("[");
  const index = open < 0 ? Number.NaN : Number(field.slice(open + 1, field.indexOf("]", open)));
  return Number.isInteger(index) ? { list: field.slice(0, open), index } : undefined;
}

/** Upstream judges item by item, facts and rules alike: what rules say of earlier items comes before facts of later ones. */
function itemByItem(facts: readonly FieldError[], judged: readonly FieldError[]): readonly FieldError[] {
  if (facts.length === 0 || judged.length === 0) return [...facts, ...judged];
  const items = judged.map(itemOf);
  const all: FieldError[] = [];
  let next = 0;
  for (const fact of facts) {
    const item = itemOf(fact);
    const last =
      item === undefined ? -1 : items.findLastIndex((other) => other?.list === item.list && other.index < item.index);
    while (next <= last) all.push(judged[next++]!);
    all.push(fact);
  }
  return [...all, ...judged.slice(next)];
}

/** What a node's facts say about a value: for kinds without rules, such as options, and for parts of an object. */
export function validateFacts(
  node: Node,
  value: unknown,
  old?: unknown,
  path: FieldPath = FieldPath.root,
): FieldError[] {
  const { facts, last } = factsSay(node, value, old, path);
  return last.length === 0 ? [...facts] : [...facts, ...last];
}

/** `last`: what is told after the rules. */
interface Said {
  readonly facts: readonly FieldError[];
  readonly last: readonly FieldError[];
}

const NOTHING_SAID: Said = { facts: [], last: [] };

function factsSay(node: Node, value: unknown, old: unknown, path: FieldPath = FieldPath.root): Said {
  const check = checkerOf(node);
  if (check === undefined) return NOTHING_SAID;
  const walk: Walk = { root: path, steps: [], depth: 0, errors: [], last: [], updates: old !== undefined };
  check(value, old, walk);
  return { facts: walk.errors, last: walk.last };
}

/** A step is a field (a string), an index (a number), or the key of a map. */
type Step = string | number | { readonly key: string };

interface Walk {
  readonly root: FieldPath;
  /** `steps[0..depth)` is the path: it becomes a FieldPath only where something is wrong. */
  readonly steps: Step[];
  readonly errors: FieldError[];
  readonly last: FieldError[];
  readonly updates: boolean;
  depth: number;
}

function here(walk: Walk, length = walk.depth): FieldPath {
  let path = walk.root;
  for (let i = 0; i < length; i++) {
    const step = walk.steps[i]!;
    path =
      typeof step === "string" ? path.child(step) : typeof step === "number" ? path.index(step) : path.key(step.key);
  }
  return path;
}

type Check = (value: unknown, old: unknown, walk: Walk) => void;

const checkers = new WeakMap<Node, Check | null>();

function checkerOf(node: Node): Check | undefined {
  const known = checkers.get(node);
  if (known !== undefined) return known ?? undefined;
  checkers.set(node, (value, old, walk) => checkers.get(node)?.(value, old, walk));
  const check = remembering(node, compile(node));
  checkers.set(node, check ?? null);
  return check;
}

/** What comes again and was found without fault is not judged again; where there is an old value it may be another matter. */
function remembering(node: Node, check: Check | undefined): Check | undefined {
  if (check === undefined || (node.type !== "object" && node.type !== "list" && node.type !== "map")) return check;
  return (value, old, walk) => {
    const notes = old === undefined ? notesOf(node, value) : undefined;
    if (notes === undefined) return check(value, old, walk);
    if (notes.faultless === check) return;
    const before = walk.errors.length + walk.last.length;
    check(value, old, walk);
    if (walk.errors.length + walk.last.length === before) notes.faultless = check;
  };
}

function compile(node: Node): Check | undefined {
  switch (node.type) {
    case "string":
      return stringCheck(node);
    case "int32":
    case "int64":
    case "double":
      return numberCheck(node);
    case "list":
      return listCheck(node);
    case "map":
      return mapCheck(node.values, node);
    case "object":
      return objectCheck(node);
    case "variant":
      return (value, old, walk) => {
        const found = caseOf(node, value);
        if (found !== undefined) checkerOf(found.node)?.(value, old, walk);
      };
    default:
      return undefined;
  }
}

function stringCheck(facts: StringFacts): Check | undefined {
  const { enum: values, told, format, pattern, minLength, maxLength } = facts;
  if (!values && !format && pattern === undefined && minLength === undefined && maxLength === undefined)
    return undefined;
  const allowed = values && new Set(values);
  const judge = format && formats[format];
  const form = pattern === undefined ? undefined : new RegExp(pattern, "u");
  return (value, old, walk) => {
    if (typeof value !== "string" || (value === old && walk.updates)) return;
    if (allowed !== undefined && !allowed.has(value))
      walk.errors.push(told ? fieldNotAmong(here(walk), value, told) : fieldNotSupported(here(walk), value, values!));
    if (judge !== undefined) for (const fault of judge(value)) walk.errors.push(fieldInvalid(here(walk), value, fault));
    if (maxLength !== undefined && [...value].length > maxLength) walk.errors.push(fieldTooLong(here(walk), maxLength));
    if (minLength !== undefined && [...value].length < minLength) {
      walk.errors.push(fieldInvalid(here(walk), value, `must be at least ${minLength} characters`));
    }
    if (form !== undefined && !form.test(value)) {
      walk.errors.push(fieldInvalid(here(walk), value, `must match the regex '${pattern!}'`));
    }
  };
}

/** The message for a number outside of its limits, as hand-written validation upstream says it. */
function limitsText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: NumberFacts): string {
  if (minimum !== undefined && maximum !== undefined && !exclusiveMinimum && !exclusiveMaximum) {
    return `must be between ${minimum} and ${maximum}, inclusive`;
  }
  const low = minimum === undefined ? "" : `must be greater than ${exclusiveMinimum ? "" : "or equal to "}${minimum}`;
  const high = maximum === undefined ? "" : `must be less than ${exclusiveMaximum ? "" : "or equal to "}${maximum}`;
  return low && high ? `${low} and ${high.slice("must be ".length)}` : low || high;
}

function numberCheck(facts: NumberFacts): Check | undefined {
  const { minimum, maximum, exclusiveMinimum = false, exclusiveMaximum = false, multipleOf } = facts;
  if (minimum === undefined && maximum === undefined && multipleOf === undefined) return undefined;
  const text = limitsText(facts);
  return (value, old, walk) => {
    if (typeof value !== "number" || (value === old && walk.updates)) return;
    const low = minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum);
    const high = maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum);
    if (low || high) walk.errors.push(fieldInvalid(here(walk), value, text));
    if (multipleOf !== undefined && value % multipleOf !== 0) {
      walk.errors.push(fieldInvalid(here(walk), value, `must be a multiple of ${multipleOf}`));
    }
  };
}

function listCheck(node: Node & { readonly type: "list" }): Check | undefined {
  const { items, minItems, maxItems, unique, listType, keys = [] } = node;
  const check = checkerOf(items);
  if (check === undefined && minItems === undefined && maxItems === undefined && unique === undefined) return undefined;
  return (value, old, walk) => {
    if (!Array.isArray(value) || value === old) return;
    const before = Array.isArray(old) ? (old as readonly unknown[]) : undefined;
    if (before !== undefined && semanticEqual(node, value, before)) return;
    if (maxItems !== undefined && value.length > maxItems) {
      walk.errors.push(fieldTooMany(here(walk), value.length, maxItems));
    }
    if (minItems !== undefined && value.length < minItems) {
      walk.errors.push(fieldInvalid(here(walk), value.length, `must have at least ${minItems} items`));
    }
    const depth = walk.depth++;
    const counterpart = before && (listType === "map" ? byKeys(before, keys) : undefined);
    for (let i = 0; i < value.length; i++) {
      walk.steps[depth] = i;
      const item: unknown = value[i];
      if (check === undefined) break;
      const was = counterpart ? counterpart.get(keyOf(item, keys)) : listType === undefined ? before?.[i] : undefined;
      check(item, was, walk);
    }
    if (unique !== undefined) checkUnique(value, unique, listType === "map" ? keys : [], walk, depth);
    walk.depth = depth;
  };
}

/** An item's identity in a list: its keys if it has any, else all of it. */
function keyOf(item: unknown, keys: readonly string[]): string {
  if (!isJsonObject(item) || keys.length === 0) return JSON.stringify(item);
  return keys.length === 1 ? String(item[keys[0]!]) : JSON.stringify(keys.map((key) => item[key]));
}

function byKeys(items: readonly unknown[], keys: readonly string[]): ReadonlyMap<string, unknown> {
  return new Map(items.map((item) => [keyOf(item, keys), item]));
}

function checkUnique(
  list: readonly unknown[],
  unique: "key" | "item",
  keys: readonly string[],
  walk: Walk,
  depth: number,
) {
  if (list.length < 2) return;
  const seen = new Set<string>();
  list.forEach((item, i) => {
    const key = keyOf(item, keys);
    if (!seen.has(key)) return void seen.add(key);
    walk.steps[depth] = i;
    if (unique === "item" || !isJsonObject(item)) walk.errors.push(fieldDuplicate(here(walk), item));
    else for (const name of keys) walk.errors.push(fieldDuplicate(here(walk).child(name), item[name]));
  });
}

function mapCheck(values: Node, facts: MapFacts): Check | undefined {
  const { keyFormat, minProperties, maxProperties } = facts;
  const check = checkerOf(values);
  if (!check && !keyFormat && minProperties === undefined && maxProperties === undefined) return undefined;
  const judge = keyFormat && formats[keyFormat];
  return (value, old, walk) => {
    if (!isJsonObject(value) || value === old) return;
    const before = isJsonObject(old) ? old : undefined;
    const keys = Object.keys(value);
    if (maxProperties !== undefined && keys.length > maxProperties) {
      walk.errors.push(fieldTooMany(here(walk), keys.length, maxProperties));
    }
    if (minProperties !== undefined && keys.length < minProperties) {
      walk.errors.push(fieldInvalid(here(walk), keys.length, `must have at least ${minProperties} properties`));
    }
    const depth = walk.depth++;
    // Upstream's order of map keys in messages is random or sorted; sorted is the one that can be relied on.
    for (const key of keys.sort()) {
      const was = before && Object.hasOwn(before, key) ? before[key] : undefined;
      walk.steps[depth] = { key };
      if (judge !== undefined && !(before && Object.hasOwn(before, key))) {
        for (const fault of judge(key)) walk.errors.push(fieldInvalid(here(walk), key, fault));
      }
      check?.(value[key], was, walk);
    }
    walk.depth = depth;
  };
}

interface FieldCheck {
  readonly name: string;
  readonly field: Field;
  /** The detail of "Required value"; undefined if absence is fine. */
  readonly demanded: string | undefined;
  /** The message of immutability; undefined if the field may change. */
  readonly immutable: string | undefined;
  readonly check: Check | undefined;
  /** Its zero is absence, so that no fact of its node applies to it. */
  readonly plain: boolean;
}

function demandOf(field: Field): string | undefined {
  const { demanded, required, node, pointer } = field;
  if (typeof demanded === "string") return demanded;
  const asked =
    demanded ?? (required === true && (node.type === "string" || (node.type === "object" && pointer === true)));
  return asked ? "" : undefined;
}

function fieldChecks(node: AnyObjectNode): FieldCheck[] {
  const checks: FieldCheck[] = [];
  for (const [name, field] of Object.entries(node.fields)) {
    // Metadata has its own validation, with an order and messages of its own.
    if (name === "metadata" && field.node.type === "object" && field.node.name.endsWith(".ObjectMeta")) continue;
    if (node.unjudged?.includes(name)) continue;
    const byRule = field.judgedByRule === true;
    const demanded = byRule ? undefined : demandOf(field);
    const immutable = field.immutable === true ? "field is immutable" : field.immutable || undefined;
    const check = checkerOf(byRule ? childrenOnly(field.node) : field.node);
    if (demanded === undefined && immutable === undefined && check === undefined) continue;
    checks.push({ name, field, demanded, immutable, check, plain: !field.pointer });
  }
  return checks;
}

/** A node whose own facts say nothing, only those of what is inside it. */
function childrenOnly(node: Node): Node {
  switch (node.type) {
    case "object": {
      const { oneOf: _, ...rest } = node;
      return rest;
    }
    case "list":
      // Scalar items are part of the value itself.
      return {
        type: "list",
        items: scalarOr(node.items),
        ...(node.listType && { listType: node.listType }),
        ...(node.keys && { keys: node.keys }),
      };
    case "map":
      return { type: "map", values: node.values };
    default:
      return { type: "boolean" };
  }
}

const scalarOr = (items: Node): Node => (items.type === "string" ? { type: "boolean" } : items);

const isEmpty = (value: unknown) =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

function objectCheck(node: AnyObjectNode): Check | undefined {
  const checks = fieldChecks(node);
  const { oneOf } = node;
  const additional = node.additional && checkerOf(node.additional);
  if (checks.length === 0 && oneOf === undefined && additional === undefined) return undefined;
  return (value, old, walk) => {
    if (value === old || !isJsonObject(value)) return;
    const before = isJsonObject(old) ? old : undefined;
    if (oneOf !== undefined) checkOneOf(oneOf, value, walk);
    const depth = walk.depth++;
    for (const { name, field, demanded, immutable, check, plain } of checks) {
      const member = value[name];
      const was = before?.[name];
      walk.steps[depth] = name;
      const said = walk.errors.length;
      const empty = isEmpty(member);
      if (empty && demanded !== undefined) {
        if (!(before && isEmpty(was))) walk.errors.push(fieldRequired(here(walk), demanded));
      } else if (check !== undefined && member !== undefined && !(empty && plain)) check(member, was, walk);
      if (immutable !== undefined && before !== undefined && !sameField(field, member, was)) {
        walk.errors.push(fieldInvalid(here(walk), member, immutable));
      }
      if (field.toldLast && walk.errors.length > said) walk.last.push(...walk.errors.splice(said));
    }
    if (additional !== undefined) {
      for (const key of Object.keys(value)) {
        if (Object.hasOwn(node.fields, key)) continue;
        walk.steps[depth] = { key };
        additional(value[key], before?.[key], walk);
      }
    }
    walk.depth = depth;
  };
}

function checkOneOf(oneOf: NonNullable<AnyObjectNode["oneOf"]>, value: Readonly<Record<string, unknown>>, walk: Walk) {
  const set = oneOf.fields.filter((name) => value[name] !== undefined);
  if (set.length === 1 || (set.length === 0 && !oneOf.required)) return;
  const path = here(walk);
  const { message } = oneOf;
  const names = oneOf.fields.map((name) => `\`${name}\``).join(", ");
  if (set.length === 0) {
    walk.errors.push(
      message
        ? fieldRequired(path, `must specify a ${message}`)
        : fieldInvalid(path, "", `must specify one of: ${names}`),
    );
    return;
  }
  if (message === undefined) {
    walk.errors.push(fieldInvalid(path, value, `must specify exactly one of: ${names}`));
    return;
  }
  for (const name of set.slice(1)) {
    walk.errors.push(fieldForbidden(path.child(name), `may not specify more than 1 ${message}`));
  }
}
