// Each planted bug is found within 200 seeds, by an invariant that is meant to find it. It refuses to say what the
// simulation finds without them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { plantedBugs } from "./index.ts";
import { MOST_SEEDS, seek } from "./seek.ts";

for (const bug of plantedBugs) {
  test(`found: ${bug.name}`, async (t) => {
    const found = await seek(bug, bug.seed);
    assert.ok(found, `${MOST_SEEDS} seeds did not find it`);
    t.diagnostic(`seed ${found.seed}: ${found.invariant}: ${found.what.slice(0, 200)}`);
  });
}
