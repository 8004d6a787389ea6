// Rules in CEL over values and what they were before; the recorded cases say the rest (test/conformance).
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FieldPath } from "../../schema/meta/path.ts";
import { escapedName } from "./cel-type.ts";
import { ruleFaults } from "./custom-rules.ts";
import type { JSONSchemaProps } from "./definition/json-schema.ts";

const ruled = (schema: JSONSchemaProps, ...rules: readonly object[]): JSONSchemaProps => ({
  ...schema,
  "x-kubernetes-validations": rules as NonNullable<JSONSchemaProps["x-kubernetes-validations"]>,
});

const faults = (schema: JSONSchemaProps, value: unknown, old?: unknown) =>
  [...ruleFaults(schema, value, old, { path: FieldPath.of("spec"), isUpdate: old !== undefined, isRoot: false })].map(
    ({ field, body }) => `${field}: ${body}`,
  );

const integer: JSONSchemaProps = { type: "integer" };

describe("rules", () => {
  test("about a change say nothing of what is new", () => {
    const grows = ruled(integer, { rule: "self >= oldSelf", message: "only grows" });
    assert.deepEqual(faults(grows, 1), []);
    assert.deepEqual(faults(grows, 1, 2), ["spec: Invalid value: 1: only grows"]);
    assert.deepEqual(faults(grows, 2, 1), []);
  });

  test("find the old item of a map-like list by its keys, of others never", () => {
    const item: JSONSchemaProps = {
      type: "object",
      properties: { k: { type: "string" }, v: ruled(integer, { rule: "self == oldSelf", message: "fixed" }) },
    };
    const list: JSONSchemaProps = { type: "array", items: item };
    const keyed = { ...list, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"] };
    const [old, fresh] = [
      [{ k: "a", v: 1 }],
      [
        { k: "b", v: 5 },
        { k: "a", v: 2 },
      ],
    ];
    assert.deepEqual(faults(keyed, fresh, old), ["spec[1].v: Invalid value: 2: fixed"]);
    assert.deepEqual(faults(list, fresh, old), []);
  });

  test("see an old value that may not be there", () => {
    const rule = { rule: "oldSelf.hasValue() ? self > oldSelf.value() : self == 1", optionalOldSelf: true };
    assert.deepEqual(faults(ruled(integer, rule), 1), []);
    assert.equal(faults(ruled(integer, rule), 2).length, 1);
    assert.deepEqual(faults(ruled(integer, rule), 2, 1), []);
  });

  test("point to a field below, with a reason of their own and a message that is made", () => {
    const schema = ruled(
      { type: "object", properties: { n: integer } },
      {
        rule: "self.n < 3",
        reason: "FieldValueForbidden",
        fieldPath: ".n",
        messageExpression: "'n is ' + string(self.n)",
      },
    );
    assert.deepEqual(faults(schema, { n: 5 }), ["spec.n: Forbidden: n is 5"]);
  });

  test("that come to no value fail, and say why", () => {
    const schema = ruled({ type: "object", properties: { n: integer } }, { rule: "1 / self.n > 0" });
    assert.deepEqual(faults(schema, { n: 0 }), [
      'spec: Invalid value: "object": division by zero evaluating rule: 1 / self.n > 0',
    ]);
  });

  test("share one budget", () => {
    const list: JSONSchemaProps = { type: "array", items: integer };
    const schema = ruled(list, { rule: "self.all(a, self.all(b, self.all(c, a + b + c > 0)))" });
    const [found] = faults(
      schema,
      Array.from({ length: 300 }, () => 1),
    );
    assert.match(found!, /actual cost limit exceeded/);
  });
});

test("names are escaped as expressions write them", () => {
  const cases = [
    ["a-b", "a__dash__b"],
    ["a.b/c", "a__dot__b__slash__c"],
    ["a__b", "a__underscores__b"],
    ["namespace", "__namespace__"],
    ["plain", "plain"],
    ["1a", undefined],
    ["ä", undefined],
  ] as const;
  for (const [name, escaped] of cases) assert.equal(escapedName(name), escaped);
});
