// Each planted bug is found within 200 seeds, by an invariant that is meant to find it. It refuses to count what a
// run without the bug finds as well.
import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../run.ts";
import { plantedBugs } from "./index.ts";
import type { Planted } from "./planted.ts";

const MOST_SEEDS = 200;

for (const bug of plantedBugs) {
  test(`found: ${bug.name}`, async (t) => {
    const found = await seek(bug);
    assert.ok(found, `${MOST_SEEDS} seeds did not find it`);
    t.diagnostic(`seed ${found.seed}: ${found.invariant}: ${found.what.slice(0, 200)}`);
  });
}

async function seek(bug: Planted): Promise<{ seed: number; invariant: string; what: string } | undefined> {
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    const { violation } = await run({ seed, plants: bug.plant() });
    if (!violation || !bug.caughtBy.includes(violation.invariant)) continue;
    const clean = await run({ seed });
    if (clean.violation?.invariant !== violation.invariant) return { seed, ...violation };
  }
  return undefined;
}
