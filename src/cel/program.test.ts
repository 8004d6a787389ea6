// Expressions as users write them: what they come to, and how compilation and evaluation say no.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { environment } from "./environment.ts";
import { libraries } from "./library/index.ts";
import { compile } from "./program.ts";
import { EvaluationError } from "./source.ts";
import { DYN, INT, listOf, mapOf, STRING } from "./type.ts";
import type { ObjectType } from "./type.ts";
import { Duration, fromJson, isMap, Optional, Timestamp } from "./values.ts";
import type { Value } from "./values.ts";

const Spec: ObjectType = {
  kind: "object",
  name: "Spec",
  field: (name) =>
    ({ n: { json: "n", type: INT }, name: { json: "name", type: STRING }, list: { json: "list", type: listOf(INT) } })[
      name
    ],
};
const variables = { self: Spec, d: DYN, m: mapOf(STRING, INT), l: listOf(STRING) };
const data: Readonly<Record<string, unknown>> = {
  self: { n: 3, name: "web", list: [1, 2, 3] },
  d: { a: { b: [1, 2.5, "x"] }, t: true },
  m: { one: 1, two: 2 },
  l: ["a", "b"],
};

function run(text: string): Value {
  const types: Readonly<Record<string, (typeof variables)[keyof typeof variables]>> = variables;
  const value = (name: string) => (name in data ? fromJson(data[name], types[name]!) : undefined);
  return compile(text, environment(libraries, variables)).run({ variables: value, limit: 1e6 }).value;
}

function plain(value: Value): unknown {
  if (Array.isArray(value)) return (value as readonly Value[]).map(plain);
  if (value instanceof Duration) return `${value.nanos}ns`;
  if (value instanceof Timestamp) return new Date(Number(value.nanos / 1_000_000n)).toISOString();
  if (value instanceof Optional) return value.value === undefined ? "none" : { some: plain(value.value) };
  if (typeof value === "object" && value !== null && isMap(value))
    return Object.fromEntries(value.keys().map((key) => [String(key as string), plain(value.get(key)!)]));
  return value;
}

describe("comes to", () => {
  const cases: readonly (readonly [text: string, value: unknown])[] = [
    ["1 + 2 * 3 - 4 / 2 % 3", 5n],
    ["-9223372036854775808", -(2n ** 63n)],
    ["1u + 2u == 3u && 1 < 2.5 && 2u > 1", true],
    ["'a' + \"b\" + r'\\n' == 'ab\\\\n'", true],
    ["self.n > 2 ? 'many' : 'few'", "many"],
    ["has(self.n) && !has(d.a.c) && has(d.a.b)", true],
    ["self.list.all(x, x > 0) && self.list.exists(x, x == 3) && self.list.exists_one(x, x > 2)", true],
    ["self.list.map(x, x * x)", [1n, 4n, 9n]],
    ["self.list.map(x, x > 1, x * x)", [4n, 9n]],
    ["self.list.filter(x, x > 1).size()", 2n],
    ["m.all(k, m[k] > 0) && m.exists(k, v, k == 'two' && v == 2)", true],
    ["m.transformMap(k, v, v + 1)", { one: 2n, two: 3n }],
    ["l.transformList(i, v, string(i) + v)", ["0a", "1b"]],
    ["'b' in l && 'one' in m && !(3 in [1, 2])", true],
    ["d.a.b[1] == 2.5 && d.a.b[0] == 1 && type(d.a.b[2]) == string", true],
    ["false && (1 / 0 > 0) || (1 / 0 > 0) || true", true],
    ["'web-1'.matches('^[a-z]+-[0-9]$') && 'Web'.lowerAscii() == 'web'", true],
    ["'a,b,c'.split(',').join('-') + 'abc'.substring(1, 2) + 'x'.replace('x', 'y')", "a-b-cby"],
    ["'%s is %d, %.1f'.format(['n', 3, 2.25])", "n is 3, 2.2"],
    ["duration('1h30m') + duration('30m') == duration('2h') && duration('90s').getMinutes() == 1", true],
    ["timestamp('2026-11-24T10:00:00Z').getHours('+02:00')", 12n],
    ["timestamp('2026-11-24T10:00:00Z') - timestamp('2026-11-24T09:00:00Z')", "3600000000000ns"],
    ["optional.of(1).orValue(2) + optional.none().orValue(5)", 6n],
    ["d.?a.?x.orValue('none')", "none"],
    ["optional.of(2).optMap(x, x + 1)", { some: 3n }],
    ["[?optional.none(), ?optional.of(1)]", [1n]],
    ["quantity('1Gi').isGreaterThan(quantity('500Mi')) && quantity('1.5').asApproximateFloat() == 1.5", true],
    ["ip('10.0.0.1').family() == 4 && cidr('10.0.0.0/8').containsIP('10.1.2.3') && !ip.isCanonical('::FFFF')", true],
    [
      "url('https://a.example:8443/p?q=1').getHost() == 'a.example:8443' && url('https://a/').getScheme() == 'https'",
      true,
    ],
    ["[1, 2, 2].sum() == 5 && [3, 1].min() == 1 && [1, 2].isSorted() && ['b', 'a'].indexOf('a') == 1", true],
    ["sets.contains([1, 2], [2]) && sets.equivalent([1, 1], [1]) && !sets.intersects([1], [2])", true],
    ["format.dns1123Label().validate('Bad_').hasValue() && !format.dns1123Label().validate('good').hasValue()", true],
    ["semver('1.2.3').isLessThan(semver('1.10.0')) && isSemver('1.0.0-rc.1')", true],
    ["cel.bind(x, self.n + 1, x * x)", 16n],
    ["'ä€😀'.size() == 3 && b'ab'.size() == 2 && string(b'ab') == 'ab'", true],
    ["{'a': 1, 'b': [2]} == {'b': [2], 'a': 1}", true],
    ["self.name == 'web' // a comment", true],
  ];
  for (const [text, value] of cases) test(text, () => assert.deepEqual(plain(run(text)), value));
});

