// Values that come again are walked like any other: with what was noted about them, every walk gives what it gives without.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { resources } from "../../src/resources/index.ts";
import { canonicalFrom, decodeJson, decodeStored, walkIn } from "../../src/schema/decode.ts";
import { decodeRepeated, decodeStoredRepeated } from "../../src/schema/decode-repeated.ts";
import { applyDefaults } from "../../src/schema/default.ts";
import { compareShapes } from "../../src/schema/managed-fields/compare.ts";
import { emptyObject } from "../../src/schema/managed-fields/topology.ts";
import type { AnyObjectNode } from "../../src/schema/node.ts";
import { dropDisabled } from "../../src/schema/prune.ts";
import { beginNotes } from "../../src/schema/repeated.ts";
import { validateFacts } from "../../src/schema/validate.ts";
import { writeJson } from "../../src/schema/write.ts";
import { arbitraryOf } from "./arbitrary.ts";

type Members = Readonly<Record<string, unknown>>;

/** What all walks make of an object. */
function walked(node: AnyObjectNode, object: Members, gates: (gate: string) => boolean): unknown {
  const given = object as never;
  const filled = applyDefaults(node, given) as Members;
  const again = { ...filled, metadata: { ...(filled["metadata"] as object), generateName: "other-" } };
  return {
    filled,
    text: writeJson(node, filled as never),
    changes: compareShapes(node, emptyObject(node), filled),
    faults: validateFacts(node, filled),
    allowed: dropDisabled(node, filled as never, undefined, gates),
    canonical: JSON.stringify(canonicalFrom(node, again, filled as never)),
    elsewhere: applyDefaults(node, again as never),
  };
}

describe("what came again", () => {
  for (const { group, version, kind, schema } of resources) {
    if (schema.untyped) continue;
    test(`${group || "core"}/${version} ${kind}`, () => {
      const closed = () => false;
      const property = fc.property(arbitraryOf(schema), (value) => {
        const plain = walkIn(schema, value as never) as Members;
        const expected = walked(schema, plain, () => false);
        const object = walkIn(schema, value as never) as Members;
        for (const [name, member] of Object.entries(object))
          if (name !== "metadata") beginNotes(schema.fields[name]!.node, member, false);
        for (const round of [1, 2, 3]) assert.deepEqual(walked(schema, object, closed), expected, `round ${round}`);
      });
      fc.assert(property, { numRuns: 30 });
    });
  }
});

describe("the defaults of a member look at no other member of the root", () => {
  for (const { group, version, kind, schema } of resources) {
    if (schema.untyped) continue;
    test(`${group || "core"}/${version} ${kind}`, () => {
      const property = fc.property(arbitraryOf(schema), (value) => {
        const object = walkIn(schema, value as never) as Members;
        const filled = applyDefaults(schema, object as never) as Members;
        for (const [name, member] of Object.entries(object)) {
          const alone = applyDefaults(schema, { [name]: member } as never) as Members;
          assert.deepEqual(alone[name], filled[name], name);
        }
      });
      fc.assert(property, { numRuns: 30 });
    });
  }
});

describe("a body that came again in part", () => {
  for (const { group, version, kind, schema } of resources) {
    if (schema.untyped) continue;
    test(`${group || "core"}/${version} ${kind}`, () => {
      const property = fc.property(arbitraryOf(schema), fc.string(), (value, name) => {
        const object = walkIn(schema, value as never) as Members;
        const bodies = [
          object,
          { ...object, metadata: { name, unknown: name } },
          { metadata: { name: 1 }, ...object, kind: 7 },
        ].map((one) => JSON.stringify(one));
        bodies.push(`${bodies[0]!.slice(0, -1)},"metadata":{}}`, `${bodies[1]}x`, bodies[1]!.slice(0, -1));
        for (const body of [...bodies, ...bodies, ...bodies]) {
          for (const strictness of ["Strict", "Ignore"] as const) {
            assert.deepEqual(
              outcome(() => decodeRepeated(schema, body, { strictness })),
              outcome(() => decodeJson(schema, body, { strictness })),
            );
          }
        }
      });
      fc.assert(property, { numRuns: 15 });
    });
  }
});

describe("what a store kept, of which a part came again", () => {
  for (const { group, version, kind, schema } of resources) {
    if (schema.untyped) continue;
    test(`${group || "core"}/${version} ${kind}`, () => {
      const property = fc.property(arbitraryOf(schema), fc.string(), (value, name) => {
        const filled = applyDefaults(schema, walkIn(schema, value as never)) as Members;
        const other = { ...filled, metadata: { ...(filled["metadata"] as object), generateName: name } };
        const texts = [filled, other].map((one) => writeJson(schema, one as never));
        for (const text of [...texts, ...texts]) {
          // The order of keys included.
          assert.equal(JSON.stringify(decodeStoredRepeated(schema, text)), JSON.stringify(decodeStored(schema, text)));
        }
      });
      fc.assert(property, { numRuns: 15 });
    });
  }
});

function outcome(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    return (error as Error).message;
  }
}
