// Bodies of which a part came before.
import assert from "node:assert/strict";
import { it } from "node:test";
import { JsonSyntaxError } from "./decode.ts";
import { decodeRepeated } from "./decode-repeated.ts";
import { map, object, plain, string } from "./node.ts";

const Spec = object("example.v1.Spec", { data: plain(1, map(string()), "") });
const Kind = object("example.v1.Kind", { metadata: plain(1, map(string()), ""), spec: plain(2, Spec, "") });
const spec = (letter: string, more = "") => `{"data":{"a":"${letter.repeat(300)}"}${more}}`;
const body = (name: string, text: string, more = "") => `{"metadata":{"name":"${name}"},"spec":${text}${more}}`;
const decode = (text: string, strictness: "Strict" | "Ignore" = "Strict") =>
  decodeRepeated(Kind, text, { strictness }) as { value: { spec: object; metadata: object }; problems: string[] };

it("of the third time on the same object stands for the same text", () => {
  const [one, two, three, four] = ["1", "2", "3", "4"].map((name) => decode(body(name, spec("x"))).value);
  assert.notEqual(one!.spec, two!.spec);
  assert.equal(three!.spec, two!.spec);
  assert.equal(four!.spec, two!.spec);
  assert.deepEqual(four, { metadata: { name: "4" }, spec: { data: { a: "x".repeat(300) } } });
});

it("problems of a part are told each time, and those of the rest as well", () => {
  for (let i = 0; i < 4; i++)
    assert.deepEqual(decode(body("n", spec("y", ',"b":1'))).problems, ['unknown field "spec.b"']);
  for (let i = 0; i < 4; i++) decode(body("n", spec("z")));
  assert.deepEqual(decode(body("n", spec("z"), ',"c":1')).problems, ['unknown field "c"']);
  assert.deepEqual(decode(`{"metadata":{"a":"1","a":"2"},"spec":${spec("z")}}`).problems, [
    'duplicate field "metadata.a"',
  ]);
  assert.deepEqual(decode(body("n", spec("z"), `,"spec":${spec("z")}`)).problems, ['duplicate field "spec"']);
  assert.throws(() => decode(`${body("n", spec("z"))}}`), JsonSyntaxError);
});

it("what is read without looking for problems is not taken to have none", () => {
  for (let i = 0; i < 4; i++) decode(body("n", spec("w", ',"b":1')), "Ignore");
  assert.deepEqual(decode(body("n", spec("w", ',"b":1'))).problems, ['unknown field "spec.b"']);
});
