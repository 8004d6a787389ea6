// Expressions of CEL (cel/): whatever compiles runs within its budget, comes to the same twice, and its errors are its own.
import assert from "node:assert/strict";
import { environment } from "../../../src/cel/environment.ts";
import { estimate } from "../../../src/cel/estimate.ts";
import { libraries } from "../../../src/cel/library/index.ts";
import { compile } from "../../../src/cel/program.ts";
import { CompileError, EvaluationError } from "../../../src/cel/source.ts";
import { DYN } from "../../../src/cel/type.ts";
import { equal, fromJson } from "../../../src/cel/values.ts";
import type { Value } from "../../../src/cel/values.ts";
import { only } from "../target.ts";
import type { Target } from "../target.ts";

const env = environment(libraries, { self: DYN, oldSelf: DYN });
const self = fromJson({ a: 1, b: "x", l: [1, 2, 3], m: { k: "v" }, t: "2026-01-01T00:00:00Z", n: null, f: 1.5 }, DYN);
const variables = (name: string) => (name === "self" || name === "oldSelf" ? self : undefined);
const LIMIT = 20_000;

export const cel: Target = {
  name: "cel",
  text: true,
  words: [
    ..."self oldSelf has( .all( .exists( .map( .filter( x, && || ? : in == != <= >= [ ] { } ( ) . .? [? + - * / %".split(
      " ",
    ),
    ..."size( string( int( uint( double( duration( timestamp( quantity( ip( cidr( url( semver( optional.of( cel.bind(".split(
      " ",
    ),
    ..."matches( split( format( replace( substring( lists.range( sets.contains( orValue( .a .l .m 1u 0x1F 1.5e3 b'\\x00' r'\\'".split(
      " ",
    ),
  ],
  seeds: () => [
    "self.a > 1 && self.l.all(x, x > 0)",
    "has(self.m.k) ? self.m.k == 'v' : false",
    "self.l.map(x, x > 1, x * 2).exists(y, y == 4)",
    "'a,b'.split(',').size() == 2 && '%s'.format(['x']) == 'x'",
    "quantity('1Gi').isGreaterThan(quantity('1Mi')) || isIP('::1')",
    "self.?q.?r.orValue(5) + optional.of(1).optMap(x, x + 1).value()",
    "timestamp(self.t).getFullYear() == 2026 && duration('1h') < duration('2h')",
    "cel.bind(v, self.l, v.transformList(i, x, i + x).sum())",
    "{'a': [1, 2u, 3.0, b'x', null, true]}['a'][0] in [1]",
    "self.b.matches('^[a-z]+$') && !('x' in self.m)",
  ],
  allows: only(CompileError, EvaluationError),
  run(input) {
    const program = compile(input.toString("utf8"), env);
    const cost = estimate(program.checked, 100);
    assert.ok(cost >= 0, `a cost of ${cost}`);
    const first = outcome(() => program.run({ variables, limit: LIMIT }).value);
    const second = outcome(() => program.run({ variables, limit: LIMIT }).value);
    if (typeof first === "string" && typeof second === "string") assert.equal(first, second);
    // What is no number is unlike itself, wherever it stands.
    else if (!/NaN|nan|\/|%|double/.test(program.text))
      assert.ok(equal(first as Value, second as Value), "another value the second time");
    return program.type.kind;
  },
};

function outcome(run: () => Value): Value {
  try {
    return run();
  } catch (error) {
    if (error instanceof EvaluationError) return error.message;
    throw error;
  }
}
