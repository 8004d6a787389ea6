import assert from "node:assert/strict";
import { test } from "node:test";
import { int32, list, object, optional, plain, required, string, time } from "./node.ts";
import { readJson, readValue } from "./read.ts";
import { encodeJson, writeJson } from "./write.ts";

const Rule = object("a.v1.Rule", { verbs: required(1, list(string()), ""), at: optional(2, time(), "") });
const Role = object("a.v1.Role", {
  name: optional(1, string(), ""),
  rules: required(2, list(Rule), ""),
  spec: plain(3, object("a.v1.Spec", { n: optional(1, int32(), "") }), ""),
});

test("null lists are empty lists again, null times absent", () => {
  const text = '{"name":"a","rules":[{"verbs":null,"at":null}],"spec":{}}';
  const value = readJson(Role, text);
  assert.deepEqual(value, { name: "a", rules: [{ verbs: [] }], spec: {} });
  assert.equal(writeJson(Role, value), text);
  assert.deepEqual(readJson(Role, '{"rules":null,"spec":{}}'), { rules: [], spec: {} });
});

test("without any null it is what was parsed, frozen", () => {
  const value = readJson(
    Role,
    encodeJson(Role, { rules: [{ verbs: ["get"], at: "2020-01-01T00:00:00Z" }], spec: { n: 1 } }),
  );
  assert.deepEqual(value, { rules: [{ verbs: ["get"], at: "2020-01-01T00:00:00Z" }], spec: { n: 1 } });
  assert.ok(Object.isFrozen(value) && Object.isFrozen(value.rules[0]!.verbs));
});

test("a text that only speaks of null", () => {
  assert.equal(readJson(Role, '{"name":"null","rules":[],"spec":{}}').name, "null");
});

test("parsed values, as another server sends them", () => {
  assert.deepEqual(readValue(Role, { rules: null, name: "" }), { rules: [], spec: {} });
});
