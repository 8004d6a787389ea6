// Field sets: their text, their operations, and what clients may send.
import assert from "node:assert/strict";
import { test } from "node:test";
import { difference, has, intersection, paths, recursiveDifference, sameSet, setOf, union } from "./field-set.ts";
import { ManagedFieldsError, readOwners } from "./entries.ts";
import { parseFieldsV1, printFieldsV1 } from "./fields-v1.ts";
import { pathText } from "./path-element.ts";

const parse = (text: string) => parseFieldsV1(JSON.parse(text));
const print = (set: ReturnType<typeof parse>) => JSON.stringify(printFieldsV1(set));

test("prints what it parsed, in upstream's order", () => {
  const texts = [
    '{"f:data":{".":{},"f:a":{}}}',
    '{"f:data":{}}',
    '{"f:metadata":{"f:finalizers":{"v:\\"example.com/f\\"":{}}}}',
    '{"f:ports":{"k:{\\"containerPort\\":53,\\"protocol\\":\\"TCP\\"}":{".":{},"f:containerPort":{}},"k:{\\"containerPort\\":80}":{}}}',
    '{"f:list":{"f:a":{},"k:{\\"a\\":2}":{},"k:{\\"a\\":10}":{},"k:{\\"a\\":\\"1\\"}":{},"v:1":{},"v:\\"1\\"":{},"i:0":{}}}',
  ];
  for (const text of texts) {
    const set = parse(text);
    assert.equal(print(set), text);
    // Printed anew, not remembered.
    assert.equal(print(union(set, new Map())), text);
    assert.equal(print(new Map(set)), text);
  }
  assert.equal(
    print(new Map(parse('{"f:b":{},"f:a":{},"k:{\\"z\\":1,\\"b\\":2}":{}}'))),
    '{"f:a":{},"f:b":{},"k:{\\"b\\":2,\\"z\\":1}":{}}',
  );
});

test("remembers both ways", () => {
  const fields = Object.freeze({ "f:a": Object.freeze({}) });
  const set = parseFieldsV1(fields);
  assert.equal(parseFieldsV1(fields), set);
  assert.equal(printFieldsV1(set), fields);
});

test("broken keys throw, unknown kinds are skipped", () => {
  assert.throws(() => parse('{"x":{}}'), SyntaxError);
  assert.throws(() => parse('{"k:{":{}}'), SyntaxError);
  assert.throws(() => parse('{"fdata":{}}'), SyntaxError);
  assert.equal(print(new Map(parse('{"q:what":{"f:b":{}},"f:a":{}}'))), '{"f:a":{}}');
});

test("whatever a client sends, entries are read or refused by one error", () => {
  const entry = (fieldsV1: unknown) =>
    [{ manager: "m", operation: "Apply", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1 }] as never;
  let deep: object = {};
  for (let i = 0; i < 200_000; i++) deep = { "f:a": deep };
  for (const fields of [
    { "": {} },
    { "k:[]": {} },
    { "k:5": {} },
    { "v:": {} },
    { "i:x": {} },
    { "f:a": { x: {} } },
    deep,
  ]) {
    assert.throws(() => readOwners(entry(fields)), ManagedFieldsError);
  }
  for (const fields of [{ "f:__proto__": {} }, { "f:a": null }, { "f:a": 5 }, { "f:": {} }])
    assert.equal(readOwners(entry(fields)).size, 1);
});

test("operations on sets", () => {
  const a = parse('{"f:a":{".":{},"f:x":{},"f:y":{}},"f:b":{}}');
  const b = parse('{"f:a":{"f:y":{},"f:z":{}},"f:c":{}}');
  assert.equal(print(union(a, b)), '{"f:a":{".":{},"f:x":{},"f:y":{},"f:z":{}},"f:b":{},"f:c":{}}');
  assert.equal(print(difference(a, b)), '{"f:a":{".":{},"f:x":{}},"f:b":{}}');
  assert.equal(print(intersection(a, b)), '{"f:a":{"f:y":{}}}');
  assert.equal(
    print(difference(a, setOf(["f:a"]))),
    '{"f:a":{"f:x":{},"f:y":{}},"f:b":{}}',
    "children of a removed member stay",
  );
  assert.equal(print(recursiveDifference(a, setOf(["f:a"]))), '{"f:b":{}}', "unless asked otherwise");
  assert.equal(print(difference(a, a)), "{}");
  assert.equal(difference(a, setOf(["f:q"])), a, "nothing changed: the same set");
  assert.equal(union(a, setOf(["f:b"])), a);
  assert.ok(sameSet(union(a, b), union(b, a)));
  assert.ok(!sameSet(a, b));
  assert.ok(has(a, ["f:a"]) && has(a, ["f:a", "f:x"]) && !has(b, ["f:a"]) && !has(a, []));
});

test("paths come level by level, as messages show them", () => {
  const set = parse('{"f:spec":{"f:list":{"k:{\\"name\\":\\"a\\"}":{".":{},"f:x":{}}},"f:z":{}},"f:data":{}}');
  assert.deepEqual([...paths(set)].map(pathText), [
    ".data",
    ".spec.z",
    '.spec.list[name="a"]',
    '.spec.list[name="a"].x',
  ]);
});
