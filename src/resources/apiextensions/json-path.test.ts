// The JSON paths of columns: what they lead to, and which texts are none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJsonPath, valuesAt } from "./json-path.ts";

const object = {
  spec: {
    size: 3,
    list: ["a", "b"],
    "a.b": 1,
    ports: [
      { name: "x", n: 1 },
      { name: "y", n: 2 },
    ],
  },
  status: {
    conditions: [
      { type: "Ready", status: "True" },
      { type: "Other", status: "False" },
    ],
  },
};

const cases: readonly (readonly [path: string, found: readonly unknown[]])[] = [
  [".spec.size", [3]],
  [".spec.absent.more", []],
  [".spec.list[*]", ["a", "b"]],
  [".spec.list[1]", ["b"]],
  [".spec.list[-1]", ["b"]],
  [".spec.a\\.b", [1]],
  [".spec['a.b']", [1]],
  ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
  [".status.conditions[?(@.type=='Other')].status", ["False"]],
  [".spec.ports[?(@.n>1)].name", ["y"]],
  [".spec.ports[?(@.n<=1)].name", ["x"]],
  [".spec.ports[?(@.name)].n", [1, 2]],
];

for (const [text, found] of cases) {
  test(text, () => {
    const path = parseJsonPath(text);
    assert.notEqual(typeof path, "string");
    assert.deepEqual(valuesAt(path as Exclude<typeof path, string>, object), found);
  });
}

for (const text of [".spec[", ".spec[?(@.a==)]", ".spec[1:2]", "..a"]) {
  test(`${text} is no path`, () => assert.equal(typeof parseJsonPath(text), "string"));
}
