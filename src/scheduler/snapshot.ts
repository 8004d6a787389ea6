// What the scheduler knows of the cluster at one moment, so that a cycle sees one state however long it takes. Values
// never change: another state is another snapshot. It refuses to follow the cluster (cluster.ts) and to count over all
// nodes (tally.ts).
import type { NodeInfo } from "./node-info.ts";
import type { Related } from "./related.ts";
import { NO_RELATED } from "./related.ts";
import { BLOCK, Tallies } from "./tally.ts";

export interface Snapshot {
  readonly nodes: readonly NodeInfo[];
  /** One for each block of nodes: the same object only while all of them are the same values. */
  readonly stamps: readonly object[];
  /** name → place in `nodes`. Shared by snapshots of the same nodes. */
  readonly index: ReadonlyMap<string, number>;
  /** Other objects that decide: labels of namespaces, selectors of workloads. */
  readonly related: Related;
  /** Sums over all nodes, remembered from one snapshot to the next. */
  readonly tallies: Tallies;
}

/** A snapshot of these nodes, in this order. */
export function snapshotOf(
  nodes: readonly NodeInfo[],
  related: Related = NO_RELATED,
  tallies = new Tallies(),
): Snapshot {
  const stamps = Array.from({ length: Math.ceil(nodes.length / BLOCK) }, () => ({}));
  return { nodes, stamps, index: new Map(nodes.map((n, i) => [n.name, i])), related, tallies };
}

export function nodeNamed({ nodes, index }: Snapshot, name: string | undefined): NodeInfo | undefined {
  const i = name ? index.get(name) : undefined;
  return i === undefined ? undefined : nodes[i];
}

/** The same snapshot with other values of some nodes that it has. */
export function withNodes(snapshot: Snapshot, changed: Iterable<NodeInfo>): Snapshot {
  const { index, related, tallies } = snapshot;
  const nodes = snapshot.nodes.slice();
  const stamps = snapshot.stamps.slice();
  for (const node of changed) {
    const i = index.get(node.name);
    if (i === undefined) continue;
    nodes[i] = node;
    stamps[Math.floor(i / BLOCK)] = {};
  }
  return { nodes, stamps, index, related, tallies };
}
