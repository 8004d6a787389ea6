// Proves strict JSON: duplicates by path, Go's words for bad syntax, limits.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseJSON, parseJSONStrict } from "./json-strict.ts";
import { checkJSON } from "./json-syntax.ts";

test("duplicate keys are named by path, in order of the text", () => {
  const text = `{"metadata":{"name":"x","name":"y"},
    "spec":{"containers":[{"name":"a"},{"name":"b", "na\\u006de":"c","env":[[{"v" : 1,"v":2,"v":3}]]}]},
    "data":{"a":"1","a":"2","b":{"a":1}, "a\\"":1,"a\\"" :"\\\\"}}`;
  const { value, duplicates } = parseJSONStrict(text);
  assert.deepEqual(duplicates, [
    "metadata.name",
    "spec.containers[1].name",
    "spec.containers[1].env[0][0].v",
    "data.a",
    'data.a"',
  ]);
  assert.deepEqual(value, JSON.parse(text));
});

test("text without duplicates has none, whatever it looks like", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const { value, duplicates } = parseJSONStrict(Buffer.from(text));
      assert.deepEqual(duplicates, []);
      assert.deepEqual(value, JSON.parse(text));
    }),
    { numRuns: 500 },
  );
  assert.deepEqual(parseJSONStrict('{"__proto__":1,"a":":","b":"\\":"}').duplicates, []);
  assert.deepEqual(parseJSONStrict('{"__proto__":1,"__proto__":2}').duplicates, ["__proto__"]);
});

test("a key doubled by chance is found", () => {
  const keys = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(keys, fc.nat(7), fc.jsonValue(), (names, which, value) => {
      const twice = [...names, names[which % names.length]!];
      const text = `{${twice.map((name) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
      assert.deepEqual(parseJSONStrict(text).duplicates, [twice.at(-1)]);
    }),
  );
});

test("bad syntax is told in Go's words", () => {
  const cases: [string, string][] = [
    ["", "unexpected end of JSON input"],
    ["{", "unexpected end of JSON input"],
    ['{"a"', "unexpected end of JSON input"],
    ["[1,", "unexpected end of JSON input"],
    ['"abc', "unexpected end of JSON input"],
    ["tru", "unexpected end of JSON input"],
    ["-", "unexpected end of JSON input"],
    ["invalid", "invalid character 'i' looking for beginning of value"],
    ["{a", "invalid character 'a' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1', "invalid character '1' after object key"],
    ['{"a":1 "b"', "invalid character '\"' after object key:value pair"],
    ["[1 2]", "invalid character '2' after array element"],
    ["[1,]", "invalid character ']' looking for beginning of value"],
    ["{} x", "invalid character 'x' after top-level value"],
    ["01", "invalid character '1' after top-level value"],
    ["nul1", "invalid character '1' in literal null (expecting 'l')"],
    ["-x", "invalid character 'x' in numeric literal"],
    ["1.x", "invalid character 'x' after decimal point in numeric literal"],
    ["1ex", "invalid character 'x' in exponent of numeric literal"],
    ['"\n"', "invalid character '\\n' in string literal"],
    ['"\u0001"', "invalid character '\\x01' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ["'", "invalid character '\\'' looking for beginning of value"],
    ["é", "invalid character 'Ã' looking for beginning of value"],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parseJSON(text), { name: "JSONSyntaxError", message }, text);
  }
});

test("the checker and JSON.parse agree on what is JSON", () => {
  const part = fc.constantFrom("{", "}", "[", "]", ",", ":", '"a"', '"', "1", "-", "0", ".", "e", "true", " ", "\\");
  const judge = (f: () => unknown) => {
    try {
      f();
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(part).map((parts) => parts.join("")),
        fc.json(),
      ),
      (text) => {
        assert.equal(
          judge(() => checkJSON(text)),
          judge(() => JSON.parse(text)),
          text,
        );
      },
    ),
    { numRuns: 3000 },
  );
});

test("deep nesting and bytes that are no UTF-8 are refused", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  assert.ok(parseJSON(nested(10_000)));
  assert.throws(() => parseJSON(nested(10_001)), { message: "exceeded max depth" });
  assert.throws(() => parseJSON("[".repeat(100_000)), { message: "exceeded max depth" });
  assert.throws(() => parseJSON(Uint8Array.of(0x22, 0xff, 0x22)), { name: "JSONSyntaxError", message: /UTF-8/ });
  assert.throws(() => parseJSON(Uint8Array.of(0xef, 0xbb, 0xbf, 0x31)), { message: /looking for beginning of value/ });
});

test("the deepest nesting that is allowed can be looked through", () => {
  const objects = '{"a":'.repeat(10_000) + "1" + "}".repeat(10_000);
  assert.deepEqual(parseJSONStrict(objects).duplicates, []);
  const deepest = `${'{"a":'.repeat(9_999)}{"b":1,"b":2}${"}".repeat(9_999)}`;
  assert.deepEqual(parseJSONStrict(deepest).duplicates, [`${"a.".repeat(9_999)}b`]);
});

test("numbers too large for a float are refused, not made infinite", () => {
  for (const text of ["1e309", '{"a":[-1.5e655]}', `[${"9".repeat(400)}]`]) {
    assert.throws(() => parseJSON(text), { name: "JSONSyntaxError", message: /cannot unmarshal number/ });
  }
  assert.deepEqual(parseJSON('[1e308,"9e999",0.1e-999]'), [1e308, "9e999", 0]);
});
