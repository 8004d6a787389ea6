// Runs seeds for as long as `npm test` can spare, and prints what was broken in them. It refuses to pass when one
// seed fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { Pool, runSeeds } from "./pool.ts";
import { countsText, failureText, tally } from "./report.ts";

const SPARE_MS = 55_000;
const MOST_SEEDS = 200;
const LEAST_SEEDS = 10;

test("no invariant breaks, whatever goes wrong", async (t) => {
  const totals = tally();
  const start = systemClock.monotonic();
  const pool = new Pool();
  const enough = () => totals.runs >= LEAST_SEEDS && systemClock.monotonic() - start > SPARE_MS;
  try {
    for await (const report of runSeeds(pool, { first: 1, count: MOST_SEEDS, enough })) {
      totals.add(report);
      assert.equal(report.violation, undefined, failureText(report));
      assert.ok(report.faults.length >= 20, `seed ${report.seed} saw only ${report.faults.length} faults`);
    }
  } finally {
    await pool.close();
  }
  t.diagnostic(`${Math.round((systemClock.monotonic() - start) / 1000)} s, ${pool.size} at a time`);
  t.diagnostic(countsText(totals));
});
