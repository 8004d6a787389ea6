// Field ownership over arbitrary objects of every kind: sets survive their text, applying twice is applying once,
// dropping everything leaves nothing, and merge patches do what their RFC says of any two documents.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { resources } from "../../src/resources/index.ts";
import { deepFreeze } from "../../src/schema/freeze.ts";
import { applyJsonPatch } from "../../src/schema/json-patch.ts";
import { applyPatch } from "../../src/schema/managed-fields/apply.ts";
import { compareObjects, compareShapes } from "../../src/schema/managed-fields/compare.ts";
import { extractSet } from "../../src/schema/managed-fields/extract.ts";
import { difference, intersection, sameSet, union } from "../../src/schema/managed-fields/field-set.ts";
import { parseFieldsV1, printFieldsV1 } from "../../src/schema/managed-fields/fields-v1.ts";
import { recordUpdate } from "../../src/schema/managed-fields/update.ts";
import { applyMergePatch } from "../../src/schema/merge-patch.ts";
import type { AnyObjectNode, JsonObject, Node } from "../../src/schema/node.ts";
import { apiVersionOf } from "../../src/schema/resource.ts";
import { applyStrategicMerge } from "../../src/schema/strategic-merge.ts";
import { arbitraryOf } from "./arbitrary.ts";

const runs = { numRuns: 20 };

/** Lists whose items can be told apart: sets without repetition, maps with keys of their own. */
function distinct(node: Node, value: unknown): unknown {
  if (node.type === "list" && Array.isArray(value)) {
    const items = value.map((item, i) => {
      const inner = distinct(node.items, item);
      if (node.listType !== "map" || node.items.type !== "object") return inner;
      const fields = node.items.fields;
      const keys = (node.keys ?? []).map((key) => [key, fields[key]!.node.type === "string" ? `key${i}` : i]);
      return { ...(inner as JsonObject), ...Object.fromEntries(keys) };
    });
    return node.listType === "set" ? [...new Set(items)] : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const child = (key: string) =>
    node.type === "object" ? node.fields[key]?.node : node.type === "map" ? node.values : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const inside = child(key);
      return [key, inside ? distinct(inside, inner) : inner];
    }),
  );
}

const objects = (node: AnyObjectNode) =>
  arbitraryOf(node).map((value) => {
    const object = distinct(node, value) as { readonly metadata?: JsonObject };
    const { managedFields: _none, ...metadata } = object.metadata ?? {};
    return { ...object, metadata: { ...metadata, name: "x" } } as JsonObject;
  });

const kinds = resources.filter((r) => r.verbs.includes("patch"));
const ownersOf = (object: JsonObject) => (object["metadata"] as JsonObject)["managedFields"];

for (const resource of kinds) {
  const { kind, schema: node } = resource;
  const apiVersion = apiVersionOf(resource);
  const facts = { apiVersion, kind, node, manager: "one", force: false, subresource: "", now: 0 };
  describe(`${apiVersion} ${kind}`, () => {
    test("changes of one shape are one comparison, and the same as when they are looked at alone", () => {
      const property = fc.property(objects(node), objects(node), (a, b) => {
        for (const [before, after] of [
          [a, b],
          [b, a],
          [{}, a],
          [a, { ...a, metadata: { ...(a["metadata"] as JsonObject), name: "y" } }],
        ] as const) {
          const [ours, alone] = [compareShapes(node, before, after), compareObjects(node, before, after)];
          for (const part of ["added", "modified", "removed"] as const)
            assert.ok(sameSet(ours[part], alone[part]), part);
        }
      });
      fc.assert(property, runs);
    });

    test("field sets survive their text and keep the laws of sets", () => {
      fc.assert(
        fc.property(objects(node), objects(node), (x, y) => {
          const [a, b] = [extractSet(node, x), extractSet(node, y)];
          const text = JSON.stringify(printFieldsV1(new Map(a)));
          assert.ok(sameSet(parseFieldsV1(JSON.parse(text) as JsonObject), a));
          assert.equal(JSON.stringify(printFieldsV1(new Map(parseFieldsV1(JSON.parse(text) as JsonObject)))), text);
          assert.ok(sameSet(union(a, b), union(b, a)));
          assert.ok(sameSet(union(difference(a, b), intersection(a, b)), a));
          assert.equal(intersection(difference(a, b), b).size, 0);
        }),
        runs,
      );
    });

    test("applying twice is applying once; dropping all leaves no owner", () => {
      fc.assert(
        fc.property(objects(node), (object) => {
          const config = { ...object, apiVersion, kind };
          const first = applyPatch({ ...facts, live: undefined, config });
          // Empty lists and maps belong to nobody: what holds nothing else was there before the first apply.
          fc.pre(ownersOf(first.object) !== undefined);
          const second = applyPatch({ ...facts, live: deepFreeze(first.object), config, now: 5000 });
          assert.equal(second.changed, false);
          assert.deepEqual(second.object, first.object);
          const none = applyPatch({
            ...facts,
            live: first.object,
            config: { apiVersion, kind, metadata: { name: "x" } },
          });
          assert.equal(ownersOf(none.object), undefined);
        }),
        runs,
      );
    });

    test("an update that changes nothing is nobody's", () => {
      fc.assert(
        fc.property(objects(node), (object) => {
          const born = deepFreeze(recordUpdate({ ...facts, live: undefined, next: object }));
          const again = recordUpdate({ ...facts, live: born, next: structuredClone(born), manager: "two", now: 5000 });
          assert.deepEqual(ownersOf(again), ownersOf(born));
        }),
        runs,
      );
    });

    test("patches of an object to itself change nothing", () => {
      fc.assert(
        fc.property(objects(node), (object) => {
          assert.deepEqual(applyMergePatch(object, {}), object);
          assert.deepEqual(applyStrategicMerge(node, object, {}), object);
          assert.deepEqual(applyJsonPatch(object, [{ op: "test", path: "", value: object }]), object);
        }),
        runs,
      );
    });
  });
}
