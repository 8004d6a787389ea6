// How selectors look in messages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { selectorText } from "./selector-text.ts";

test("a selector is printed as its Go type would be", () => {
  assert.equal(selectorText(undefined), "nil");
  assert.equal(
    selectorText({
      matchLabels: { b: "2", a: "1" },
      matchExpressions: [{ key: "k", operator: "In", values: ["x", "y"] }],
    }),
    "&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[x y],},},}",
  );
});
