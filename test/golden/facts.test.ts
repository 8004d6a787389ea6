// Every kind's schema against the published facts of the API: names and order of fields, types, protobuf tags, what is
// a pointer, what is always written, what is required, how lists merge. It refuses to compare defaults and enums, which
// our own schemas may state in other ways (functions, rules).
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bodies, resources } from "../../src/resources/index.ts";
import type { AnyObjectNode, Field, Node } from "../../src/schema/node.ts";
import { hasReference, referenceNode, referenceTypeNames } from "./reference-schema.ts";

const skip = hasReference ? false : "NO REFERENCE DATA beside the checkout: facts of fields are NOT tested";

const byMessage = new Map(referenceTypeNames().map((name) => [referenceNode(name).name, name]));

const plainTag = ({ tag }: Field) => (tag === null ? null : [tag].flat());

/** Plain structs are always written, whatever the field says. */
const STRUCTS = ["object", "time", "microTime", "quantity", "intOrString", "rawExtension", "json"];

/** What a field says on the wire, as one comparable value. */
function factsOf(name: string, field: Field): object {
  const { pointer = false, always = false, omitZero = false, required = false } = field;
  const written = always || STRUCTS.includes(field.node.type);
  return { name, type: typeText(field.node), tag: plainTag(field), pointer, always: written, omitZero, required, merge: mergeText(field.node) };
}

function typeText(node: Node): string {
  switch (node.type) {
    case "list":
      return `${node.wrapper === undefined ? "list" : "wrapped"}<${typeText(node.items)}>`;
    case "map":
      return `map<${typeText(node.values)}>`;
    case "object":
    case "variant":
      return node.name;
    default:
      return node.type;
  }
}

const mergeText = (node: Node) => (node.type === "list" ? `${node.listType ?? ""} ${(node.keys ?? []).join(",")}`.trim() : "");

/** All object nodes below, each once. */
function objectsIn(node: Node, found = new Set<AnyObjectNode>()): Set<AnyObjectNode> {
  if (node.type === "list") objectsIn(node.items, found);
  else if (node.type === "map") objectsIn(node.values, found);
  else if (node.type === "variant") for (const one of Object.values(node.cases)) objectsIn(one.node, found);
  else if (node.type === "object" && !found.has(node)) {
    found.add(node);
    for (const { node: inner } of Object.values(node.fields)) objectsIn(inner, found);
  }
  return found;
}

describe("facts of fields", { skip }, () => {
  const nodes = new Set<AnyObjectNode>();
  for (const { schema, versions } of [...resources, ...bodies]) {
    objectsIn(schema, nodes);
    for (const other of Object.values(versions)) objectsIn(other.schema, nodes);
  }
  test("there is much to compare", () => assert.ok(nodes.size > 200, `only ${nodes.size} types`));
  for (const node of nodes) {
    test(node.name, () => {
      const name = byMessage.get(node.name);
      assert.ok(name !== undefined, "no published type has this message name");
      const published = Object.entries(referenceNode(name).fields).map(([field, facts]) => factsOf(field, facts));
      assert.deepEqual(Object.entries(node.fields).map(([field, facts]) => factsOf(field, facts)), published);
    });
  }
});
