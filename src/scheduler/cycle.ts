// One scheduling cycle: a pure function of a pod and a snapshot. It places the pod or says for each node why not; it refuses to bind,
// to preempt (preemption.ts) and to word the refusal (explain.ts).
import type { Plugin, Rejection } from "./plugin.ts";
import { unresolvable } from "./plugin.ts";
import type { NodeInfo, PodInfo, Snapshot } from "./snapshot.ts";

export interface CycleOptions {
  readonly plugins: readonly Plugin[];
  /** Chooses among equally good nodes: a whole number below the given one. */
  readonly draw: (below: number) => number;
  /** Where to begin looking, so that large clusters are used evenly. */
  readonly start?: number;
}

export type CycleResult =
  | { readonly node: string; readonly examined: number }
  | { readonly rejections: ReadonlyMap<string, NodeRejection> };

export interface NodeRejection extends Rejection {
  readonly plugin: string;
}

/** A plug-in with what it worked out for this pod. */
interface Ready {
  readonly plugin: Plugin;
  readonly state: unknown;
}

/** Up to a hundred nodes all are looked at; of more a share is enough, since good ones are found early. */
export function enoughNodes(nodes: number): number {
  if (nodes <= 100) return nodes;
  const percent = Math.max(5, 50 - Math.floor(nodes / 125));
  return Math.max(100, Math.floor((nodes * percent) / 100));
}

export interface Preparation {
  readonly ready: readonly Ready[];
  readonly only: readonly { readonly plugin: string; readonly nodes: ReadonlySet<string> }[];
}

export function prepare(pod: PodInfo, snapshot: Snapshot, plugins: readonly Plugin[]): Preparation {
  const ready: Ready[] = [];
  const only: { plugin: string; nodes: ReadonlySet<string> }[] = [];
  for (const plugin of plugins) {
    const prepared = plugin.prepare?.(pod, snapshot);
    if (prepared?.only) only.push({ plugin: plugin.name, nodes: prepared.only });
    if (!prepared?.skip) ready.push({ plugin, state: prepared?.state });
  }
  return { ready, only };
}

/** Why the pod cannot go to this node, by the first plug-in that objects. */
export function objection(pod: PodInfo, node: NodeInfo, { ready, only }: Preparation, snapshot: Snapshot): NodeRejection | undefined {
  const excluding = only.filter((o) => !o.nodes.has(node.name)).map((o) => o.plugin);
  if (excluding.length > 0) return { plugin: excluding[0]!, ...unresolvable(`node(s) didn't satisfy plugin(s) [${excluding.join(" ")}]`) };
  for (const { plugin, state } of ready) {
    const rejection = plugin.filter?.(pod, node, state, snapshot);
    if (rejection) return { plugin: plugin.name, ...rejection };
  }
  return undefined;
}

export function schedule(pod: PodInfo, snapshot: Snapshot, options: CycleOptions): CycleResult {
  const { nodes } = snapshot;
  const preparation = prepare(pod, snapshot, options.plugins);
  const rejections = new Map<string, NodeRejection>();
  const feasible: NodeInfo[] = [];
  const wanted = enoughNodes(nodes.length);
  let examined = 0;
  for (; examined < nodes.length && feasible.length < wanted; examined++) {
    const node = nodes[((options.start ?? 0) + examined) % nodes.length]!;
    const rejection = objection(pod, node, preparation, snapshot);
    if (rejection) rejections.set(node.name, rejection);
    else feasible.push(node);
  }
  if (feasible.length === 0) return { rejections };
  if (feasible.length === 1) return { node: feasible[0]!.name, examined };
  return { node: best(pod, feasible, preparation.ready, snapshot, options.draw), examined };
}

function best(pod: PodInfo, nodes: readonly NodeInfo[], ready: readonly Ready[], snapshot: Snapshot, draw: CycleOptions["draw"]): string {
  const totals = new Float64Array(nodes.length);
  for (const { plugin, state } of ready) {
    if (!plugin.score) continue;
    let scores = nodes.map((node) => plugin.score!(pod, node, state, snapshot));
    if (plugin.normalize) scores = plugin.normalize(scores, pod, nodes, state);
    const weight = plugin.weight ?? 1;
    for (const [i, score] of scores.entries()) totals[i]! += score * weight;
  }
  let top = -Infinity;
  let chosen: number[] = [];
  for (const [i, total] of totals.entries()) {
    if (total > top) [top, chosen] = [total, [i]];
    else if (total === top) chosen.push(i);
  }
  return nodes[chosen[draw(chosen.length)]!]!.name;
}
