// Runs seeds for as long as `npm test` can spare, and prints what was broken in them. It refuses to pass when one
// seed fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { countsText, failureText, tally } from "./report.ts";
import { run } from "./run.ts";

const SPARE_MS = 45_000;
const MOST_SEEDS = 200;
const LEAST_SEEDS = 10;

test("no invariant breaks, whatever goes wrong", async (t) => {
  const totals = tally();
  const start = systemClock.monotonic();
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    if (seed > LEAST_SEEDS && systemClock.monotonic() - start > SPARE_MS) break;
    const report = await run({ seed });
    totals.add(report);
    assert.equal(report.violation, undefined, failureText(report));
    assert.ok(report.faults.length >= 20, `seed ${seed} saw only ${report.faults.length} faults`);
  }
  t.diagnostic(countsText(totals));
});
