// Label and field selectors of queries (schema/label-selector.ts, field-selector.ts): what is printed selects the same.
import assert from "node:assert/strict";
import { fieldQueryFor, parseFieldSelector } from "../../../src/schema/field-selector.ts";
import { labelQueryOf, parseLabelSelector, SelectorError } from "../../../src/schema/label-selector.ts";
import { only } from "../target.ts";
import type { Target } from "../target.ts";
import { kinds } from "./kinds.ts";

const LABELS = [{}, { a: "b" }, { a: "c", x: "5" }, { "example.com/a": "b", "": "" }];

export const labelSelector: Target = {
  name: "label-selector",
  text: true,
  words: [" in ", " notin ", "(", ")", ",", "=", "==", "!=", "!", ">", "<", "a/b", "in", "notin"],
  seeds: () => ["a=b", "a in (b,c), d notin (e)", "!a,b!=c", "x>4,y<7", "example.com/a==b", "a,b", "a in ()", "a=,b"],
  allows: only(SelectorError),
  run(input) {
    const query = parseLabelSelector(input.toString("utf8"));
    const again = parseLabelSelector(String(query));
    assert.deepEqual(again.requirements, query.requirements, `${query} is read as another selector`);
    for (const labels of LABELS) assert.equal(again.matches(labels), query.matches(labels));
    return query.requirements
      .map(({ operator }) => operator)
      .join(" ")
      .slice(0, 40);
  },
};

export const labelSelectorObject: Target = {
  name: "label-selector-object",
  text: true,
  words: [
    '"matchLabels":{',
    '"matchExpressions":[',
    '{"key":"a","operator":"In","values":["b"]}',
    '"Exists"',
    '"NotIn"',
    '"DoesNotExist"',
  ],
  seeds: () => ['{"matchLabels":{"a":"b"},"matchExpressions":[{"key":"x","operator":"In","values":["1","2"]}]}', "{}"],
  allows: only(SelectorError, SyntaxError),
  run(input) {
    const value: unknown = JSON.parse(input.toString("utf8"));
    const isSelector = (one: unknown): one is Parameters<typeof labelQueryOf>[0] => {
      if (typeof one !== "object" || one === null) return false;
      const { matchLabels = {}, matchExpressions = [] } = one as { matchLabels?: unknown; matchExpressions?: unknown };
      return (
        typeof matchLabels === "object" &&
        matchLabels !== null &&
        Object.values(matchLabels).every((label) => typeof label === "string") &&
        Array.isArray(matchExpressions) &&
        matchExpressions.every(
          (term) =>
            typeof (term as { key?: unknown } | null)?.key === "string" &&
            typeof (term as { operator?: unknown }).operator === "string" &&
            isTexts((term as { values?: unknown }).values),
        )
      );
    };
    if (!isSelector(value)) return "no selector";
    const query = labelQueryOf(value);
    for (const labels of LABELS) query.matches(labels);
    return String(query.requirements.length);
  },
};

const isTexts = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.every((one) => typeof one === "string"));

export const fieldSelector: Target = {
  name: "field-selector",
  text: true,
  words: ["=", "==", "!=", "\\", "\\,", "\\=", ",", "metadata.name", "status.phase", "spec.nodeName"],
  seeds: () => [
    "metadata.name=a",
    "status.phase!=Running,spec.nodeName=",
    "a\\=b==c\\,d",
    "metadata.namespace=x,metadata.name==y",
  ],
  allows: only(SelectorError),
  run(input) {
    const text = input.toString("utf8");
    const query = parseFieldSelector(text);
    // Terms are sorted as they are written, escapes and all: their order says nothing.
    const again = parseFieldSelector(String(query)).terms;
    assert.deepEqual(sorted(again), sorted(query.terms), `${query} is read as another selector`);
    query.matches({ "metadata.name": "a" });
    for (const kind of kinds) fieldQueryFor(kind, text);
    return String(query.terms.length);
  },
};

const sorted = (terms: readonly object[]): string[] => terms.map((term) => JSON.stringify(term)).sort();
