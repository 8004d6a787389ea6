import assert from "node:assert/strict";
import { decodeJson } from "./decode.ts";
import { test } from "node:test";
import {
  bytes,
  int32,
  intOrString,
  list,
  map,
  object,
  optional,
  plain,
  pointer,
  quantity,
  rawExtension,
  required,
  string,
  time,
} from "./node.ts";
import { encodeJson, sortedKeys, writeJson } from "./write.ts";

const Inner = object("a.v1.Inner", { s: optional(1, string(), "") });
const All = object("a.v1.All", {
  name: required(1, string(), ""),
  count: required(2, int32(), ""),
  rules: required(3, list(string()), ""),
  data: required(4, map(string()), ""),
  opt: optional(5, string(), ""),
  inner: plain(6, Inner, ""),
  gone: optional(7, Inner, "", { omitZero: true }),
  there: pointer(8, Inner, ""),
  at: optional(9, time(), ""),
  made: optional(10, time(), "", { omitZero: true }),
  q: optional(11, quantity(), ""),
  port: optional(12, intOrString(), ""),
  raw: optional(13, rawExtension(), ""),
  zero: pointer(14, int32(), ""),
  b: optional(15, bytes(), ""),
});

test("what Go's encoder never leaves out is there, what it does leave out is not", () => {
  const text = '{"name":"","count":0,"rules":null,"data":null,"inner":{},"at":null,"q":"0","port":0,"raw":null}';
  assert.equal(writeJson(All, {} as never), text);
  assert.equal(writeJson(All, { rules: [], data: {}, opt: "", gone: {} } as never), text);
});

test("a pointer without omitempty is null when unset", () => {
  const node = object("a.v1.P", {
    ref: pointer(1, Inner, "", { always: true }),
    n: pointer(2, int32(), "", { always: true }),
  });
  assert.equal(writeJson(node, {}), '{"ref":null,"n":null}');
  assert.equal(writeJson(node, { ref: {}, n: 0 }), '{"ref":{},"n":0}');
});

test("declared order, sorted maps, pointers with their zero", () => {
  const value = {
    zero: 0,
    there: {},
    data: { b: "2", a: "1" },
    name: "n",
    gone: { s: "x" },
    rules: ["r"],
    count: -1,
    port: "http",
  };
  assert.equal(
    writeJson(All, value as never),
    '{"name":"n","count":-1,"rules":["r"],"data":{"a":"1","b":"2"},"inner":{},"gone":{"s":"x"},"there":{},"at":null,"q":"0","port":"http","raw":null,"zero":0}',
  );
});

test("strings are escaped as JSON asks", () => {
  for (const odd of ['"', "\\", "\n", "\u0000", "é", "日本", "🙂", "\ud800", "a".repeat(100) + '"']) {
    assert.equal(JSON.parse(writeJson(Inner, { s: odd })).s, JSON.parse(JSON.stringify(odd)));
  }
  assert.equal(Buffer.from(encodeJson(Inner, { s: "日本🙂" })).toString(), '{"s":"日本🙂"}');
});

test("map keys are sorted by their bytes", () => {
  // U+FF5E sorts before U+1F642 in UTF-8, after it in UTF-16.
  assert.deepEqual(sortedKeys({ "🙂": 1, "～": 1, b: 1, a: 1 }), ["a", "b", "～", "🙂"]);
  assert.deepEqual(sortedKeys({ a: undefined, b: 1 }), ["b"]);
});

test("custom resources keep what their schema does not name", () => {
  const Open = object("a.v1.Open", { s: optional(null, string(), "") }, { preserveUnknown: true });
  assert.equal(writeJson(Open, { x: { b: 1, a: [null] }, s: "t" } as never), '{"s":"t","x":{"b":1,"a":[null]}}');
});

test("an empty time in a map is null, not the text of it", () => {
  const node = object("a.v1.M", { m: optional(1, map(time()), "") });
  const { value } = decodeJson(node, '{"m":{"a":null,"b":"2026-01-02T03:04:05Z"}}');
  assert.equal(writeJson(node, value), '{"m":{"a":null,"b":"2026-01-02T03:04:05Z"}}');
});
