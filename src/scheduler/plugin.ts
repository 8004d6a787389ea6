// The contract of a scheduler plug-in: one reason for which a pod may not, or rather should, go to a node. It refuses
// to act: filters and scores are pure functions of pod and snapshot. The ordered list is plugins/index.ts.
import type { Node } from "../resources/core/node.ts";
import type { Related } from "./related.ts";
import type { StorageKind } from "./storage.ts";
import type { KubeObject } from "../schema/resource.ts";
import type { NodeAmounts } from "./amounts.ts";
import type { NodeInfo, PodInfo } from "./node-info.ts";
import type { Snapshot } from "./snapshot.ts";
import type { PodSelection } from "./tally.ts";

/** Why a pod cannot go to a node. */
export interface Rejection {
  /** The texts that are counted in "0/N nodes are available". */
  readonly reasons: readonly string[];
  /** No pod's removal from the node would help. */
  readonly unresolvable: boolean;
}

/** A change of the cluster that may let a waiting pod be placed. */
export type ClusterEvent =
  | { readonly type: "NodeAdded" | "NodeRemoved"; readonly node: Node }
  | { readonly type: "NodeUpdated"; readonly node: Node; readonly old: Node }
  /** Of pods that have a node: their requests, labels and ports count. */
  | { readonly type: "PodPlaced" | "PodGone"; readonly pod: PodInfo }
  | { readonly type: "PodChanged"; readonly pod: PodInfo; readonly old: PodInfo }
  /** The waiting pod itself. */
  | { readonly type: "SelfChanged"; readonly pod: PodInfo; readonly old: PodInfo }
  /** Labels of namespaces, selectors of services and workloads. */
  | { readonly type: "RelatedChanged" }
  /** Volumes, claims, classes and what drivers say. `old` is undefined for what is new, `object` for what is gone. */
  | {
      readonly type: "StorageChanged";
      readonly kind: StorageKind;
      readonly object: KubeObject | undefined;
      readonly old: KubeObject | undefined;
    };

/** What a plug-in works out once for a cycle. */
export interface Prepared<S> {
  readonly state: S;
  /** It has nothing to say about this pod: neither filter nor score, or not the one named. */
  readonly skip?: boolean | "filter" | "score" | undefined;
  /** The only nodes that can come into question; others are rejected for "didn't satisfy plugin(s) [NAME]". */
  readonly only?: ReadonlySet<string> | undefined;
  /** Why the pod cannot go to any node, whatever pods are there: the cycle ends with this text. */
  readonly refusal?: string | undefined;
}

/** Something about the pod itself is wrong, so that no node can be judged. The message is told as it is. */
export class PluginError extends Error {
  override readonly name = "PluginError";
}

export interface Plugin<S = unknown> {
  readonly name: string;
  /** Once for each cycle, before any filter. Absent: the state is undefined. */
  prepare?(pod: PodInfo, snapshot: Snapshot): Prepared<S>;
  /** Its state depends on the pods of other nodes, too: preemption prepares it anew for each set of victims. */
  readonly countsPods?: boolean;
  /** Which pods it is going to count over all nodes for this pod: they are counted beforehand, in parts. */
  selections?(pod: PodInfo, snapshot: Snapshot): readonly PodSelection[];
  /** `at` is the node's place in the snapshot. */
  filter?(pod: PodInfo, node: NodeInfo, state: S, at: number): Rejection | undefined;
  /**
   * The same out of the amounts of the node at this place: true only where `filter` has nothing to object. Whoever has
   * none is asked by `filter` for each node.
   */
  passes?(pod: PodInfo, amounts: NodeAmounts, at: number): boolean;
  /** Once before scoring, with the nodes that passed all filters, by their places. */
  prepareScore?(pod: PodInfo, snapshot: Snapshot, feasible: Int32Array): Prepared<S>;
  /** The higher the better; turned into 0–100 by `normalize` if there is one, else it is that already. */
  score?(pod: PodInfo, node: NodeInfo, state: S, at: number): number;
  /** The same out of the amounts; NaN where the node itself has to be looked at. */
  scoreBy?(pod: PodInfo, amounts: NodeAmounts, at: number): number;
  /** In place. */
  normalize?(scores: Float64Array, state: S): void;
  /** How much its score counts; 1 if left out. */
  readonly weight?: number;
  /** Whether a pod that it rejected should be tried again after this event. Absent: after any. */
  wakes?(event: ClusterEvent, pod: PodInfo, related: Related): boolean;
}

/** Erases the state's type; a plug-in gets back only what its own `prepare` made. */
export const plugin = <S>(p: Plugin<S>): Plugin => p as unknown as Plugin;

export const MAX_SCORE = 100;

export const unresolvable = (...reasons: string[]): Rejection => ({ reasons, unresolvable: true });
export const rejected = (...reasons: string[]): Rejection => ({ reasons, unresolvable: false });

/** Scores relative to the greatest one, in place: 0–100, or 100–0 when small is good. */
export function normalizeToMax(scores: Float64Array, reverse: boolean): void {
  let max = 0;
  for (const score of scores) if (score > max) max = score;
  for (let i = 0; i < scores.length; i++) {
    const scaled = max === 0 ? 0 : Math.floor((MAX_SCORE * scores[i]!) / max);
    scores[i] = reverse ? MAX_SCORE - scaled : scaled;
  }
}
