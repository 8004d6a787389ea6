// Each built-in through OpenAPI and back: as a custom resource of the same schema it must behave alike in all that
// OpenAPI
// can carry. What it cannot carry (formats of Kubernetes' own, computed defaults, rules) is named here and left out.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { resources } from "../../src/resources/index.ts";
import { applyDefaults } from "../../src/schema/default.ts";
import { semanticEqual } from "../../src/schema/equality.ts";
import { compareObjects } from "../../src/schema/managed-fields/compare.ts";
import { extractSet } from "../../src/schema/managed-fields/extract.ts";
import { sameSet } from "../../src/schema/managed-fields/field-set.ts";
import { mergeConfig } from "../../src/schema/managed-fields/merge.ts";
import type { AnyObjectNode, JsonObject, Node } from "../../src/schema/node.ts";
import { structuralSchema } from "../../src/schema/openapi-definitions.ts";
import { nodeOfSchema } from "../../src/schema/openapi-import.ts";
import { pruneCustom } from "../../src/schema/prune.ts";
import { writeJson } from "../../src/schema/write.ts";
import { arbitraryOf } from "./arbitrary.ts";

const runs = { numRuns: 25 };

/** OpenAPI's formats that a custom resource keeps as plain text. */
const TEXT_FORMATS = new Set(["date-time", "byte", "quantity"]);

/** A schema as far as the node of a custom resource can say it. */
function carried(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(carried);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !(key === "format" && TEXT_FORMATS.has(value as string)))
      .filter(
        ([key]) =>
          !["x-kubernetes-patch-strategy", "x-kubernetes-patch-merge-key", "x-kubernetes-unions"].includes(key),
      )
      .map(([key, value]) => [key, carried(value)]),
  );
}

/** A structural schema cannot contain itself, as the schema of schemas does. */
const RECURSIVE = new Set(["CustomResourceDefinition"]);

const kinds = resources
  .filter(({ kind }) => !RECURSIVE.has(kind))
  .map(({ group, version, kind, schema }) => {
    const exported = structuralSchema(schema);
    return { name: `${group || "core"}/${version} ${kind}`, node: schema, exported, back: nodeOfSchema(exported) };
  });

/**
 * Objects as JSON shows them, with the empty fields that Go always writes: no OpenAPI tells of these. Their list items
 * have all keys: a CRD must ask for that, while built-ins take an absent key for its zero.
 */
const values = (node: AnyObjectNode) =>
  arbitraryOf(node).map((value) => JSON.parse(writeJson(node, withKeys(node, value) as never)) as JsonObject);

function withKeys(node: Node, value: unknown): unknown {
  if (node.type === "list" && Array.isArray(value)) {
    const { items } = node;
    return value.map((item, i) => {
      const inner = withKeys(items, item);
      if (node.listType !== "map" || items.type !== "object") return inner;
      const keys = (node.keys ?? []).map((key) => [key, keyOf(items.fields[key]!.node, i)]);
      return { ...Object.fromEntries(keys), ...(inner as JsonObject) };
    });
  }
  if (typeof value !== "object" || value === null) return value;
  const child = (key: string) =>
    node.type === "object" ? node.fields[key]?.node : node.type === "map" ? node.values : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const inside = child(key);
      return [key, inside ? withKeys(inside, inner) : inner];
    }),
  );
}

/** Built-ins show a demanded list that is not there as null; in a custom resource null is absence. */
function withoutNulls(node: Node, value: unknown): unknown {
  if (node.type === "list" && Array.isArray(value)) return value.map((item) => withoutNulls(node.items, item));
  if (typeof value !== "object" || value === null) return value;
  if (node.type === "map") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutNulls(node.values, inner)]));
  }
  if (node.type !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => inner !== null || node.fields[key]?.nullable === true)
      .map(([key, inner]) => [key, node.fields[key] ? withoutNulls(node.fields[key].node, inner) : inner]),
  );
}

const keyOf = (node: Node, i: number) => (node.type === "string" ? `key${i}` : i);

describe("written again, the schema is the same", () => {
  for (const { name, exported, back } of kinds) {
    test(name, () => {
      assert.equal(back.type, "object");
      assert.deepEqual(carried(structuralSchema(back as never)), carried(exported));
    });
  }
});

describe("apply: the fields of an object, what differs, and what a merge makes", () => {
  for (const { name, node, back } of kinds) {
    test(name, () => {
      fc.assert(
        fc.property(values(node), values(node), (a, b) => {
          assert.ok(sameSet(extractSet(node, a), extractSet(back, a)), "the same set of fields");
          const [ours, theirs] = [compareObjects(node, a, b), compareObjects(back, a, b)];
          for (const part of ["added", "modified", "removed"] as const)
            assert.ok(sameSet(ours[part], theirs[part]), part);
          assert.deepEqual(mergeConfig(back, a, b), mergeConfig(node, a, b));
        }),
        runs,
      );
    });
  }
});

describe("pruning takes nothing that the kind has, and everything that it has not", () => {
  for (const { name, node, back } of kinds) {
    test(name, () => {
      fc.assert(
        fc.property(values(node), (object) => {
          const unknown: string[] = [];
          assert.deepEqual(pruneCustom(back, { ...object, surplus: { a: 1 } }, unknown), withoutNulls(node, object));
          assert.deepEqual(unknown, ["surplus"]);
        }),
        runs,
      );
    });
  }
});

describe("constant defaults are filled in alike", () => {
  for (const { name, node, back } of kinds) {
    test(name, () => {
      fc.assert(
        fc.property(values(node), (object) => {
          // Computed defaults look at what is set; where all of ours are set nothing constant may be left to fill in.
          const full = applyDefaults(node, object as never);
          assert.ok(semanticEqual(back, applyDefaults(back, full) as never, full as never));
        }),
        runs,
      );
    });
  }
});
