// A kind's schema as a type of CEL, so that expressions about its objects can be checked before there is one. It refuses
// to be exact where JSON allows several types: there anything goes.
import { BOOL, BYTES, DOUBLE, DYN, INT, listOf, mapOf, STRING, TIMESTAMP } from "../../cel/type.ts";
import type { Type } from "../../cel/type.ts";
import type { AnyObjectNode, Node } from "../../schema/node.ts";
import { escapedName } from "../apiextensions/cel-type.ts";

const types = new WeakMap<Node, Type>();

/** Types of fields are made when they are asked for: schemas may contain themselves. */
export function celTypeOfNode(node: Node): Type {
  let type = types.get(node);
  if (type === undefined) types.set(node, (type = makeType(node)));
  return type;
}

function makeType(node: Node): Type {
  switch (node.type) {
    case "string":
      return STRING;
    case "boolean":
      return BOOL;
    case "int32":
    case "int64":
      return INT;
    case "double":
      return DOUBLE;
    case "bytes":
      return BYTES;
    case "time":
    case "microTime":
      return TIMESTAMP;
    case "list":
      return listOf(celTypeOfNode(node.items));
    case "map":
      return mapOf(STRING, celTypeOfNode(node.values));
    case "object":
      return objectType(node);
    default:
      return DYN;
  }
}

function objectType(node: AnyObjectNode): Type {
  if (node.preserveUnknown || node.embedded) return DYN;
  const names = new Map<string, string>();
  for (const json of Object.keys(node.fields)) names.set(escapedName(json) ?? json, json);
  if (names.size === 0) return node.additional ? mapOf(STRING, celTypeOfNode(node.additional)) : DYN;
  return {
    kind: "object",
    name: node.name.slice(node.name.lastIndexOf(".") + 1),
    field: (name) => {
      const json = names.get(name);
      return json === undefined ? undefined : { json, type: celTypeOfNode(node.fields[json]!.node) };
    },
  };
}
