// What every part of the test run has in common: a name, a time, counts. It refuses to print.

export interface Counts {
  passed: number;
  failed: number;
  /** What was not run, and why. */
  skipped: { name: string; reason: string }[];
}

export interface Outcome extends Counts {
  /** What a reader needs to see: failures in full, nothing of what went well. */
  readonly report: string;
}

export interface Stage {
  readonly name: string;
  run(): Promise<Outcome>;
}

export const nothing = (): Outcome => ({ passed: 0, failed: 0, skipped: [], report: "" });
