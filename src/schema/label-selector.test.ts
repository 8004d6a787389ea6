import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  EVERYTHING,
  labelQueryOf,
  labelQueryOfMap,
  NOTHING,
  parseLabelSelector,
  SelectorError,
} from "./label-selector.ts";

describe("matching", () => {
  const web = { app: "web", tier: "front", n: "5" };
  const cases: readonly (readonly [string, boolean])[] = [
    ["", true],
    ["app=web", true],
    ["app==web,tier!=back", true],
    ["other!=x", true],
    ["app in (db, web)", true],
    ["app in (db)", false],
    ["app notin (web)", false],
    ["other notin (x)", true],
    [" app  in ( web , db ) ", true],
    ["app in (,db)", false],
    ["app", true],
    ["!app", false],
    ["! other , n>4", true],
    ["n<5", false],
    ["app>1", false],
    ["other=", false],
    ["in=x", false],
    ["notin in (a)", false],
    ["toString", false],
  ];
  for (const [text, matches] of cases)
    test(text || "(empty)", () => assert.equal(parseLabelSelector(text).matches(web), matches));
  test("an empty value", () => {
    assert.ok(parseLabelSelector("a=").matches({ a: "" }) && parseLabelSelector("a in ()").matches({ a: "" }));
    assert.ok(parseLabelSelector("a in (,b)").matches({ a: "" }) && parseLabelSelector("a in (b,)").matches({ a: "" }));
  });
});

test("canonical text: by key, values sorted and once", () => {
  const text = parseLabelSelector("z notin (b,a,b),!y,x,w>1,v<2,b==c,a=b,c!=d , d in (x)").toString();
  assert.equal(text, "a=b,b==c,c!=d,d in (x),v<2,w>1,x,!y,z notin (a,b)");
  assert.equal(parseLabelSelector(text).toString(), text);
});

test("terms for an index", () => {
  assert.deepEqual(parseLabelSelector("a=b,c in (d),e in (f,g),h!=i").equals, [
    { key: "a", value: "b" },
    { key: "c", value: "d" },
  ]);
});

describe("faults, in upstream's words", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["a in (", "unable to parse requirement: found '', expected: ',', ')' or identifier"],
    [
      "n>x",
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
    ["a,", "found '', expected: identifier after ','"],
    ["a=b c", "found 'c', expected: ',' or 'end of string'"],
    ["=a", "found '=', expected: !, identifier, or 'end of string'"],
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"],
    ["a=(", "unable to parse requirement: found '(', expected: identifier"],
    ["!=a", "found '!=', expected: !, identifier, or 'end of string'"],
    ["!,a", "unable to parse requirement: found ',', expected: identifier"],
  ];
  for (const [text, message] of cases) {
    test(text, () =>
      assert.throws(
        () => parseLabelSelector(text),
        (error) => error instanceof SelectorError && error.message === message,
      ),
    );
  }
  test("keys and values are checked", () => {
    assert.throws(
      () => parseLabelSelector("a/b/c"),
      /^SelectorError: unable to parse requirement: <nil>: Invalid value: "a\/b\/c": a valid label key/,
    );
    assert.throws(
      () => parseLabelSelector(`a=${"b".repeat(64)}`),
      /values\[0\]\[a\]: Invalid value: "b+": must be no more than 63 bytes/,
    );
  });
});

describe("selectors that objects carry", () => {
  test("absent matches nothing, empty everything; of maps empty nothing", () => {
    assert.ok(
      !labelQueryOf(undefined).matches({}) && labelQueryOf({}).matches({ a: "b" }) && !labelQueryOfMap({}).matches({}),
    );
    assert.ok(!NOTHING.isEmpty && EVERYTHING.isEmpty);
  });
  test("labels and expressions", () => {
    const query = labelQueryOf({
      matchLabels: { app: "web" },
      matchExpressions: [
        { key: "tier", operator: "NotIn", values: ["b", "a"] },
        { key: "x", operator: "Exists" },
        { key: "y", operator: "DoesNotExist" },
      ],
    });
    assert.equal(query.toString(), "app=web,tier notin (a,b),x,!y");
    assert.ok(query.matches({ app: "web", x: "" }) && !query.matches({ app: "web", x: "", y: "" }));
    assert.throws(
      () => labelQueryOf({ matchExpressions: [{ key: "a", operator: "Is" }] }),
      /"Is" is not a valid label selector operator/,
    );
  });
});
