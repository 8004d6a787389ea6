// Runs stages one after the other and says what came out. It refuses to stop at the first failure.
import { couldRun } from "./skips.ts";
import type { Counts, Stage } from "./stage.ts";

export interface RunnerOptions {
  readonly print: (line: string) => void;
  /** Milliseconds from any point. */
  readonly now: () => number;
  /** Where a skip that could have run is a failure. */
  readonly strictSkips: boolean;
}

/** Returns the sum. The last line that it prints is "N passed, N failed, N skipped". */
export async function runStages(stages: readonly Stage[], options: RunnerOptions): Promise<Counts> {
  const { print, now, strictSkips } = options;
  const sum: Counts = { passed: 0, failed: 0, skipped: [] };
  const start = now();
  const seconds = (since: number) => `${((now() - since) / 1000).toFixed(1)} s`;
  for (const stage of stages) {
    const began = now();
    const { passed, failed, skipped, report } = await stage.run();
    const refused = strictSkips ? skipped.filter(({ reason }) => couldRun(reason)) : [];
    sum.passed += passed;
    sum.failed += failed + refused.length;
    sum.skipped.push(...skipped.filter((skip) => !refused.includes(skip)));
    if (passed + failed + skipped.length === 0) continue;
    if (report !== "") print(report);
    for (const { name, reason } of skipped) {
      const verdict = refused.some((skip) => skip.name === name) ? "FAILED: SKIPPED, and it could run here" : "SKIPPED";
      print(`${verdict}: ${stage.name}: ${name}: ${reason}`);
    }
    const counts = `${passed} passed, ${failed + refused.length} failed, ${skipped.length - refused.length} skipped`;
    print(`${stage.name.padEnd(12)} ${seconds(began).padStart(8)}   ${counts}`);
  }
  print(`all          ${seconds(start).padStart(8)}`);
  print(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped.length} skipped`);
  return sum;
}
