// PodTopologySpread: pods of a kind spread evenly over places (KEP-895, with minDomains and the policies for nodes,
// KEP-3022, 3094, 3243). It refuses to know what the pods are for: a pod without constraints spreads with its
// service's or workload's pods, softly.
import type { Pod } from "../../resources/core/pod.ts";
import { nodeFits } from "../../resources/core/pod/node-affinity.ts";
import type { TopologySpreadConstraint } from "../../resources/core/pod/scheduling.ts";
import { untolerated } from "../../resources/core/pod/tolerations.ts";
import { labelQueryOf } from "../../schema/label-selector.ts";
import type { LabelQuery, Labels } from "../../schema/label-selector.ts";
import type { ClusterEvent } from "../plugin.ts";
import { MAX_SCORE, plugin, rejected, unresolvable } from "../plugin.ts";
import { kindred } from "../related.ts";
import type { NodeInfo, PodInfo } from "../node-info.ts";
import type { Snapshot } from "../snapshot.ts";
import type { PodSelection } from "../tally.ts";

type Node = NodeInfo["node"];

const HOSTNAME = "kubernetes.io/hostname";

/** What applies to pods without constraints of their own. */
const DEFAULT_CONSTRAINTS = [
  { topologyKey: HOSTNAME, maxSkew: 3 },
  { topologyKey: "topology.kubernetes.io/zone", maxSkew: 5 },
];

interface Constraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly honorsAffinity: boolean;
  readonly honorsTaints: boolean;
  readonly selection: PodSelection;
  readonly matches: (labels: Labels | undefined) => boolean;
}

/** Pods of one namespace that all the queries match and that are not on their way out. */
function selectionOf(namespace: string, queries: readonly LabelQuery[]): PodSelection {
  return {
    key: `${namespace}|${queries.map((q) => (q.isEmpty ? "*" : String(q) || "-")).join("&")}`,
    matches: ({ pod: { metadata } }) =>
      metadata.namespace === namespace &&
      !metadata.deletionTimestamp &&
      queries.every((q) => q.matches(metadata.labels)),
  };
}

function constraintOf(pod: Pod, one: TopologySpreadConstraint): Constraint {
  const labels = pod.metadata.labels ?? {};
  // Keys that the pod lacks are passed over; the API server may have merged them into the selector already.
  const shared = (one.matchLabelKeys ?? []).filter((key) => labels[key] !== undefined);
  const same =
    shared.length > 0 && labelQueryOf({ matchLabels: Object.fromEntries(shared.map((key) => [key, labels[key]!])) });
  const queries = [labelQueryOf(one.labelSelector), ...(same ? [same] : [])];
  return {
    topologyKey: one.topologyKey,
    maxSkew: one.maxSkew,
    minDomains: one.minDomains ?? 1,
    honorsAffinity: (one.nodeAffinityPolicy ?? "Honor") === "Honor",
    honorsTaints: one.nodeTaintsPolicy === "Honor",
    selection: selectionOf(pod.metadata.namespace ?? "", queries),
    matches: (l) => queries.every((q) => q.matches(l)),
  };
}

const NO_CONSTRAINTS: readonly Constraint[] = [];
const known = new WeakMap<Pod, readonly Constraint[]>();

/** Pods are frozen: their constraints are read once, for events ask again and again. */
function hardOnes(pod: Pod): readonly Constraint[] {
  const all = pod.spec.topologySpreadConstraints;
  if (!all?.length) return NO_CONSTRAINTS;
  let hard = known.get(pod);
  if (!hard) {
    hard = all.filter((one) => one.whenUnsatisfiable === "DoNotSchedule").map((one) => constraintOf(pod, one));
    known.set(pod, hard);
  }
  return hard;
}

/** The constraints that only count for the score, and whether they are the pod's own. */
function softOnes(
  pod: Pod,
  { related }: Snapshot,
): { readonly constraints: readonly Constraint[]; readonly own: boolean } {
  const own = pod.spec.topologySpreadConstraints;
  if (own?.length) {
    const constraints = own
      .filter((one) => one.whenUnsatisfiable === "ScheduleAnyway")
      .map((one) => constraintOf(pod, one));
    return { constraints, own: true };
  }
  const queries = kindred(pod, related);
  if (queries.length === 0) return { constraints: [], own: false };
  const selection = selectionOf(pod.metadata.namespace ?? "", queries);
  const rest = { minDomains: 1, honorsAffinity: true, honorsTaints: false, selection, matches: () => true };
  return { constraints: DEFAULT_CONSTRAINTS.map((one) => ({ ...one, ...rest })), own: false };
}

