// The contract of a scheduler plug-in: one reason for which a pod may not, or rather should, go to a node. It refuses to act: filters
// and scores are pure functions of pod and snapshot. The ordered list is plugins/index.ts.
import type { NodeInfo, PodInfo, Snapshot } from "./snapshot.ts";

/** Why a pod cannot go to a node. */
export interface Rejection {
  /** The texts that are counted in "0/N nodes are available". */
  readonly reasons: readonly string[];
  /** No pod's removal from the node would help. */
  readonly unresolvable: boolean;
}

/** A change of the cluster that may let a waiting pod be placed. */
export type ClusterEvent =
  | { readonly type: "NodeAdded" | "NodeRemoved"; readonly node: NodeInfo["node"] }
  | { readonly type: "NodeUpdated"; readonly node: NodeInfo["node"]; readonly old: NodeInfo["node"] }
  /** Of pods that have a node: their requests, labels and ports count. */
  | { readonly type: "PodPlaced" | "PodGone"; readonly pod: PodInfo["pod"] }
  | { readonly type: "PodChanged"; readonly pod: PodInfo["pod"]; readonly old: PodInfo["pod"] }
  /** The waiting pod itself. */
  | { readonly type: "SelfChanged"; readonly pod: PodInfo["pod"]; readonly old: PodInfo["pod"] };

/** What a plug-in works out once for a cycle. `skip`: it has nothing to say about this pod. */
export interface Prepared<S> {
  readonly state: S;
  readonly skip?: boolean;
  /** The only nodes that can come into question; others are rejected for "didn't satisfy plugin(s) [NAME]". */
  readonly only?: ReadonlySet<string>;
}

export interface Plugin<S = unknown> {
  readonly name: string;
  /** Once for each cycle, before any filter. Absent: the state is undefined. */
  prepare?(pod: PodInfo, snapshot: Snapshot): Prepared<S>;
  filter?(pod: PodInfo, node: NodeInfo, state: S, snapshot: Snapshot): Rejection | undefined;
  /** The higher the better; turned into 0–100 by `normalize` if there is one, else it is that already. */
  score?(pod: PodInfo, node: NodeInfo, state: S, snapshot: Snapshot): number;
  normalize?(scores: number[], pod: PodInfo, nodes: readonly NodeInfo[], state: S): number[];
  /** How much its score counts; 1 if left out. */
  readonly weight?: number;
  /** Whether a pod that it rejected should be tried again after this event. Absent: after any. */
  wakes?(event: ClusterEvent, pod: PodInfo): boolean;
}

/** Erases the state's type; a plug-in gets back only what its own `prepare` made. */
export const plugin = <S>(p: Plugin<S>): Plugin => p as unknown as Plugin;

export const MAX_SCORE = 100;

export const unresolvable = (...reasons: string[]): Rejection => ({ reasons, unresolvable: true });
export const rejected = (...reasons: string[]): Rejection => ({ reasons, unresolvable: false });

/** Scores relative to the greatest one: 0–100, or 100–0 when small is good. */
export function normalizeToMax(scores: number[], reverse: boolean): number[] {
  const max = Math.max(0, ...scores);
  if (max === 0) return scores.map(() => (reverse ? MAX_SCORE : 0));
  return scores.map((s) => {
    const scaled = Math.floor((MAX_SCORE * s) / max);
    return reverse ? MAX_SCORE - scaled : scaled;
  });
}
