// One scheduling cycle: a pure function of a pod and a snapshot. It places the pod or says for each node why not; it
// refuses to bind, to preempt (preemption.ts) and to word the refusal (explain.ts).
import type { NodeAmounts } from "./amounts.ts";
import type { Plugin, Rejection } from "./plugin.ts";
import { unresolvable } from "./plugin.ts";
import type { NodeInfo, PodInfo } from "./node-info.ts";
import type { Snapshot } from "./snapshot.ts";

export interface CycleOptions {
  readonly plugins: readonly Plugin[];
  /** Chooses among equally good nodes: a whole number below the given one. */
  readonly draw: (below: number) => number;
  /** Where to begin looking, so that large clusters are used evenly. */
  readonly start?: number;
  /**
   * The cluster without the pods that are only nominated, where that differs: who is placed must fit in both, for the
   * nominated ones may never come.
   */
  readonly bare?: Snapshot | undefined;
}

export type CycleResult =
  | { readonly node: string; readonly examined: number }
  | { readonly rejections: ReadonlyMap<string, NodeRejection> }
  /** No node was looked at: what the plug-in says holds for all. */
  | { readonly refusal: Refusal };

export interface Refusal {
  readonly plugin: string;
  readonly text: string;
}

export interface NodeRejection extends Rejection {
  readonly plugin: string;
}

/** A plug-in with what it worked out for this pod. */
interface Ready {
  readonly plugin: Plugin;
  readonly state: unknown;
}

export interface Preparation {
  readonly filters: readonly Ready[];
  readonly scorers: readonly Ready[];
  readonly only: readonly { readonly plugin: string; readonly nodes: ReadonlySet<string> }[];
  readonly refusal?: Refusal;
}

/** Up to a hundred nodes all are looked at; of more a share is enough, since good ones are found early. */
export function enoughNodes(nodes: number): number {
  if (nodes <= 100) return nodes;
  const percent = Math.max(5, 50 - Math.floor(nodes / 125));
  return Math.max(100, Math.floor((nodes * percent) / 100));
}

export function prepare(pod: PodInfo, snapshot: Snapshot, plugins: readonly Plugin[]): Preparation {
  const filters: Ready[] = [];
  const scorers: Ready[] = [];
  const only: { plugin: string; nodes: ReadonlySet<string> }[] = [];
  for (const plugin of plugins) {
    const prepared = plugin.prepare?.(pod, snapshot);
    if (prepared?.refusal !== undefined)
      return { filters, scorers, only, refusal: { plugin: plugin.name, text: prepared.refusal } };
    if (prepared?.only) only.push({ plugin: plugin.name, nodes: prepared.only });
    if (prepared?.skip === true) continue;
    const ready = { plugin, state: prepared?.state };
    if (plugin.filter && prepared?.skip !== "filter") filters.push(ready);
    if (plugin.score && prepared?.skip !== "score") scorers.push(ready);
  }
  return { filters, scorers, only };
}

/** The same preparation for a snapshot in which other pods are placed: what does not count pods stays as it is. */
export function prepareAgain(pod: PodInfo, snapshot: Snapshot, { filters, scorers, only }: Preparation): Preparation {
  const again = filters.flatMap((ready) => {
    if (!ready.plugin.countsPods || !ready.plugin.prepare) return [ready];
    const { skip, state } = ready.plugin.prepare(pod, snapshot);
    return skip === true || skip === "filter" ? [] : [{ plugin: ready.plugin, state }];
  });
  return { filters: again, scorers, only };
}

export interface ObjectionOptions {
  /** Of the snapshot that the node is in: what passes by them is not asked any further. */
  readonly amounts?: NodeAmounts;
  /**
   * A snapshot in which other pods are placed than in the one that was prepared for; plug-ins that count pods look at it
   * when their turn comes, which it mostly does not.
   */
  readonly there?: () => Snapshot;
}

const NO_OPTIONS: ObjectionOptions = {};

