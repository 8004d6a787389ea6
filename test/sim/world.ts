// One simulated run as faults, actions and invariants see it. It refuses to decide what happens: that is run.ts.
import type { Random } from "../../src/base/random.ts";
import type { Cluster } from "./cluster.ts";
import type { Journal } from "./journal.ts";
import type { SimNode } from "./node.ts";

export interface World {
  readonly cluster: Cluster;
  readonly journal: Journal;
  /** Of faults. */
  readonly random: Random;
  /** What the run has asked for and may rely on when it judges. */
  readonly ledger: Ledger;
  /** A fault took effect (not: was armed). */
  hit(fault: string): void;
  /** A broken invariant; the run ends. */
  violated(invariant: string, what: string): void;
}

/** What the run did itself: invariants ask it before they call something wrong. */
export interface Ledger {
  /** Pod creates that happened though their writer was told otherwise, by the uid of the owner. */
  readonly lostCreates: Map<string, number>;
  /** Pods whose binding happened though the scheduler was told otherwise: `namespace/name`. */
  readonly lostBindings: Set<string>;
  /** Pods whose probes were made to fail, or whose runtime was restarted: a restart of theirs is no surprise. */
  readonly disturbed: Set<string>;
  /** Objects whose dependents were to stay: uid of the owner. */
  readonly orphaned: Set<string>;
  /** Acknowledged increments by counter, and those of unknown outcome. */
  readonly counters: Map<string, { acknowledged: number; unknown: number }>;
  /** When the faults ended; undefined while they go on. */
  calmSince: number | undefined;
}

export const emptyLedger = (): Ledger => ({
  lostCreates: new Map(),
  lostBindings: new Set(),
  disturbed: new Set(),
  orphaned: new Set(),
  counters: new Map(),
  calmSince: undefined,
});

export const pick = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)]!;

export const chance = (random: Random, part: number): boolean => random.float() < part;

/** A number from `low` up to, not including, `high`. */
export const between = (random: Random, low: number, high: number): number => low + random.below(high - low);

/** Remembers that nothing that happens to this machine's pods now is their kubelet's fault. */
export function disturb({ ledger }: World, node: SimNode): void {
  for (const { config } of node.runtime.state.sandboxes.values())
    if (config.metadata?.uid) ledger.disturbed.add(config.metadata.uid);
}