/** Whether a node's pods count for a constraint, by its policies. */
function counts(pod: Pod, node: Node, { honorsAffinity, honorsTaints }: Constraint): boolean {
  if (honorsAffinity && !nodeFits(pod.spec, node)) return false;
  if (!honorsTaints || node.spec.taints === undefined) return true;
  return !untolerated(
    node.spec.taints,
    pod.spec.tolerations,
    (t) => t.effect === "NoSchedule" || t.effect === "NoExecute",
  );
}

/** Whether any node can be left out by the policies: otherwise nobody has to look. */
const isChoosy = (pod: Pod, { honorsAffinity, honorsTaints }: Constraint) =>
  honorsTaints ||
  (honorsAffinity && (pod.spec.nodeSelector !== undefined || pod.spec.affinity?.nodeAffinity !== undefined));

const hasKeys = (node: Node, keys: readonly Constraint[]): boolean => {
  const labels = node.metadata.labels ?? {};
  return keys.every(({ topologyKey }) => labels[topologyKey] !== undefined);
};

/** One constraint with how many pods each place has. */
interface Domains {
  readonly maxSkew: number;
  /** 1 when the pod counts itself. */
  readonly self: number;
  readonly of: Int32Array;
  readonly pods: Int32Array;
  readonly least: number;
}

function domainsOf(pod: Pod, snapshot: Snapshot, constraint: Constraint, all: readonly Constraint[]): Domains {
  const { nodes, tallies } = snapshot;
  const { of, count } = tallies.places(snapshot, constraint.topologyKey);
  const onNode = tallies.pods(snapshot, constraint.selection);
  const pods = new Int32Array(count);
  const seen = new Uint8Array(count);
  const choosy = isChoosy(pod, constraint);
  for (let i = 0; i < nodes.length; i++) {
    const place = of[i]!;
    if (place < 0) continue;
    const { node } = nodes[i]!;
    if (all.length > 1 && !hasKeys(node, all)) continue;
    if (choosy && !counts(pod, node, constraint)) continue;
    pods[place]! += onNode[i]!;
    seen[place] = 1;
  }
  let least = Infinity;
  let domains = 0;
  for (let place = 0; place < count; place++) {
    if (!seen[place]) continue;
    domains++;
    if (pods[place]! < least) least = pods[place]!;
  }
  if (domains < constraint.minDomains) least = 0;
  return { maxSkew: constraint.maxSkew, self: constraint.matches(pod.metadata.labels) ? 1 : 0, of, pods, least };
}

/** How a soft constraint weighs on each place; over hosts the nodes themselves are the places. */
interface Soft {
  /** `pods` has one number for each node, not for each place. */
  readonly byNode: boolean;
  readonly weight: number;
  readonly maxSkew: number;
  readonly of: Int32Array;
  readonly pods: Int32Array;
}
interface SoftState {
  readonly soft: readonly Soft[];
  /** 1 for nodes that lack a label of the pod's own constraints: they get nothing. */
  readonly ignored: Uint8Array | undefined;
}

function softState({ pod }: PodInfo, snapshot: Snapshot, feasible: Int32Array): SoftState {
  const { nodes, tallies } = snapshot;
  const { constraints, own } = softOnes(pod, snapshot);
  const lacks = (i: number) => own && !hasKeys(nodes[i]!.node, constraints);
  const ignored = new Uint8Array(feasible.length);
  for (let i = 0; i < feasible.length; i++) if (lacks(feasible[i]!)) ignored[i] = 1;
  const soft = constraints.map((constraint): Soft => {
    const { topologyKey, maxSkew } = constraint;
    const onNode = tallies.pods(snapshot, constraint.selection);
    if (topologyKey === HOSTNAME) {
      const size = feasible.length - ignored.reduce((sum, one) => sum + one, 0);
      const { of } = tallies.places(snapshot, topologyKey);
      return { byNode: true, weight: Math.log(size + 2), maxSkew, of, pods: onNode };
    }
    const { of, count } = tallies.places(snapshot, topologyKey);
    const wanted = new Uint8Array(count);
    let size = 0;
    for (let i = 0; i < feasible.length; i++) {
      const place = of[feasible[i]!]!;
      if (ignored[i] || place < 0 || wanted[place]) continue;
      wanted[place] = 1;
      size++;
    }
    const pods = new Int32Array(count);
    const choosy = isChoosy(pod, constraint);
    for (let i = 0; i < nodes.length; i++) {
      const place = of[i]!;
      if (place < 0 || !wanted[place] || onNode[i] === 0 || lacks(i)) continue;
      if (!choosy || counts(pod, nodes[i]!.node, constraint)) pods[place]! += onNode[i]!;
    }
    return { byNode: false, weight: Math.log(size + 2), maxSkew, of, pods };
  });
  return { soft, ignored: ignored.includes(1) ? ignoredAt(ignored, feasible, nodes.length) : undefined };
}

