// What a node is to apply: a map of fields, a map of keys, a list of items told apart, or one indivisible value.
// It refuses to walk; extract, compare, merge, remove and check do, and all switch over these shapes.
import { isJsonObject } from "../freeze.ts";
import type { Field, JsonObject, Node } from "../node.ts";
import { fieldElement, keyElement, valueElement } from "./path-element.ts";
import type { PathElement } from "./path-element.ts";

/** JSON without a schema: maps are open, lists and scalars whole. */
export const DEDUCED: Node = { type: "rawExtension" };

export type Shape =
  | { readonly type: "leaf" }
  /**
   * Keys with a type each. `named`: the key is a declared field. `standing`: fields that JSON always has, with what
   * they are when nobody set them.
   */
  | {
      readonly type: "map";
      readonly child: (key: string) => Node | undefined;
      readonly named: (key: string) => boolean;
      readonly standing: JsonObject;
    }
  | { readonly type: "list"; readonly items: Node; readonly element: (item: unknown) => PathElement | undefined };

const LEAF: Shape = { type: "leaf" };
const shapes = new WeakMap<Node, Shape>();

/** How values of `node` are divided. JSON of any type divides by what it is, so `value` decides there. */
export function shapeOf(node: Node, value: unknown): Shape {
  if (node.type === "rawExtension" || node.type === "fieldsV1") return isJsonObject(value) ? OPEN_MAP : LEAF;
  let shape = shapes.get(node);
  if (!shape) shapes.set(node, (shape = makeShape(node)));
  return shape;
}

const NONE: JsonObject = {};
const OPEN_MAP: Shape = { type: "map", child: () => DEDUCED, named: () => false, standing: NONE };

function makeShape(node: Node): Shape {
  switch (node.type) {
    case "object": {
      if (node.atomic) return LEAF;
      const rest = node.additional ?? (node.preserveUnknown || node.embedded ? DEDUCED : undefined);
      const open = rest ?? (Object.keys(node.fields).length === 0 ? DEDUCED : undefined);
      const fields = new Map(Object.entries(node.fields).map(([name, field]) => [name, field.node]));
      return {
        type: "map",
        child: (key) => fields.get(key) ?? open,
        named: (key) => fields.has(key),
        standing: emptyObject(node),
      };
    }
    case "map": {
      const { values } = node;
      return node.atomic ? LEAF : { type: "map", child: () => values, named: () => false, standing: NONE };
    }
    case "list": {
      const { items } = node;
      if (node.listType === "set") return { type: "list", items, element: setElement };
      if (node.listType === "map") return { type: "list", items, element: keyedElement(items, node.keys ?? []) };
      return LEAF;
    }
    default:
      return LEAF;
  }
}

/** Undefined for items that cannot be told apart by value. */
const setElement = (item: unknown) => (typeof item === "object" ? undefined : valueElement(item));

function keyedElement(items: Node, keys: readonly string[]): (item: unknown) => PathElement | undefined {
  const parts = keys.map((name) => ({ name, byDefault: keyDefault(items, name) }));
  return (item) => {
    if (!isJsonObject(item)) return undefined;
    const given: (readonly [string, unknown])[] = [];
    for (const { name, byDefault } of parts) {
      const value = Object.hasOwn(item, name) ? item[name] : byDefault;
      if (value !== undefined) given.push([name, value]);
    }
    return given.length === 0 ? undefined : keyElement(given);
  };
}

/** What a key is when an item leaves it out: its constant default, or the zero of a field that is always written. */
function keyDefault(items: Node, name: string): unknown {
  const field = items.type === "object" ? items.fields[name] : undefined;
  if (!field) return undefined;
  if (field.default !== undefined) return typeof field.default === "function" ? undefined : field.default;
  if (!field.always || field.pointer) return undefined;
  if (field.node.type === "string") return "";
  if (field.node.type === "boolean") return false;
  return field.node.type === "int32" || field.node.type === "int64" || field.node.type === "double" ? 0 : undefined;
}

/** The step to a key of a map. */
export const stepTo = (key: string): PathElement => fieldElement(key);

const empties = new WeakMap<Node, JsonObject>();

/** An object of the kind that nobody has filled in, as JSON: what is always written, and the plain objects inside. */
export function emptyObject(node: Node): JsonObject {
  const known = empties.get(node);
  if (known) return known;
  const object = node.type === "object" ? zeroOfFields(node) : {};
  empties.set(node, object);
  return object;
}

function zeroOfFields(node: Node & { type: "object" }): JsonObject {
  const object: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(node.fields)) {
    const zero = field.pointer ? (field.always ? null : undefined) : zeroOf(field);
    if (zero !== undefined) object[name] = zero;
  }
  return object;
}

/** What a field that is no pointer is in JSON when nobody set it; undefined if it is left out (see write.ts). */
function zeroOf({ node, always, omitZero }: Field): unknown {
  switch (node.type) {
    case "object":
      return omitZero ? undefined : zeroOfFields(node);
    case "quantity":
      return omitZero ? undefined : "0";
    case "intOrString":
      return omitZero ? undefined : 0;
    case "time":
    case "microTime":
    case "rawExtension":
    case "json":
      return omitZero ? undefined : null;
    case "list":
    case "map":
    case "fieldsV1":
      return always ? null : undefined;
    case "string":
    case "bytes":
      return always ? "" : undefined;
    case "boolean":
      return always ? false : undefined;
    default:
      return always ? 0 : undefined;
  }
}
