// Taking fields out of an object, and the two corrections that sets need against a schema. It refuses to decide what
// goes.
import { isJsonObject, setKey } from "../freeze.ts";
import type { Node } from "../node.ts";
import { nodeOf, rememberedFor } from "./field-set.ts";
import type { FieldNode, FieldSet } from "./field-set.ts";
import type { PathElement } from "./path-element.ts";
import { shapeOf, stepTo } from "./topology.ts";

/** `value` without the members of `gone` (and all below them). A list or map that loses everything becomes null. */
export function removeFields(node: Node, value: unknown, gone: FieldSet): unknown {
  if (gone.size === 0) return value;
  const shape = shapeOf(node, value);
  if (shape.type === "map" && isJsonObject(value)) {
    const result: Record<string, unknown> = {};
    let changed = false;
    for (const [key, inner] of Object.entries(value)) {
      const mark = gone.get(stepTo(key));
      if (mark?.member) {
        changed = true;
        continue;
      }
      const child = shape.child(key);
      const left = mark?.children && child ? removeFields(child, inner, mark.children) : inner;
      if (left !== inner) changed = true;
      setKey(result, key, left);
    }
    if (!changed) return value;
    return Object.keys(result).length > 0 ? result : null;
  }
  if (shape.type === "list" && Array.isArray(value)) return removeItems(shape, value, gone);
  return value;
}

function removeItems(
  shape: { readonly items: Node; readonly element: (item: unknown) => PathElement | undefined },
  list: readonly unknown[],
  gone: FieldSet,
): unknown {
  const result: unknown[] = [];
  let changed = false;
  for (const item of list) {
    const element = shape.element(item);
    const mark = element === undefined ? undefined : gone.get(element);
    if (mark?.member) {
      changed = true;
      continue;
    }
    const left = mark?.children ? removeFields(shape.items, item, mark.children) : item;
    if (left !== item) changed = true;
    result.push(left);
  }
  if (!changed) return list;
  return result.length > 0 ? result : null;
}

const named = new WeakMap<FieldSet, WeakMap<Node, FieldSet>>();

/** The set with every declared field on the way to a member made a member too. */
export function withNamedFields(node: Node, set: FieldSet): FieldSet {
  return rememberedFor(named, set, node, () => {
    let result: Map<PathElement, FieldNode> | undefined;
    for (const [element, entry] of set) {
      if (!entry.children) continue;
      const { child, isField } = descend(node, element);
      const children = child ? withNamedFields(child, entry.children) : entry.children;
      const member = entry.member || isField;
      if (member === entry.member && children === entry.children) continue;
      result ??= new Map(set);
      result.set(element, { member, children });
    }
    return result ?? set;
  });
}

const collapsed = new WeakMap<FieldSet, WeakMap<Node, FieldSet>>();

/** The set as today's schema sees it: what has become atomic since is owned as a whole. */
export function withAtomicsWhole(node: Node, set: FieldSet): FieldSet {
  return rememberedFor(collapsed, set, node, () => {
    let result: Map<PathElement, FieldNode> | undefined;
    for (const [element, entry] of set) {
      if (!entry.children) continue;
      const { child } = descend(node, element);
      if (!child || isOpen(child)) continue;
      const whole = shapeOf(child, undefined).type === "leaf";
      const next =
        whole && isComposite(child)
          ? nodeOf(true, undefined)
          : nodeOf(entry.member, whole ? entry.children : withAtomicsWhole(child, entry.children));
      if (!next || (next.member === entry.member && next.children === entry.children)) continue;
      result ??= new Map(set);
      result.set(element, next);
    }
    return result ?? set;
  });
}

const isOpen = (node: Node) => node.type === "rawExtension" || node.type === "fieldsV1" || node.type === "json";
const isComposite = (node: Node) => node.type === "object" || node.type === "map" || node.type === "list";

/** The node one step down, and whether the step is a declared field. */
function descend(node: Node, element: PathElement): { child: Node | undefined; isField: boolean } {
  const shape = shapeOf(node, {});
  if (shape.type === "map" && element.startsWith("f:")) {
    const key = element.slice(2);
    return { child: shape.child(key), isField: shape.named(key) };
  }
  if (shape.type === "list") return { child: element.startsWith("k:") ? shape.items : undefined, isField: false };
  return { child: undefined, isField: false };
}
