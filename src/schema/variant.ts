// Which case of a variant a value is. It refuses to walk: each walk goes on with the case's node.
import type { Node, VariantNode } from "./node.ts";

/** The case of a value, by the type of its JSON; undefined where the variant has none for it. */
export function caseOf(
  { cases }: VariantNode,
  value: unknown,
): { readonly node: Node; readonly tag: number } | undefined {
  if (typeof value === "boolean") return cases.boolean;
  if (typeof value !== "object" || value === null) return undefined;
  return Array.isArray(value) ? cases.list : cases.object;
}
