// JSON from outside: syntax, depth, UTF-8, duplicate keys (base/json-strict.ts).
import assert from "node:assert/strict";
import { parseJSON, parseJSONStrict } from "../../../src/base/json-strict.ts";
import { JSONSyntaxError } from "../../../src/base/json-syntax.ts";
import { goldenInputs } from "../corpus.ts";
import { only } from "../target.ts";
import type { Target } from "../target.ts";

/** Whether the engine takes the text. */
function engineTakes(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

export const json: Target = {
  name: "json",
  text: true,
  words: [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a":1',
    '"\\u00',
    "\\ud83d",
    "\\\\",
    '\\"',
    "true",
    "false",
    "null",
    "-",
    "e+",
    " ",
  ],
  *seeds() {
    yield* ['{"a":{"b":[1,2,{"c":null}]},"a":2,"d":"\\u00e9\\n"}', "[]", '"x"', "-1.5e10", '{"a":"\\\\","\\u0061":1}'];
    yield* goldenInputs("json", /^core\.v1\.(ConfigMap|Service)\./);
  },
  allows: only(JSONSyntaxError),
  run(input) {
    const { value, duplicates } = parseJSONStrict(input);
    assert.deepEqual(value, parseJSON(input), "both ways give the same value");
    const text = input.toString("utf8");
    assert.ok(engineTakes(text), "what is taken is JSON");
    // Written again nothing is there twice, and everything is read as before.
    const written = JSON.stringify(value);
    const again = parseJSONStrict(written);
    assert.deepEqual([JSON.stringify(again.value), again.duplicates], [written, []]);
    return String(duplicates.length);
  },
};

/** What JSON has and the server has not. */
const LIMITS = /exceeded max depth|cannot unmarshal number/;

/** The other direction: what is refused is no JSON, unless for depth or bytes that are no text. */
export const jsonSyntax: Target = {
  ...json,
  name: "json-syntax",
  run(input) {
    const text = input.toString("utf8");
    try {
      parseJSON(text);
    } catch (error) {
      if (error instanceof JSONSyntaxError && !LIMITS.test(error.message)) assert.ok(!engineTakes(text), error.message);
      throw error;
    }
  },
};
