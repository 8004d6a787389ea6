// What stands of a status while a container is replaced, and for how long.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Plan } from "./actions.ts";
import { isReplacing } from "./replacing.ts";
import type { Situation } from "./situation.ts";

const ENDED = { id: "a-0", name: "a", state: "exited", finishedAt: 1000 };

function held(
  now: number,
  memory: object,
  more: { containers?: readonly object[]; underWay?: string; ending?: object } = {},
) {
  const plan = new Plan(new Set(more.underWay === undefined ? [] : [more.underWay]));
  const situation = {
    memory: { ...(more.ending && { ending: more.ending }) },
    observed: { containers: more.containers ?? [ENDED] },
    members: [{ name: "a", memory }],
    now,
    plan,
  } as unknown as Situation;
  return [isReplacing(situation), plan.wakeAt] as const;
}

test("the end of a container that is replaced is told with the beginning of the next, or after two seconds", () => {
  const replaced = { replaced: "a-0" };
  assert.deepEqual(held(1100, replaced), [true, 3000]);
  const made = { id: "a-1", name: "a", state: "created", finishedAt: 0 };
  assert.deepEqual(held(1100, replaced, { containers: [made, ENDED] }), [true, 3000]);
  assert.deepEqual(held(1100, replaced, { containers: [{ ...made, state: "running" }, ENDED] }), [false, undefined]);
  assert.deepEqual(held(3000, replaced), [false, undefined]);
  assert.deepEqual(held(900, replaced), [false, undefined], "the clock was set back meanwhile");
});

test("nothing is held back of other ends, of what cannot go on, and of pods that end", () => {
  assert.equal(held(1100, {})[0], false);
  assert.equal(held(1100, { replaced: "" })[0], false);
  assert.equal(held(1100, { replaced: "a-0", waiting: { reason: "ErrImagePull", message: "" } })[0], false);
  assert.equal(held(1100, { replaced: "a-0" }, { underWay: "pull/a" })[0], false);
  assert.equal(held(1100, { replaced: "a-0" }, { ending: {} })[0], false);
});
