// Files of variables: what they may say, and what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { valueIn } from "./env-file.ts";

test("the first value of a name, as it stands between its quotes", () => {
  const text =
    "# a comment\n\n  A='one'\nB='two words # no comment'   # a comment\nC='over\n two = lines'\nA='again'\nD=''\n";
  const of = (name: string) => valueIn(text, name);
  assert.deepEqual([of("A"), of("B"), of("C"), of("D")], ["one", "two words # no comment", "over\n two = lines", ""]);
  assert.equal(of("E"), "");
  assert.equal(valueIn("A='x'", "A"), "x");
  assert.equal(valueIn("A='x'\r\nB='y'\r\n", "B"), "y");
});

test("a blank after the sign leaves the name empty, as in a shell", () => {
  assert.equal(valueIn("A= 'x'\nB='y'", "A"), "");
  assert.equal(valueIn("A= 'x'\nB='y'", "B"), "y");
});

test("everything else is refused, up to the name that is asked for", () => {
  const says = (text: string, why: string) =>
    assert.throws(() => valueIn(text, "Z"), { message: `invalid environment variable format at ${why}` });
  says("A='x'\nB\n", "line 2: missing '='");
  says("='x'", "line 1: empty variable name");
  says("A ='x'", "line 1: whitespace before '=' is not allowed");
  says('A="x"', "line 1: value must be enclosed in single quotes");
  says("A=x", "line 1: value must be enclosed in single quotes");
  says("\nA='x", "line 2: unclosed single quote");
  says("A='x\ny' z", "line 2: unexpected content after closing quote");
  assert.equal(valueIn("A='x'\nB\n", "A"), "x");
});
