// Pruning: what a schema does not know goes away, and so does what a feature gate keeps out. It refuses to check types.
//
// Typed objects are pruned while they are decoded; this walk is for values that something has computed since, for
// custom resources (structural pruning: `preserveUnknown`, `embedded`, `additional`), and for gates.
import { isJsonObject, setKey } from "./freeze.ts";
import { notesOf } from "./repeated.ts";
import { caseOf } from "./variant.ts";
import type { AnyObjectNode, Field, Node, ValueIn } from "./node.ts";

/** The value without unknown fields: the same one when there are none, else a copy of what changed. Frozen stays frozen. */
export function prune<N extends Node>(node: N, value: ValueIn<N>): ValueIn<N> {
  return (prunerOf(node)?.(value, undefined, "") ?? value) as ValueIn<N>;
}

/** As {@link prune}; the paths of what goes are added to `unknowns`, as `spec.foo[0].bar`. */
export function pruneCustom(node: Node, value: unknown, unknowns: string[]): unknown {
  return prunerOf(node)?.(value, unknowns, "") ?? value;
}

/** A path costs an allocation a step, so it is built only where somebody wants it (`unknowns` is there). */
type Pruner = (value: unknown, unknowns: string[] | undefined, path: string) => unknown;

/** By node; null where nothing can be unknown. */
const pruners = new WeakMap<Node, Pruner | null>();

function prunerOf(node: Node): Pruner | undefined {
  const known = pruners.get(node);
  if (known !== undefined) return known ?? undefined;
  pruners.set(node, (value, unknowns, path) => pruners.get(node)?.(value, unknowns, path) ?? value);
  const pruner = compile(node);
  pruners.set(node, pruner ?? null);
  return pruner;
}

function compile(node: Node): Pruner | undefined {
  switch (node.type) {
    case "object":
      return objectPruner(node);
    case "variant":
      return (value, unknowns, path) => {
        const found = caseOf(node, value);
        return (found && prunerOf(found.node)?.(value, unknowns, path)) ?? value;
      };
    case "list": {
      const inner = prunerOf(node.items);
      if (inner === undefined) return undefined;
      return (value, unknowns, path) => {
        if (!Array.isArray(value)) return value;
        return mapList(value, (item, i) => inner(item, unknowns, unknowns === undefined ? "" : `${path}[${i}]`));
      };
    }
    case "map": {
      const inner = prunerOf(node.values);
      if (inner === undefined) return undefined;
      return (value, unknowns, path) => {
        if (!isJsonObject(value)) return value;
        return mapMembers(value, (item, key) => inner(item, unknowns, unknowns === undefined ? "" : `${path}.${key}`));
      };
    }
    default:
      return undefined;
  }
}

/** The fields of every whole object, which an embedded one keeps though its schema may not name them. */
const EMBEDDED_FIELDS = ["apiVersion", "kind", "metadata"];

const keep: Pruner = (value) => value;

function objectPruner(node: AnyObjectNode): Pruner {
  const fields = new Map(Object.entries(node.fields).map(([name, field]) => [name, prunerOf(field.node) ?? keep]));
  if (node.embedded) for (const name of EMBEDDED_FIELDS) if (!fields.has(name)) fields.set(name, keep);
  const others =
    node.additional !== undefined ? (prunerOf(node.additional) ?? keep) : node.preserveUnknown ? keep : undefined;
  return (value, unknowns, path) => {
    if (!isJsonObject(value)) return value;
    return mapMembers(value, (member, key) => {
      // Null in a field that cannot be null is absence: its default comes in.
      if (member === null && Object.hasOwn(node.fields, key) && !node.fields[key]!.nullable) return undefined;
      const inner = fields.get(key) ?? others;
      if (inner === keep) return member;
      const below = unknowns === undefined ? "" : path === "" ? key : `${path}.${key}`;
      if (inner !== undefined) return inner(member, unknowns, below);
      unknowns?.push(below);
      return undefined;
    });
  };
}

/** A list with each item replaced; the same list when none was. */
export function mapList<T>(list: readonly T[], replace: (item: T, index: number) => T): readonly T[] {
  let copy: T[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const item = replace(list[i]!, i);
    if (copy !== undefined) copy[i] = item;
    else if (item !== list[i]) {
      copy = list.slice();
      copy[i] = item;
    }
  }
  return copy === undefined ? list : Object.freeze(copy);
}

/** An object with each member replaced, `undefined` removing it; the same object when none was. */
export function mapMembers(
  object: Readonly<Record<string, unknown>>,
  replace: (value: unknown, key: string) => unknown,
): Readonly<Record<string, unknown>> {
  const keys = Object.keys(object);
  let copy: Record<string, unknown> | undefined;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const before = object[key];
    const after = replace(before, key);
    if (copy === undefined) {
      if (after === before) continue;
      copy = {};
      for (let j = 0; j < i; j++) setKey(copy, keys[j]!, object[keys[j]!]);
    }
    if (after !== undefined) setKey(copy, key, after);
  }
  return copy === undefined ? object : Object.freeze(copy);
}