/** Why the pod cannot go to this node, by the first plug-in that objects. */
export function objection(
  pod: PodInfo,
  node: NodeInfo,
  at: number,
  { filters, only }: Preparation,
  { amounts, there }: ObjectionOptions = NO_OPTIONS,
): NodeRejection | undefined {
  if (only.length > 0) {
    const excluding = only.filter((o) => !o.nodes.has(node.name)).map((o) => o.plugin);
    if (excluding.length > 0)
      return { plugin: excluding[0]!, ...unresolvable(`node(s) didn't satisfy plugin(s) [${excluding.join(" ")}]`) };
  }
  for (let i = 0; i < filters.length; i++) {
    const { plugin, state: first } = filters[i]!;
    if (amounts !== undefined && plugin.passes !== undefined && plugin.passes(pod, amounts, at)) continue;
    let state = first;
    if (there && plugin.countsPods && plugin.prepare) {
      const again = plugin.prepare(pod, there());
      if (again.skip === true || again.skip === "filter") continue;
      state = again.state;
    }
    const rejection = plugin.filter!(pod, node, state, at);
    if (rejection) return { plugin: plugin.name, reasons: rejection.reasons, unresolvable: rejection.unresolvable };
  }
  return undefined;
}

export function schedule(pod: PodInfo, snapshot: Snapshot, options: CycleOptions): CycleResult {
  const { nodes } = snapshot;
  const preparation = prepare(pod, snapshot, options.plugins);
  if (preparation.refusal && nodes.length > 0) return { refusal: preparation.refusal };
  const { bare } = options;
  const barePreparation = bare && prepareAgain(pod, bare, preparation);
  const rejections = new Map<string, NodeRejection>();
  const amounts = snapshot.tallies.amounts(snapshot);
  const quickly = { amounts };
  const wanted = enoughNodes(nodes.length);
  const feasible = new Int32Array(wanted);
  let found = 0;
  let examined = 0;
  let at = (options.start ?? 0) % Math.max(1, nodes.length);
  for (; examined < nodes.length && found < wanted; examined++) {
    const node = nodes[at]!;
    let rejection = objection(pod, node, at, preparation, quickly);
    if (!rejection && barePreparation) rejection = objection(pod, bare!.nodes[at]!, at, barePreparation);
    if (rejection) rejections.set(node.name, rejection);
    else feasible[found++] = at;
    if (++at === nodes.length) at = 0;
  }
  if (found === 0) return { rejections };
  if (found === 1) return { node: nodes[feasible[0]!]!.name, examined };
  const there = { snapshot, amounts, draw: options.draw };
  const chosen = best(pod, feasible.subarray(0, found), preparation.scorers, there);
  return { node: nodes[chosen]!.name, examined };
}

/** The place of a node with the highest sum of weighted scores. */
function best(
  pod: PodInfo,
  feasible: Int32Array,
  scorers: readonly Ready[],
  { snapshot, amounts, draw }: { snapshot: Snapshot; amounts: NodeAmounts; draw: CycleOptions["draw"] },
): number {
  const { nodes } = snapshot;
  const totals = new Float64Array(feasible.length);
  const scores = new Float64Array(feasible.length);
  for (const { plugin, state: first } of scorers) {
    let state = first;
    if (plugin.prepareScore) {
      const prepared = plugin.prepareScore(pod, snapshot, feasible);
      if (prepared.skip) continue;
      state = prepared.state;
    }
    const weight = plugin.weight ?? 1;
    for (let i = 0; i < feasible.length; i++) {
      const at = feasible[i]!;
      const quick = plugin.scoreBy?.(pod, amounts, at) ?? NaN;
      scores[i] = Number.isNaN(quick) ? plugin.score!(pod, nodes[at]!, state, at) : quick;
    }
    plugin.normalize?.(scores, state);
    for (let i = 0; i < feasible.length; i++) totals[i]! += scores[i]! * weight;
  }
  let top = -Infinity;
  let equals = 0;
  for (let i = 0; i < totals.length; i++) {
    if (totals[i]! > top) [top, equals] = [totals[i]!, 1];
    else if (totals[i] === top) equals++;
  }
  let nth = draw(equals);
  for (let i = 0; i < totals.length; i++) if (totals[i] === top && nth-- === 0) return feasible[i]!;
  throw new Error(`a draw below ${equals} gave something else`);
}
