// How long failed pods are waited out.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../resources/core/pod.ts";
import { NO_FAILURES, remainingMs, withEnded } from "./back-off.ts";

/** A pod that ended so many seconds after the epoch. */
const ended = (second: number) =>
  ({
    metadata: { name: "p" },
    spec: { containers: [] },
    status: {
      containerStatuses: [
        { state: { terminated: { exitCode: 1, finishedAt: new Date(second * 1000).toISOString() } } },
      ],
    },
  }) as unknown as Pod;

test("ten seconds, twice as long each time, ten minutes at most", () => {
  const after = (failures: number) => remainingMs({ failures, lastMs: 5000 }, 5000) / 1000;
  assert.deepEqual([0, 1, 2, 3, 6, 7, 50].map(after), [0, 10, 20, 40, 320, 600, 600]);
  assert.equal(remainingMs({ failures: 1, lastMs: 5000 }, 60_000), 0);
});

test("a success forgets the failures before it, not those after it", () => {
  const two = withEnded(NO_FAILURES, [], [ended(10), ended(20)]);
  assert.deepEqual(two, { failures: 2, lastMs: 20_000 });
  assert.deepEqual(withEnded(two, [ended(30)], [ended(25), ended(40)]), { failures: 1, lastMs: 40_000 });
  assert.deepEqual(withEnded(two, [ended(30)], []), NO_FAILURES);
  assert.equal(withEnded(two, [], []), two);
});
