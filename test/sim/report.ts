// Runs in words: what broke, and what was broken. It refuses to decide what is a failure.
import type { Report } from "./run.ts";

export interface Tally {
  runs: number;
  writes: number;
  virtualMs: number;
  /** Of the seed that saw the fewest. */
  fewestFaults: number;
  readonly faults: Map<string, number>;
  readonly failures: { readonly seed: number; readonly invariant: string }[];
  add(report: Report): void;
}

export function tally(): Tally {
  return {
    runs: 0,
    writes: 0,
    virtualMs: 0,
    fewestFaults: Infinity,
    faults: new Map(),
    failures: [],
    add({ seed, faults, writes, virtualMs, violation }) {
      this.runs++;
      this.writes += writes;
      this.virtualMs += virtualMs;
      if (violation === undefined) this.fewestFaults = Math.min(this.fewestFaults, faults.length);
      else this.failures.push({ seed, invariant: violation.invariant });
      for (const name of faults) this.faults.set(name, (this.faults.get(name) ?? 0) + 1);
    },
  };
}

export function countsText({ runs, writes, virtualMs, fewestFaults, faults, failures }: Tally): string {
  const counts = [...faults]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `  ${String(count).padStart(6)} ${name}`);
  const failed = failures.map(({ seed, invariant }) => `  seed ${seed}: ${invariant}`);
  const minutes = Math.round(virtualMs / 60_000);
  return [
    `${runs} seeds, ${minutes} minutes of virtual time, ${writes} writes, at least ${fewestFaults} faults a seed:`,
    ...counts,
    ...(failed.length > 0 ? [`${failed.length} failed:`, ...failed] : ["no invariant was broken"]),
  ].join("\n");
}

export function failureText({ seed, violation, faults, lastLines }: Report): string {
  if (violation === undefined) return `seed ${seed}: nothing broke`;
  const { invariant, what, step, atMs } = violation;
  return [
    `seed ${seed}, step ${step}, ${(atMs / 1000).toFixed(3)} s: ${invariant}`,
    `  ${what}`,
    `  faults so far: ${faults.join(", ") || "none"}`,
    ...lastLines.map((line) => `    ${line}`),
    `  again: npm run sim -- --seeds 1 --seed ${seed} --verbose`,
  ].join("\n");
}
