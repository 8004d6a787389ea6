// When a container that crashed may start again, also when somebody sets the clock meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { crashRetryAt, endedAt } from "./restart.ts";

test("an end counts from what the runtime says, and not from a time that has not come yet", () => {
  const crash: Parameters<typeof endedAt>[0] = { hash: "h", delayMs: 10_000, at: 0, told: "" };
  const end = { id: "a-0", finishedAt: 60_000 };
  assert.equal(endedAt(crash, end, 61_000), 60_000);
  assert.equal(endedAt(crash, { ...end, finishedAt: 0 }, 61_000), 61_000, "the runtime does not know");
  // Set back by a minute: the wait begins when that is noticed, and is no longer than it was.
  for (const now of [1000, 5000]) assert.equal(endedAt(crash, end, now), 1000);
  assert.equal(crashRetryAt({ failures: 0, probes: {}, crash }, endedAt(crash, end, 5000), "h"), 11_000);
  assert.equal(endedAt(crash, { ...end, id: "a-1" }, 6000), 6000, "another end");
});
