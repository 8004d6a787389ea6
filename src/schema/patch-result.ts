// Whether what a strategic merge made can be an object of the kind at all: maps where objects belong, lists where
// lists do.
// It refuses to validate or to prune; the messages are those of Kubernetes' conversion from untyped values.
import { isJsonObject } from "./freeze.ts";
import { caseOf } from "./variant.ts";
import { goKind, goText, goType } from "./go-text.ts";
import { fieldInvalid } from "./meta/field-error.ts";
import { FieldPath } from "./meta/path.ts";
import { invalid } from "./meta/status.ts";
import type { AnyObjectNode, Node } from "./node.ts";

/**
 * Throws the 422 of upstream if `result` cannot be a value of `node`. Parts shared with `original` are not looked at.
 */
export function checkPatchResult(node: Node, original: unknown, result: unknown, patch: unknown): void {
  const fault = restoreFault(node, original, result);
  if (fault === undefined) return;
  throw invalid({ group: "", kind: "" }, "", [fieldInvalid(FieldPath.of("patch"), goText(patch), fault)]);
}

function restoreFault(node: Node, original: unknown, value: unknown): string | undefined {
  if (value === original || value === null || value === undefined) return undefined;
  switch (node.type) {
    case "object":
      if (!isJsonObject(value)) return `cannot restore struct from: ${goKind(value)}`;
      for (const { name, node: inner } of membersOf(node)) {
        const fault = restoreFault(inner, at(original, name), at(value, name));
        if (fault !== undefined) return fault;
      }
      return undefined;
    case "map":
      if (!isJsonObject(value)) return `cannot restore map from ${goKind(value)}`;
      return firstFault(Object.keys(value), (key) => restoreFault(node.values, at(original, key), value[key]));
    case "list":
      if (!Array.isArray(value)) return `cannot restore slice from ${goKind(value)}`;
      // Items move, so one that the original holds anywhere is taken as known.
      return firstFault(value, (item) =>
        Array.isArray(original) && original.includes(item) ? undefined : restoreFault(node.items, undefined, item),
      );
    case "variant": {
      const found = caseOf(node, value);
      return found && restoreFault(found.node, original, value);
    }
    case "string":
      return typeof value === "string" ? undefined : `cannot convert ${goType(value)} to string`;
    case "boolean":
      return typeof value === "boolean" ? undefined : `cannot convert ${goType(value)} to bool`;
    case "int32":
    case "int64":
    case "double":
      return typeof value === "number" ? undefined : `cannot convert ${goType(value)} to ${node.type}`;
    default:
      // Scalars with a form of their own: the decoder's messages are the better ones.
      return undefined;
  }
}

const members = new WeakMap<AnyObjectNode, readonly { readonly name: string; readonly node: Node }[]>();

/** The fields in declared order. */
function membersOf(object: AnyObjectNode) {
  let known = members.get(object);
  if (known === undefined) {
    known = Object.entries(object.fields).map(([name, { node }]) => ({ name, node }));
    members.set(object, known);
  }
  return known;
}

const at = (value: unknown, key: string) => (isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined);

function firstFault<T>(items: Iterable<T>, check: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const fault = check(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
