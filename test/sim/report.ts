// Runs in words: what broke, and what was broken. It refuses to decide what is a failure.
import type { Found } from "./planted/seek.ts";
import type { Report } from "./run.ts";

export interface Tally {
  runs: number;
  writes: number;
  virtualMs: number;
  /** Of the seed that saw the fewest. */
  fewestFaults: number;
  readonly faults: Map<string, number>;
  readonly failures: { readonly seed: number; readonly invariant: string }[];
  /** How long the cluster took to come to rest, the longest. */
  settledMs: number;
  /** What became of each seed's events, by seed. */
  readonly hashes: Map<number, string>;
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
    settledMs: 0,
    hashes: new Map(),
    add({ seed, faults, writes, virtualMs, settledMs = 0, violation, hash }) {
      this.settledMs = Math.max(this.settledMs, settledMs);
      this.hashes.set(seed, hash);
      this.runs++;
      this.writes += writes;
      this.virtualMs += virtualMs;
      if (violation === undefined) this.fewestFaults = Math.min(this.fewestFaults, faults.length);
      else this.failures.push({ seed, invariant: violation.invariant });
      for (const name of faults) this.faults.set(name, (this.faults.get(name) ?? 0) + 1);
    },
  };
}

export function countsText({ runs, writes, virtualMs, fewestFaults, settledMs, faults, failures }: Tally): string {
  const counts = [...faults]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `  ${String(count).padStart(6)} ${name}`);
  const failed = failures.map(({ seed, invariant }) => `  seed ${seed}: ${invariant}`);
  const minutes = Math.round(virtualMs / 60_000);
  return [
    `${runs} seeds, ${minutes} minutes of virtual time, ${writes} writes, at rest at most ${Math.round(settledMs / 1000)} s after the last fault`,
    `faults, at least ${fewestFaults} a seed:`,
    ...counts,
    ...(failed.length > 0 ? [`${failed.length} failed:`, ...failed] : ["no invariant was broken"]),
  ].join("\n");
}

/** Which seed found which planted bug. */
export function plantedText(found: ReadonlyMap<string, Found | undefined>): string {
  const lines = [...found].map(([name, one]) =>
    one ? `  seed ${String(one.seed).padStart(3)} ${name}: ${one.invariant}` : `  not found: ${name}`,
  );
  const count = [...found.values()].filter((one) => one !== undefined).length;
  return [`${count} of ${found.size} planted bugs were found:`, ...lines].join("\n");
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
