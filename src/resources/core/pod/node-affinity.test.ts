// Which nodes a pod asks for.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Affinity, NodeSelectorRequirement, NodeSelectorTerm } from "./affinity.ts";
import { nodeFits, preferenceScore, requirementHolds, selectorMatches, termMatches } from "./node-affinity.ts";

const node = { metadata: { name: "n1", labels: { zone: "a", cores: "8", empty: "" } } };
type Operator = NodeSelectorRequirement["operator"];
const holds = (operator: Operator, value: string | undefined, ...values: string[]) =>
  requirementHolds({ key: "k", operator, values }, value);

test("operators, with and without the label", () => {
  assert.equal(holds("In", "a", "a", "b"), true);
  assert.equal(holds("In", undefined, "a"), false);
  assert.equal(holds("NotIn", undefined, "a"), true);
  assert.equal(holds("NotIn", "a", "a"), false);
  assert.equal(holds("Exists", ""), true);
  assert.equal(holds("DoesNotExist", undefined), true);
  assert.equal(holds("Gt", "8", "7"), true);
  assert.equal(holds("Gt", "8", "8"), false);
  assert.equal(holds("Lt", "-1", "0"), true);
  assert.equal(holds("Lt", "x", "9"), false);
  assert.equal(holds("Gt", undefined, "0"), false);
});

test("all requirements of a term, one of the terms; an empty term matches nothing", () => {
  const zone: NodeSelectorRequirement = { key: "zone", operator: "In", values: ["a"] };
  const name: NodeSelectorRequirement = { key: "metadata.name", operator: "In", values: ["n2"] };
  assert.equal(termMatches({}, node), false);
  assert.equal(termMatches({ matchExpressions: [zone] }, node), true);
  assert.equal(termMatches({ matchExpressions: [zone], matchFields: [name] }, node), false);
  assert.equal(
    selectorMatches({ nodeSelectorTerms: [{ matchFields: [name] }, { matchExpressions: [zone] }] }, node),
    true,
  );
  assert.equal(selectorMatches({ nodeSelectorTerms: [] }, node), false);
});

test("nodeSelector and required affinity both have to hold; preferences add up", () => {
  const term: NodeSelectorTerm = { matchExpressions: [{ key: "cores", operator: "Gt", values: ["4"] }] };
  const affinity: Affinity = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 3, preference: term },
        { weight: 5, preference: { matchExpressions: [{ key: "gpu", operator: "Exists" }] } },
        { weight: 7, preference: {} },
      ],
    },
  };
  assert.equal(nodeFits({}, node), true);
  assert.equal(nodeFits({ nodeSelector: { zone: "a", empty: "" }, affinity }, node), true);
  assert.equal(nodeFits({ nodeSelector: { zone: "b" }, affinity }, node), false);
  assert.equal(nodeFits({ nodeSelector: { constructor: "x" } }, node), false);
  assert.equal(preferenceScore({ affinity }, node), 3);
});
