// Where members stand in a text, and when that is left open.
import assert from "node:assert/strict";
import { it } from "node:test";
import { membersOf } from "./json-members.ts";

const values = (text: string) =>
  membersOf(text)?.map(({ name, start, end }) => [name, text.slice(start, end)] as const);

it("finds each member and its value", () => {
  assert.deepEqual(values('{"a":{"b":[1,"}"]},"c":"\\"}","d":-1.5e3,"e":null}'), [
    ["a", '{"b":[1,"}"]}'],
    ["c", '"\\"}"'],
    ["d", "-1.5e3"],
    ["e", "null"],
  ]);
  assert.deepEqual(values(' {\n "a" : [ ] ,\t"b" : 1\r\n}\n'), [
    ["a", "[ ]"],
    ["b", "1"],
  ]);
});

it("leaves open what is no plain object", () => {
  const open = [
    "",
    "[]",
    "{}",
    '{"a"',
    '{"a":',
    '{"a":{',
    '{"a":"x',
    '{"a":1',
    '{"a":1,}',
    '{"a":1}x',
    '{"a" 1}',
    '{"a":}',
  ];
  for (const text of [...open, '{"a":1,"a":2}', '{"\\u0061":1}', '{"a":"\\"}'])
    assert.equal(values(text), undefined, text);
});
