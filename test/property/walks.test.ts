// What must hold of every walk for every value of every kind: round trips, stability, idempotence. Values are made from
// the schemas themselves; types of the published facts are used where they lie beside the checkout.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { resources } from "../../src/resources/index.ts";
import { canonicalFrom, decodeJson, walkIn } from "../../src/schema/decode.ts";
import { applyDefaults } from "../../src/schema/default.ts";
import { semanticEqual } from "../../src/schema/equality.ts";
import type { AnyObjectNode, Node } from "../../src/schema/node.ts";
import { decodeProtobuf, encodeProtobuf } from "../../src/schema/protobuf.ts";
import { prune } from "../../src/schema/prune.ts";
import { writeJson } from "../../src/schema/write.ts";
import { hasReference, referenceNode, referenceTypeNames } from "../golden/reference-schema.ts";
import { arbitraryOf } from "./arbitrary.ts";

interface Subject {
  readonly name: string;
  readonly node: AnyObjectNode;
}

const own: Subject[] = resources.map((r) => ({ name: `${r.group || "core"}/${r.version} ${r.kind}`, node: r.schema }));
const published: Subject[] = hasReference
  ? referenceTypeNames()
      .filter((_, i) => i % 20 === 0)
      .map((name) => ({ name, node: referenceNode(name) }))
  : [];
if (!hasReference) console.log("NO REFERENCE DATA beside the checkout: only our own kinds are tested");
const subjects = [...own, ...published];
const runs = { numRuns: 40 };

/** Without apiVersion and kind: protobuf has them in the envelope only, so objects inside of others lose theirs. */
function forProtobuf(node: Node, value: unknown): unknown {
  if (node.type === "list") return (value as unknown[]).map((item) => forProtobuf(node.items, item));
  if (node.type !== "object") return value;
  const entries = Object.entries(value as object).filter(([name]) => node.fields[name]!.tag !== null);
  return Object.fromEntries(entries.map(([name, member]) => [name, forProtobuf(node.fields[name]!.node, member)]));
}

function holds(name: string, property: (node: AnyObjectNode, value: never) => void, of = subjects): void {
  describe(name, () => {
    for (const subject of of) {
      test(subject.name, () => {
        fc.assert(
          fc.property(arbitraryOf(subject.node), (value) => property(subject.node, value as never)),
          runs,
        );
      });
    }
  });
}

/** Defaulting is what decides between absent and zero, so values are compared after it. */
const canonical = (node: AnyObjectNode, value: unknown) => applyDefaults(node, walkIn(node, value));

holds("what has its defaults is in canonical form, the order of keys included", (node, value) => {
  const object = canonical(node, value);
  assert.equal(JSON.stringify(walkIn(node, object)), JSON.stringify(object));
});

holds("what stands where it stood is taken over as it is", (node, value) => {
  const known = canonical(node, value) as Readonly<Record<string, unknown>>;
  const reversed = Object.fromEntries(Object.entries(known).reverse());
  const object = canonicalFrom(node, reversed, known) as Readonly<Record<string, unknown>>;
  assert.equal(JSON.stringify(object), JSON.stringify(known));
  for (const key of Object.keys(known)) assert.equal(object[key], known[key]);
});

holds("what was written is read as the same", (node, value) => {
  const object = canonical(node, value);
  const { value: back, problems } = decodeJson(node, writeJson(node, object), { strictness: "Strict" });
  assert.deepEqual(problems, []);
  assert.deepEqual(applyDefaults(node, back), object);
  assert.equal(writeJson(node, back), writeJson(node, object), "text is canonical");
});

/** Types that protobuf has. */
const inProtobuf = subjects.filter(({ node }) =>
  Object.values(node.fields).every(({ tag }, i) => tag !== null || i < 2),
);

holds(
  "what was written in protobuf is read as the same",
  (node, value) => {
    const object = canonical(node, forProtobuf(node, value));
    const bytes = encodeProtobuf(node, object as never);
    assert.deepEqual(applyDefaults(node, decodeProtobuf(node, bytes)), object);
    assert.deepEqual(encodeProtobuf(node, decodeProtobuf(node, bytes)), bytes);
  },
  inProtobuf,
);

holds("defaulting twice changes nothing more", (node, value) => {
  const once = canonical(node, value);
  assert.equal(applyDefaults(node, once), once, "the very same object comes back");
});

holds("pruning changes nothing of what was decoded and defaulted", (node, value) => {
  const object = canonical(node, value);
  assert.equal(prune(node, object), object);
  const odd = { ...(object as object), "no such field": 1 };
  assert.deepEqual(prune(node, odd as never), object);
});

holds("an object equals itself and its defaulted copy without defaults", (node, value) => {
  const object = walkIn(node, value);
  assert.ok(semanticEqual(node, object, walkIn(node, JSON.parse(JSON.stringify(object)))));
  const bare = {
    ...node,
    fields: Object.fromEntries(Object.entries(node.fields).map(([name, { default: _, ...field }]) => [name, field])),
  };
  const isShallow = Object.values(node.fields).every(
    ({ node: { type } }) => type !== "object" && type !== "list" && type !== "map",
  );
  if (isShallow) assert.ok(semanticEqual(bare, object, applyDefaults(bare, object)));
});

holds("decoding is a fixed point", (node, value) => {
  const object = walkIn(node, value);
  assert.deepEqual(walkIn(node, object), object);
  assert.ok(Object.isFrozen(object));
});