/** A new object with the members of another that are named here, in the order of the names. */
export function inOrder(object: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name of names) {
    const value = object[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}

/** Which fields of a node are kept out by gates, or lead to such fields: for one answer of which gates are on. */
class Gates {
  readonly #enabled: (gate: string) => boolean;
  readonly #fields = new WeakMap<Node, readonly (readonly [name: string, field: Field])[]>();
  readonly #below = new WeakMap<Node, boolean>();

  constructor(enabled: (gate: string) => boolean) {
    this.#enabled = enabled;
  }

  isOff = (field: Field): boolean => field.gate !== undefined && !this.#enabled(field.gate);

  leadsToOff(node: Node): boolean {
    const known = this.#below.get(node);
    if (known !== undefined) return known;
    // A recursive schema meets itself here; what counts is whether something else below is kept out.
    this.#below.set(node, false);
    const found =
      node.type === "object"
        ? this.fieldsOf(node).length > 0
        : node.type === "list"
          ? this.leadsToOff(node.items)
          : node.type === "map"
            ? this.leadsToOff(node.values)
            : node.type === "variant" && Object.values(node.cases).some((one) => this.leadsToOff(one.node));
    this.#below.set(node, found);
    return found;
  }

  fieldsOf(node: AnyObjectNode): readonly (readonly [string, Field])[] {
    let fields = this.#fields.get(node);
    if (fields === undefined) {
      fields = Object.entries(node.fields).filter(([, field]) => this.isOff(field) || this.leadsToOff(field.node));
      this.#fields.set(node, fields);
    }
    return fields;
  }
}

const gatesOf = new WeakMap<(gate: string) => boolean, Gates>();

/**
 * The object without fields whose feature gate is off. A field that `old` uses anywhere stays, so that an update does
 * not lose what was stored while the gate was on. `enabled` always gives the same answers.
 */
export function dropDisabled<N extends Node>(
  node: N,
  value: ValueIn<N>,
  old: ValueIn<N> | undefined,
  enabled: (gate: string) => boolean,
): ValueIn<N> {
  let gates = gatesOf.get(enabled);
  if (gates === undefined) gatesOf.set(enabled, (gates = new Gates(enabled)));
  if (!gates.leadsToOff(node)) return value;
  const disabled = new Set<Field>();
  collectDisabled(node, value, gates, disabled);
  if (disabled.size === 0) return value;
  if (old !== undefined) {
    const used = new Set<Field>();
    collectDisabled(node, old, gates, used);
    for (const field of used) disabled.delete(field);
  }
  return disabled.size === 0 ? value : (dropFields(node, value, gates, disabled) as ValueIn<N>);
}

function collectDisabled(node: Node, value: unknown, gates: Gates, found: Set<Field>): void {
  if (value === undefined || !gates.leadsToOff(node)) return;
  const notes = notesOf(node, value);
  if (notes === undefined) return collectBelow(node, value, gates, found);
  if (notes.free === gates) return;
  const own = new Set<Field>();
  collectBelow(node, value, gates, own);
  if (own.size === 0) notes.free = gates;
  for (const field of own) found.add(field);
}

function collectBelow(node: Node, value: unknown, gates: Gates, found: Set<Field>): void {
  switch (node.type) {
    case "object":
      if (!isJsonObject(value)) return;
      for (const [name, field] of gates.fieldsOf(node)) {
        const member = value[name];
        if (member === undefined) continue;
        if (gates.isOff(field)) found.add(field);
        collectDisabled(field.node, member, gates, found);
      }
      return;
    case "variant": {
      const inner = caseOf(node, value);
      if (inner !== undefined) collectDisabled(inner.node, value, gates, found);
      return;
    }
    case "list":
      if (Array.isArray(value)) for (const item of value) collectDisabled(node.items, item, gates, found);
      return;
    case "map":
      if (isJsonObject(value))
        for (const item of Object.values(value)) collectDisabled(node.values, item, gates, found);
      return;
    default:
  }
}

function dropFields(node: Node, value: unknown, gates: Gates, fields: ReadonlySet<Field>): unknown {
  if (!gates.leadsToOff(node)) return value;
  switch (node.type) {
    case "object":
      if (!isJsonObject(value)) return value;
      return mapMembers(value, (member, key) => {
        const field = node.fields[key];
        if (field === undefined) return member;
        return fields.has(field) ? undefined : dropFields(field.node, member, gates, fields);
      });
    case "variant": {
      const inner = caseOf(node, value);
      return inner === undefined ? value : dropFields(inner.node, value, gates, fields);
    }
    case "list":
      return Array.isArray(value)
        ? mapList(value, (item: unknown) => dropFields(node.items, item, gates, fields))
        : value;
    case "map":
      return isJsonObject(value)
        ? mapMembers(value, (member) => dropFields(node.values, member, gates, fields))
        : value;
    default:
      return value;
  }
}
