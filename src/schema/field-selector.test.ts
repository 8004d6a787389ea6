import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fieldQueryFor, fieldValuesOf, parseFieldSelector } from "./field-selector.ts";
import { SelectorError } from "./label-selector.ts";
import { object } from "./node.ts";
import type { Resource } from "./resource.ts";

const schema = object("a.v1.A", {});
const plain: Pick<Resource, "selectableFields" | "schema"> = { selectableFields: {}, schema };
const pod: typeof plain = {
  selectableFields: { "spec.nodeName": (o) => (o as { spec?: { nodeName?: string } }).spec?.nodeName ?? "" },
  schema,
};

test("terms, escapes, and what an index can answer", () => {
  const query = parseFieldSelector("metadata.name=a\\,b,status.phase!=Running,spec.x==\\=\\\\,");
  assert.deepEqual(query.terms, [
    { key: "metadata.name", operator: "=", value: "a,b" },
    { key: "spec.x", operator: "=", value: "=\\" },
    { key: "status.phase", operator: "!=", value: "Running" },
  ]);
  assert.deepEqual(
    query.equals.map(({ key }) => key),
    ["metadata.name", "spec.x"],
  );
  assert.deepEqual(parseFieldSelector(query.toString()), query);
});

test("a field without value is empty", () => {
  const query = fieldQueryFor(pod, "spec.nodeName=");
  const values = fieldValuesOf(pod, { metadata: { name: "a" } });
  assert.deepEqual(values, { "metadata.name": "a", "metadata.namespace": "", "spec.nodeName": "" });
  assert.ok(query.matches(values) && !fieldQueryFor(pod, "spec.nodeName!=").matches(values));
});

describe("faults, in upstream's words", () => {
  const cases: readonly (readonly [typeof plain, string, string])[] = [
    [plain, "metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    [plain, "metadata.name in (a,b)", "invalid selector: 'metadata.name in (a,b)'; can't understand 'b)'"],
    [plain, "metadata.name=a\\b", "invalid field selector: invalid escape sequence: \\b"],
    [plain, "metadata.name=a\\", "invalid field selector: invalid escape sequence: \\"],
    [plain, "metadata.name=a=b", "invalid field selector: unescaped character in value: 61"],
    [plain, "data.a=b", '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    [pod, "name=x", "field label not supported: name"],
    [{ ...plain, schema: { ...schema, untyped: true } }, "spec.a=x", "field label not supported: spec.a"],
  ];
  for (const [kind, text, message] of cases) {
    test(text, () =>
      assert.throws(
        () => fieldQueryFor(kind, text),
        (error) => error instanceof SelectorError && error.message === message,
      ),
    );
  }
});
