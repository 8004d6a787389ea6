import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeJson, decodeStored, DecodeError, decodeValue, JsonSyntaxError, walkIn } from "./decode.ts";
import {
  boolean,
  bytes,
  double,
  int32,
  int64,
  intOrString,
  json,
  list,
  map,
  microTime,
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
import { metadata, typeMeta } from "./meta/object-meta.ts";
import type { Node, ValueIn } from "./node.ts";
import { writeJson } from "./write.ts";

const ConfigMap = object("k8s.io.api.core.v1.ConfigMap", {
  ...typeMeta,
  metadata,
  data: optional(2, map(string()), ""),
  binaryData: optional(3, map(bytes()), ""),
});

const Probe = object("k8s.io.api.core.v1.Probe", { periodSeconds: optional(1, int32(), "") });
const Container = object("k8s.io.api.core.v1.Container", {
  name: required(1, string(), ""),
  ports: optional(2, list(int32()), ""),
  livenessProbe: pointer(3, Probe, ""),
});
const PodSpec = object("k8s.io.api.core.v1.PodSpec", {
  containers: required(1, list(Container), ""),
  grace: pointer(2, int64(), ""),
  limits: optional(3, map(quantity()), ""),
});
const Pod = object("k8s.io.api.core.v1.Pod", { spec: plain(1, PodSpec, "") });

const refuses = (node: Node, text: string, message: string) =>
  assert.throws(
    () => decodeJson(node, text),
    (error: unknown) => {
      assert.ok(error instanceof DecodeError, String(error));
      assert.equal(error.message, message);
      return true;
    },
  );

describe("wrong types, in Go's words", () => {
  const cases: readonly (readonly [Node, string, string])[] = [
    [ConfigMap, '{"data":{"a":1}}', "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"],
    [
      ConfigMap,
      '{"data":[]}',
      "json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string",
    ],
    [
      ConfigMap,
      '{"metadata":{"labels":{"a":1}}}',
      "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
    ],
    [ConfigMap, '{"binaryData":{"a":"!!"}}', "illegal base64 data at input byte 0"],
    [ConfigMap, "5", "json: cannot unmarshal number into Go value of type v1.ConfigMap"],
    [
      Pod,
      '{"spec":{"containers":{"a":1}}}',
      "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
    ],
    [
      Pod,
      '{"spec":{"grace":"x"}}',
      "json: cannot unmarshal string into Go struct field PodSpec.spec.grace of type int64",
    ],
    [
      Pod,
      '{"spec":{"containers":[{"name":"c","livenessProbe":{"periodSeconds":1.5}}]}}',
      "json: cannot unmarshal number 1.5 into Go struct field Probe.spec.containers.livenessProbe.periodSeconds of type int32",
    ],
    [
      Pod,
      '{"spec":{"containers":["c"]}}',
      "json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type v1.Container",
    ],
    [
      Pod,
      '{"spec":{"limits":{"cpu":"1Xi"}}}',
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      object("a.v1.A", { n: optional(1, int32(), "") }),
      '{"n":5000000000}',
      "json: cannot unmarshal number 5000000000 into Go struct field A.n of type int32",
    ],
    [
      object("a.v1.A", { t: optional(1, time(), "") }),
      '{"t":5}',
      "json: cannot unmarshal number into Go value of type string",
    ],
    [
      object("a.v1.A", { t: optional(1, intOrString(), "") }),
      '{"t":true}',
      "json: cannot unmarshal bool into Go value of type int32",
    ],
    [
      object("a.v1.A", { t: optional(1, microTime(), "") }),
      '{"t":"2020-01-01T00:00:01Z"}',
      'parsing time "2020-01-01T00:00:01Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
    ],
  ];
  for (const [node, text, message] of cases) test(text, () => refuses(node, text, message));

  test("the first fault in the text is told", () => {
    refuses(
      ConfigMap,
      '{"data":{"a":true},"metadata":[]}',
      "json: cannot unmarshal bool into Go struct field ConfigMap.data of type string",
    );
  });
  test("what is no JSON is another error", () => {
    assert.throws(
      () => decodeJson(Pod, "{"),
      (error) => error instanceof JsonSyntaxError && error.message === "unexpected end of JSON input",
    );
  });
});

describe("canonical form", () => {
  const All = object("a.v1.All", {
    q: optional(1, quantity(), ""),
    t: optional(2, time(), ""),
    m: optional(3, microTime(), ""),
    b: optional(4, bytes(), ""),
    i: optional(5, int32(), ""),
    s: optional(6, string(), ""),
    p: pointer(7, string(), ""),
    l: optional(8, list(string()), ""),
    r: optional(9, rawExtension(), ""),
    d: optional(10, double(), ""),
    o: optional(11, map(boolean()), ""),
    j: optional(12, json(), ""),
  });
  const decoded = (text: string) => decodeJson(All, text).value as ValueIn<typeof All>;

  test("quantities, times and base64 as the server writes them", () => {
    assert.deepEqual(
      decoded('{"q":"1024Ki","t":"2020-01-01T01:00:00.9+01:00","m":"2020-01-01T01:00:00.000001+01:00","b":"QR=="}'),
      { q: "1Mi", t: "2020-01-01T00:00:00Z", m: "2020-01-01T00:00:00.000001Z", b: "QQ==" },
    );
    assert.deepEqual(decoded('{"q":0.5,"i":2.0}'), { q: "500m", i: 2 });
  });
  test("zero values of plain fields are absence, of pointers not", () => {
    assert.deepEqual(decoded('{"s":"","i":0,"l":[],"p":"","o":{},"d":-0.0}'), { p: "" });
  });
  test("null is absence, in lists and maps the zero value", () => {
    assert.deepEqual(decoded('{"s":null,"p":null,"r":null,"l":[null,"a"],"o":{"x":null}}'), {
      l: ["", "a"],
      o: { x: false },
    });
  });
  test("in stored bytes null where a list is always shown is the empty list, elsewhere absence", () => {
    const node = object("a.v1.Role", {
      rules: optional(1, list(string()), "", { always: true }),
      names: optional(2, list(string()), ""),
    });
    assert.deepEqual(decodeStored(node, '{"rules":null,"names":null}'), { rules: [] });
    assert.deepEqual(decodeJson(node, '{"rules":null}').value, {});
  });
  test("keys stand in declared order, and everything is frozen", () => {
    const value = decoded('{"r":{"b":[{"c":1}],"a":null},"s":"x","q":"1"}');
    assert.deepEqual(Object.keys(value), ["q", "s", "r"]);
    assert.deepEqual(value.r, { b: [{ c: 1 }], a: null });
    assert.ok(Object.isFrozen(value) && Object.isFrozen(value.r) && Object.isFrozen((value.r!["b"] as unknown[])[0]));
  });
  test("a key __proto__ is a key", () => {
    const value = decodeJson(ConfigMap, '{"data":{"__proto__":"x"}}').value;
    assert.deepEqual(Object.keys(value.data!), ["__proto__"]);
    assert.equal(Object.getPrototypeOf(value.data), Object.prototype);
  });
  test("a null body is an empty object", () => assert.deepEqual(decoded("null"), {}));
  test("base64: the byte that Go objects to", () => {
    const b = object("a.v1.A", { b: optional(1, bytes(), "") });
    for (const [text, byte] of [
      ["aGk", 0],
      ["aGkk=", 4],
      ["a=", 1],
      ["aG=k", 2],
      ["aG=", 3],
      ["aGk=x", 4],
    ] as const) {
      refuses(b, JSON.stringify({ b: text }), `illegal base64 data at input byte ${byte}`);
    }
    assert.deepEqual(decodeJson(b, '{"b":"aG\\nk="}').value, { b: "aGk=" });
  });

  test("an empty list is absence, unless the field tells the two apart", () => {
    const Told = object("a.v1.Told", {
      l: optional(1, list(string()), ""),
      given: optional(2, list(string()), "", { emptyIsGiven: true }),
    });
    assert.deepEqual(decodeJson(Told, '{"l":[],"given":[]}').value, { given: [] });
  });
});

describe("unknown and duplicate fields", () => {
  const problems = (text: string) => decodeJson(ConfigMap, text, { strictness: "Warn" }).problems;
  test("unknown ones in the order of the text", () => {
    assert.deepEqual(problems('{"metadata":{"name":"x","bar":2,"Name":"y"},"foo":1}'), [
      'unknown field "metadata.bar"',
      'unknown field "metadata.Name"',
      'unknown field "foo"',
    ]);
  });
  test("duplicates; not within what is unknown", () => {
    assert.deepEqual(problems('{"data":{"a":"1","a":"2"},"metadata":{"name":"x","name":"y"},"z":{"q":1,"q":2}}'), [
      'duplicate field "data.a"',
      'duplicate field "metadata.name"',
      'unknown field "z"',
    ]);
  });
  test("both kinds in the order of the text: duplicates where they stand again, unknown ones where they stand first", () => {
    const text = '{"foo":1,"metadata":{"bar":2,"name":"x"},"data":{"a":"1","a":"2"},"foo":2,"zed":1,"data":{"b":"1"}}';
    assert.deepEqual(problems(text), [
      'unknown field "foo"',
      'unknown field "metadata.bar"',
      'duplicate field "data.a"',
      'unknown field "zed"',
      'duplicate field "data"',
    ]);
  });
  test("indexes are part of the path", () => {
    const { problems } = decodeJson(Pod, '{"spec":{"containers":[{"name":"a"},{"$patch":"x"}]}}', {
      strictness: "Strict",
    });
    assert.deepEqual(problems, ['unknown field "spec.containers[1].$patch"']);
  });
  test("nobody looks when they are to be ignored; they go all the same", () => {
    const { value, problems } = decodeJson(ConfigMap, '{"foo":1,"data":{"a":"1","a":"2"}}');
    assert.deepEqual([value, problems], [{ data: { a: "2" } }, []]);
  });
  test("at most a hundred are told, each once", () => {
    const text = `{${Array.from({ length: 150 }, (_, i) => `"f${i}":1`).join(",")}}`;
    assert.equal(problems(text).length, 100);
    const { problems: same } = decodeJson(Pod, '{"spec":{"x":1,"x":2}}', { strictness: "Warn" });
    assert.deepEqual(same, ['unknown field "spec.x"']);
  });
});

describe("values of a caller", () => {
  test("undefined is absence; the result is not the caller's object", () => {
    const mine = { metadata: { name: "x", labels: undefined }, data: { a: "1", b: undefined } };
    const value = walkIn(ConfigMap, mine);
    assert.deepEqual(value, { metadata: { name: "x" }, data: { a: "1" } });
    mine.data.a = "2";
    assert.equal(value.data!["a"], "1");
  });
  test("what JSON cannot say throws", () => {
    const A = object("a.v1.A", {
      r: optional(1, rawExtension(), ""),
      l: optional(2, list(string()), ""),
      d: optional(3, double(), ""),
    });
    for (const bad of [
      { r: { f: () => 1 } },
      { r: new Date(0) },
      { r: { n: NaN } },
      { l: [undefined] },
      { d: Infinity },
      { r: { b: 1n } },
    ]) {
      assert.throws(() => walkIn(A, bad), DecodeError);
    }
    assert.throws(
      () => walkIn(ConfigMap, { metadata: new (class Meta {})() }),
      /an instance of Meta cannot be said in JSON/,
    );
  });
  test("unknown fields of a parsed body are told too", () => {
    assert.deepEqual(decodeValue(ConfigMap, { foo: 1 }, { strictness: "Strict" }).problems, ['unknown field "foo"']);
  });
  test("nesting without end is refused, not a broken stack", () => {
    const Deep = { type: "object", name: "a.v1.Deep", fields: {} as Record<string, unknown> } as const;
    Deep.fields["next"] = pointer(1, Deep as unknown as Node, "");
    assert.throws(
      () => decodeJson(Deep as unknown as Node, '{"next":'.repeat(5000) + "{}" + "}".repeat(5000)),
      /exceeded max depth/,
    );
  });
});

describe("custom resources", () => {
  const Widget = object(
    "com.example.v1.Widget",
    {
      apiVersion: optional(null, string(), ""),
      kind: optional(null, string(), ""),
      metadata: metadata,
      spec: pointer(
        null,
        object("com.example.v1.Widget.spec", {
          n: pointer(null, int64(), ""),
          open: pointer(null, object("x.y.Open", {}, { preserveUnknown: true }), ""),
        }),
        "",
      ),
    },
    { untyped: true },
  );
  test("types below metadata are checked, those of the schema not", () => {
    refuses(
      Widget,
      '{"metadata":{"labels":{"a":5}}}',
      "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string",
    );
    assert.deepEqual(decodeJson(Widget, '{"spec":{"n":"five"}}').value, { spec: { n: "five" } });
  });
  test("duplicates come first, those in what is unknown too", () => {
    const { problems } = decodeJson(Widget, '{"zz":{"a":1,"a":2},"spec":{"n":1,"n":2}}', { strictness: "Warn" });
    assert.deepEqual(problems, ['duplicate field "zz.a"', 'duplicate field "spec.n"', 'unknown field "zz"']);
  });
  test("null stays where it is a value, and is absence where it is none", () => {
    const spec = object("com.example.v1.Widget.spec", {
      may: pointer(null, string(), "", { nullable: true }),
      mayNot: pointer(null, string(), ""),
      open: pointer(null, object("x.y.Open", {}, { preserveUnknown: true }), ""),
    });
    const node = object("com.example.v1.Widget", { spec: pointer(null, spec, "") }, { untyped: true });
    const { value } = decodeJson(node, '{"spec":{"may":null,"mayNot":null,"open":{"q":null}}}');
    assert.deepEqual(value, { spec: { may: null, open: { q: null } } });
    assert.equal(writeJson(node, value), '{"spec":{"may":null,"open":{"q":null}}}');
  });
  test("unknown fields: metadata first, then by name", () => {
    const { value, problems } = decodeJson(Widget, '{"zz":1,"spec":{"b":1,"a":1,"open":{"q":1}},"metadata":{"xx":3}}', {
      strictness: "Warn",
    });
    assert.deepEqual(problems, [
      'unknown field "metadata.xx"',
      'unknown field "spec.a"',
      'unknown field "spec.b"',
      'unknown field "zz"',
    ]);
    assert.deepEqual(value, { metadata: {}, spec: { open: { q: 1 } } });
  });
});

test("raw JSON that is nested too deep for the walks behind decoding is refused", () => {
  const node = object("a.v1.Raw", { r: optional(1, rawExtension(), "") });
  const nested = (depth: number) => `{"r":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`;
  assert.ok(decodeJson(node, nested(900)).value);
  for (const depth of [1100, 9900]) assert.throws(() => decodeJson(node, nested(depth)), DecodeError);
});
