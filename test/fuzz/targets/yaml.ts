// YAML bodies (apiserver/encoding/yaml-in.ts): only what JSON can say comes out, and not more than went in by much.
import assert from "node:assert/strict";
import { YamlError, yamlIn } from "../../../src/apiserver/encoding/yaml-in.ts";
import { goldenInputs } from "../corpus.ts";
import { only } from "../target.ts";
import type { Target } from "../target.ts";

/** The size that the value has when it is written out, aliases counted each time; counting ends at `most`. */
function weightOf(value: unknown, most: number): number {
  let weight = 0;
  const left = [value];
  while (left.length > 0 && weight < most) {
    const one = left.pop();
    weight++;
    if (typeof one === "string") weight += one.length;
    if (typeof one !== "object" || one === null) continue;
    assert.ok(
      Array.isArray(one) || Object.getPrototypeOf(one) === Object.prototype || Object.getPrototypeOf(one) === null,
      "JSON has no such value",
    );
    for (const [key, inner] of Object.entries(one)) {
      weight += key.length;
      left.push(inner);
    }
  }
  return weight;
}

const MOST_WEIGHT = 4 * 2 ** 20;

export const yaml: Target = {
  name: "yaml",
  text: true,
  words: [
    "&a ",
    "*a",
    "<<: ",
    "- ",
    ": ",
    "---\n",
    "...\n",
    "|\n",
    ">-\n",
    "!!str ",
    "!!binary ",
    "!!float ",
    "? ",
    "{",
    "}",
    "[",
    "]",
    "#",
    "0x1f",
    "0o17",
    "1:30",
    "yes",
    "~",
    ".inf",
    ".nan",
    '"\\x',
    "%YAML 1.1\n",
    "  ",
  ],
  *seeds() {
    yield "a: &a [x, x]\nb: [*a, *a]\nc: {d: 1, e: yes, 0777: 0777}\na: 2\n";
    yield "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: |\n    text\n  l: >-\n    folded\n    text\n";
    yield "base: &b {x: 1}\nmore:\n  <<: *b\n  y: !!str 2\n? complex\n: value\n";
    yield* goldenInputs("yaml", /^(core\.v1\.(ConfigMap|Service)|apps\.v1\.Deployment)\./);
  },
  allows: only(YamlError),
  run(input) {
    const { value, duplicates } = yamlIn(input.toString("utf8"));
    const weight = weightOf(value, MOST_WEIGHT);
    assert.ok(weight < MOST_WEIGHT, `${input.length} bytes became more than ${MOST_WEIGHT}`);
    return `${typeof value} ${duplicates.length}`;
  },
};
