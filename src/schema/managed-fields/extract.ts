// The set of fields that a value has, by schema. It refuses to judge the value (check.ts does).
import { isJsonObject } from "../freeze.ts";
import type { Node } from "../node.ts";
import { SetBuilder } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import type { PathElement } from "./path-element.ts";
import { shapeOf, stepTo } from "./topology.ts";

/** Leaves, keys of open maps, list items; declared fields only where they hold nothing further. */
export function extractSet(node: Node, value: unknown): FieldSet {
  const builder = new SetBuilder();
  visit(node, value, [], builder);
  return builder.set;
}

function visit(node: Node, value: unknown, path: PathElement[], builder: SetBuilder): void {
  const shape = shapeOf(node, value);
  if (shape.type === "map") {
    if (!isJsonObject(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      const child = shape.child(key);
      if (!child) continue;
      path.push(stepTo(key));
      visit(child, inner, path, builder);
      const empty = inner === null || (isJsonObject(inner) && Object.keys(inner).length === 0);
      if (empty || !shape.named(key)) builder.add(path);
      path.pop();
    }
  } else if (shape.type === "list") {
    if (Array.isArray(value)) visitItems(shape, value, path, builder);
  } else if (path.length > 0) builder.add(path);
}

/** Items that several share a key are owned as one, without their fields. */
function visitItems(
  shape: { readonly items: Node; readonly element: (item: unknown) => PathElement | undefined },
  list: readonly unknown[],
  path: PathElement[],
  builder: SetBuilder,
): void {
  const elements = list.map(shape.element);
  const seen = new Set<PathElement>();
  const twice = new Set<PathElement>();
  for (const element of elements) if (element !== undefined) (seen.has(element) ? twice : seen).add(element);
  for (const [i, element] of elements.entries()) {
    if (element === undefined) continue;
    path.push(element);
    if (!twice.has(element)) visit(shape.items, list[i], path, builder);
    builder.add(path);
    path.pop();
  }
}
