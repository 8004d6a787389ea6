// Bodies of which a part came before.
import assert from "node:assert/strict";
import { it } from "node:test";
import { decodeJson, decodeStored, JsonSyntaxError } from "./decode.ts";
import { decodeRepeated, decodeStoredRepeated } from "./decode-repeated.ts";
import { fieldsV1, list, map, object, plain, pointer, string } from "./node.ts";
import type { ValueIn } from "./node.ts";

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

const Entry = object("example.v1.Entry", {
  manager: plain(1, string(), ""),
  fieldsV1: pointer(2, fieldsV1(), ""),
});
const Meta = object("example.v1.Meta", {
  name: plain(1, string(), ""),
  annotations: plain(2, map(string()), ""),
  managedFields: plain(3, list(Entry), ""),
});
const Owned = object("example.v1.Owned", { metadata: plain(1, Meta, ""), spec: plain(2, Spec, "") });

it("what a store kept has its fields and its part by their texts, wherever the words stand", () => {
  const fields = '{"f:spec":{"f:data":{}}}';
  const annotations = '{"fieldsV1":"{}","x\\"fieldsV1":"y","z":"\\"fieldsV1\\":{}"}';
  const texts = ["1", "2", "3", "4"].map(
    (name) =>
      `{"metadata":{"name":"${name}","annotations":${annotations},"managedFields":[{"manager":"a"},{"manager":"b","fieldsV1":${fields}}]},"spec":${spec("v")}}`,
  );
  const objects = texts.map((text) => decodeStoredRepeated(Owned, text) as ValueIn<typeof Owned>);
  for (const [i, text] of texts.entries()) assert.deepEqual(objects[i], JSON.parse(text));
  assert.equal(objects[3]!.spec, objects[1]!.spec);
  assert.equal(objects[3]!.metadata!.managedFields![1]!.fieldsV1, objects[0]!.metadata!.managedFields![1]!.fieldsV1);
});

it("a part is the one at the top, wherever else its text stands", () => {
  const Nested = object("example.v1.Nested", { spec: plain(1, Spec, "") });
  const Two = object("example.v1.Two", {
    metadata: plain(1, Meta, ""),
    other: plain(2, Nested, ""),
    spec: plain(3, Spec, ""),
  });
  const meta = (fields: string) => `{"name":"n","managedFields":[{"manager":"m","fieldsV1":${fields}}]}`;
  const object1 = (fields: string, spec1: string) => `{"metadata":${meta(fields)},"spec":${spec1}}`;
  for (let i = 0; i < 4; i++) decodeStoredRepeated(Two, object1('{"f:spec":{}}', spec("a")));
  const texts = [
    object1(`{"spec":${spec("a")}}`, spec("b")),
    object1(`{"spec":${spec("a")}}`, "{}"),
    `{"metadata":${meta(`{"spec":${spec("a")}}`)}}`,
    `{"metadata":${meta("{}")},"other":{"spec":${spec("a")}},"spec":${spec("a")}}`,
    `{"metadata":${meta("{}")},"other":{"spec":${spec("a")}}}`,
  ];
  for (const text of [...texts, ...texts]) {
    assert.deepEqual(decodeStoredRepeated(Two, text), decodeStored(Two, text), text);
    const [one, other] = [
      decodeRepeated(Two, text, { strictness: "Strict" }),
      decodeJson(Two, text, { strictness: "Strict" }),
    ];
    assert.deepEqual(one, other, text);
  }
});
