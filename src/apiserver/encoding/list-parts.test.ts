// Lists in parts are, joined, what the whole would have been.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jsonListParts, prettyListParts, yamlListParts } from "./list-parts.ts";
import { yamlOf } from "./yaml.ts";

const texts = fc.oneof(
  fc.string(),
  fc.constantFrom("a\n\n  b\n", "\n", "- x", "y: z", "null", "l1\nl2", " \n x\n\n\n"),
);
const values = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, texts, fc.integer(), fc.boolean(), tie("list"), tie("map")),
  list: fc.array(tie("value"), { maxLength: 3 }),
  map: fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie("value"), { maxKeys: 4 }),
})).map as fc.Arbitrary<Record<string, unknown>>;

const head = { kind: "TList", apiVersion: "v1", metadata: { resourceVersion: "1" } };

for (const itemsIn of ["items", "rows", "zzz"]) {
  test(`in parts and as a whole: ${itemsIn}`, () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 4 }), fc.constantFrom(null, [] as const), (items, empty) => {
        const frame = { head, itemsIn, empty };
        const whole = { ...head, [itemsIn]: items.length === 0 ? empty : items };
        const all = (parts: Iterable<Uint8Array>) => Buffer.concat([...parts]).toString();
        const given = items as object[];
        assert.equal(all(jsonListParts(frame, given)), `${JSON.stringify(whole)}\n`);
        assert.equal(all(prettyListParts(frame, given)), `${JSON.stringify(whole, null, 2)}\n`);
        assert.equal(all(yamlListParts(frame, given)), yamlOf(whole));
      }),
    );
  });
}