describe("does not compile", () => {
  const cases: readonly (readonly [text: string, message: string])[] = [
    ["foo == 1", "ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo == 1\n | ^"],
    ["self.b == 1", "ERROR: <input>:1:5: undefined field 'b'\n | self.b == 1\n | ....^"],
    ["frob(self)", "ERROR: <input>:1:5: undeclared reference to 'frob' (in container '')\n | frob(self)\n | ....^"],
    [
      "self.name > 5",
      "ERROR: <input>:1:11: found no matching overload for '_>_' applied to '(string, int)'\n | self.name > 5\n | ..........^",
    ],
    [
      "self.name.startsWith(1)",
      "ERROR: <input>:1:21: found no matching overload for 'startsWith' applied to 'string.(int)'\n | self.name.startsWith(1)\n | ....................^",
    ],
    [
      "self ==",
      "ERROR: <input>:1:8: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | self ==\n | .......^",
    ],
    ["d.", "ERROR: <input>:1:3: Syntax error: no viable alternative at input '.'\n | d.\n | ..^"],
  ];
  for (const [text, message] of cases)
    test(text, () =>
      assert.throws(() => compile(text, environment(libraries, variables)), { name: "CompileError", message }),
    );
});

describe("comes to no value", () => {
  const cases: readonly (readonly [text: string, message: RegExp])[] = [
    ["10 / (self.n - 3) > 1", /^division by zero$/],
    ["d.a.x == 1", /^no such key: x$/],
    ["self.list[7]", /^index out of bounds: 7$/],
    ["9223372036854775807 + 1", /^integer overflow$/],
    ["d.t + 1", /^no such overload$/],
    ["optional.none().value()", /optional\.none\(\) dereference/],
    ["[1, 2, 3].map(a, [1, 2, 3].map(b, lists.range(100000).map(c, c)))", /cost limit exceeded/],
  ];
  for (const [text, message] of cases)
    test(text, () =>
      assert.throws(
        () => run(text),
        (error) => error instanceof EvaluationError && message.test(error.message),
      ),
    );
});

test("deep nesting is refused", () => {
  assert.throws(
    () => compile("(".repeat(1000) + "1" + ")".repeat(1000), environment(libraries, variables)),
    /recursion limit/,
  );
});
