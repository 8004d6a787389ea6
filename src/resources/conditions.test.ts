// Setting conditions: the transition time is that of the status.
import assert from "node:assert/strict";
import { it } from "node:test";
import { findCondition, isTrue, removeCondition, setCondition } from "./conditions.ts";

const [first, second, third] = ["2020-01-01T00:00:00Z", "2020-01-01T00:00:01Z", "2020-01-01T00:00:02Z"];
const ready = (status: string, reason: string) => ({ type: "Ready", status, reason });

it("a new condition goes to the end, with the time of now", () => {
  const list = setCondition(
    [{ type: "Other", status: "True", lastTransitionTime: first }],
    ready("False", "a"),
    second,
  );
  assert.deepEqual(list[1], { ...ready("False", "a"), lastTransitionTime: second });
  assert.ok(isTrue(list, "Other") && !isTrue(list, "Ready") && !isTrue(list, "Absent"));
});

it("a new reason keeps the time, a new status does not", () => {
  let list = setCondition(undefined, ready("False", "a"), first);
  list = setCondition(list, ready("False", "b"), second);
  assert.deepEqual(list, [{ ...ready("False", "b"), lastTransitionTime: first }]);
  list = setCondition(list, ready("True", "b"), third);
  assert.equal(findCondition(list, "Ready")?.lastTransitionTime, third);
});

it("what says nothing new gives the same list", () => {
  const list = setCondition(undefined, ready("True", "a"), first);
  assert.equal(setCondition(list, ready("True", "a"), second), list);
  assert.notEqual(setCondition(list, { type: "Ready", status: "True" }, second), list);
});

it("removes", () => {
  const list = setCondition(undefined, ready("True", "a"), first);
  assert.deepEqual(removeCondition(list, "Ready"), []);
  assert.equal(removeCondition(list, "Other"), list);
});