function ignoredAt(ignored: Uint8Array, feasible: Int32Array, length: number): Uint8Array {
  const at = new Uint8Array(length);
  for (let i = 0; i < feasible.length; i++) at[feasible[i]!] = ignored[i]!;
  return at;
}

function softScore({ soft, ignored }: SoftState, at: number): number {
  if (ignored?.[at]) return -1;
  let score = 0;
  for (const { byNode, weight, maxSkew, of, pods } of soft) {
    const place = of[at]!;
    if (place >= 0) score += pods[byNode ? at : place]! * weight + (maxSkew - 1);
  }
  return Math.round(score);
}

/** Fewer is better; what was ignored gets nothing. */
function normalize(scores: Float64Array): void {
  let [min, max] = [Infinity, 0];
  for (const score of scores) {
    if (score < 0) continue;
    if (score < min) min = score;
    if (score > max) max = score;
  }
  for (let i = 0; i < scores.length; i++) {
    if (scores[i]! < 0) scores[i] = 0;
    else scores[i] = max === 0 ? MAX_SCORE : Math.floor((MAX_SCORE * (max + min - scores[i]!)) / max);
  }
}

export const podTopologySpread = plugin<readonly Domains[] | SoftState>({
  name: "PodTopologySpread",
  weight: 2,
  countsPods: true,
  selections: ({ pod }, snapshot) =>
    [...hardOnes(pod), ...softOnes(pod, snapshot).constraints].map(({ selection }) => selection),
  prepare({ pod }, snapshot) {
    const hard = hardOnes(pod);
    const skip = hard.length === 0 ? "filter" : false;
    return { state: hard.map((constraint) => domainsOf(pod, snapshot, constraint, hard)), skip };
  },
  filter(_pod, _node, state, at) {
    for (const { maxSkew, self, of, pods, least } of state as readonly Domains[]) {
      const place = of[at]!;
      if (place < 0)
        return unresolvable("node(s) didn't match pod topology spread constraints (missing required label)");
      if (pods[place]! + self - least > maxSkew)
        return rejected("node(s) didn't match pod topology spread constraints");
    }
    return undefined;
  },
  prepareScore(pod, snapshot, feasible) {
    const state = softState(pod, snapshot, feasible);
    return { state, skip: state.soft.length === 0 };
  },
  score: (_pod, _node, state, at) => softScore(state as SoftState, at),
  normalize,
  wakes: (event, { pod }) => wakes(event, pod),
});

function wakes(event: ClusterEvent, pod: Pod): boolean {
  const hard = hardOnes(pod);
  const concerns = (other: Pod) =>
    other.metadata.namespace === pod.metadata.namespace && hard.some((c) => c.matches(other.metadata.labels));
  /** The domains that a node makes, as text. */
  const domains = (node: Node) =>
    hasKeys(node, hard)
      ? hard.map((c) => (counts(pod, node, c) ? node.metadata.labels![c.topologyKey] : "")).join("\n")
      : undefined;
  switch (event.type) {
    case "PodPlaced":
    case "PodGone":
      return concerns(event.pod.pod);
    case "PodChanged":
      return (
        concerns(event.pod.pod) !== concerns(event.old.pod) ||
        (concerns(event.pod.pod) &&
          Boolean(event.pod.pod.metadata.deletionTimestamp) !== Boolean(event.old.pod.metadata.deletionTimestamp))
      );
    case "NodeAdded":
    case "NodeRemoved":
      return hasKeys(event.node, hard);
    case "NodeUpdated":
      return domains(event.node) !== domains(event.old);
    case "SelfChanged":
      return true;
    default:
      return false;
  }
}
