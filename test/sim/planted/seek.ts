// Looks for the first seed that finds a planted bug, by an invariant that is meant to find it. It refuses to count what
// a run without the bug finds as well.
import { run } from "../run.ts";
import type { Planted } from "./planted.ts";

/** So many seeds may pass before a planted bug is found. */
export const MOST_SEEDS = 200;

export interface Found {
  readonly seed: number;
  readonly invariant: string;
  readonly what: string;
}

/** Asks the seeds in order, `first` before all others; drift of the code may have made another one find it. */
export async function seek(bug: Planted, first?: number): Promise<Found | undefined> {
  const seeds = new Set(Array.from({ length: MOST_SEEDS }, (_, i) => i + 1));
  for (const seed of first !== undefined && seeds.has(first) ? new Set([first]).union(seeds) : seeds) {
    const { violation } = await run({ seed, plants: bug.plant() });
    if (!violation || !bug.caughtBy.includes(violation.invariant)) continue;
    const clean = await run({ seed });
    if (clean.violation?.invariant !== violation.invariant)
      return { seed, invariant: violation.invariant, what: violation.what };
  }
  return undefined;
}
