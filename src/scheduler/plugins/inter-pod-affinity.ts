// InterPodAffinity: near which pods a pod must or would like to be, and which it keeps away from; what placed pods
// forbid holds for newcomers too. It refuses to count pods itself: sums over nodes come from tally.ts.
import type { PodAffinityTerm } from "../../resources/core/pod/affinity.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { ClusterEvent, Rejection } from "../plugin.ts";
import { MAX_SCORE, plugin, rejected, unresolvable } from "../plugin.ts";
import type { PodTerm } from "../pod-terms.ts";
import { podTerm, termMatches } from "../pod-terms.ts";
import type { Related } from "../related.ts";
import type { PodInfo } from "../node-info.ts";
import type { Snapshot } from "../snapshot.ts";
import type { PodSelection } from "../tally.ts";

/** How many pods that matter each place has; -1 in `of` is a node in no place. */
interface Near {
  readonly of: Int32Array;
  readonly pods: Float64Array;
}

interface State {
  readonly affinity: readonly Near[];
  /** Nobody meets the affinity yet and the pod itself does: it may be the first. */
  readonly mayBeFirst: boolean;
  readonly antiAffinity: readonly Near[];
  /** What placed pods forbid, one for each label of nodes. */
  readonly forbidden: readonly Near[];
}

interface Required {
  readonly affinity: readonly PodTerm[];
  readonly antiAffinity: readonly PodTerm[];
}
const NO_TERMS: Required = { affinity: [], antiAffinity: [] };
const known = new WeakMap<Pod, Required>();

/** What the pod demands. Pods are frozen: their terms are read once, for events ask again and again. */
function requiredOf(pod: Pod): Required {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  if (!podAffinity && !podAntiAffinity) return NO_TERMS;
  let required = known.get(pod);
  if (!required) {
    const read = (terms: readonly PodAffinityTerm[] | undefined) =>
      (terms ?? []).map((one) => podTerm(one, pod.metadata.namespace ?? ""));
    required = {
      affinity: read(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
      antiAffinity: read(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    };
    known.set(pod, required);
  }
  return required;
}

/** Pods that all of the terms speak of. The key names the namespaces that match now. */
function selectionOf(terms: readonly PodTerm[], { namespaces }: Related): PodSelection {
  const key = terms.map((term) => {
    const { namespaceQuery } = term;
    if (namespaceQuery === undefined) return term.key;
    const selected = [...namespaces].filter(([, labels]) => namespaceQuery.matches(labels));
    return `${term.key}|${selected.map(([name]) => name).join()}`;
  });
  return { key: key.join("&"), matches: ({ pod }) => terms.every((term) => termMatches(term, pod, namespaces)) };
}

/** Adds `counts` of nodes, times a weight, to the places that a label of nodes makes. */
function addUp(near: Near, counts: Int32Array, weight: number): boolean {
  const { of, pods } = near;
  let any = false;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0 || of[i]! < 0) continue;
    pods[of[i]!]! += counts[i]! * weight;
    any = true;
  }
  return any;
}

function emptyNear(snapshot: Snapshot, topologyKey: string): Near {
  const { of, count } = snapshot.tallies.places(snapshot, topologyKey);
  return { of, pods: new Float64Array(count) };
}

function stateOf({ pod }: PodInfo, snapshot: Snapshot): State {
  const { tallies, related } = snapshot;
  const { affinity: wanted, antiAffinity: unwanted } = requiredOf(pod);
  const partners = wanted.length > 0 ? tallies.pods(snapshot, selectionOf(wanted, related)) : undefined;
  let anyPartner = false;
  const affinity = wanted.map(({ topologyKey }) => {
    const near = emptyNear(snapshot, topologyKey);
    if (addUp(near, partners!, 1)) anyPartner = true;
    return near;
  });
  const antiAffinity = unwanted.map((term) => {
    const near = emptyNear(snapshot, term.topologyKey);
    addUp(near, tallies.pods(snapshot, selectionOf([term], related)), 1);
    return near;
  });
  const forbidden = new Map<string, Near>();
  for (const { borne, counts } of tallies.terms(snapshot)) {
    if (!borne.forbids || !termMatches(borne.term, pod, related.namespaces)) continue;
    const { topologyKey } = borne.term;
    const near = forbidden.get(topologyKey) ?? emptyNear(snapshot, topologyKey);
    if (addUp(near, counts, 1)) forbidden.set(topologyKey, near);
  }
  const mayBeFirst = !anyPartner && wanted.every((term) => termMatches(term, pod, related.namespaces));
  return { affinity, mayBeFirst, antiAffinity, forbidden: [...forbidden.values()] };
}

const isNear = ({ of, pods }: Near, at: number) => of[at]! >= 0 && pods[of[at]!]! > 0;

function judge({ affinity, mayBeFirst, antiAffinity, forbidden }: State, at: number): Rejection | undefined {
  for (const near of affinity) {
    if (isNear(near, at) || (mayBeFirst && near.of[at]! >= 0)) continue;
    return unresolvable("node(s) didn't match pod affinity rules");
  }
  for (const near of antiAffinity)
    if (isNear(near, at)) return rejected("node(s) didn't match pod anti-affinity rules");
  for (const near of forbidden)
    if (isNear(near, at)) return rejected("node(s) didn't satisfy existing pods anti-affinity rules");
  return undefined;
}

/** What the pod likes and dislikes, and what placed pods think of it, for each label of nodes. */
function likings({ pod }: PodInfo, snapshot: Snapshot): readonly Near[] {
  const { tallies, related } = snapshot;
  const found = new Map<string, Near>();
  const add = (topologyKey: string, counts: Int32Array, weight: number) => {
    const near = found.get(topologyKey) ?? emptyNear(snapshot, topologyKey);
    if (addUp(near, counts, weight)) found.set(topologyKey, near);
  };
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  for (const [terms, sign] of [
    [podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, 1],
    [podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, -1],
  ] as const) {
    for (const { weight, podAffinityTerm } of terms ?? []) {
      const term = podTerm(podAffinityTerm, pod.metadata.namespace ?? "");
      add(term.topologyKey, tallies.pods(snapshot, selectionOf([term], related)), sign * weight);
    }
  }
  for (const { borne, counts } of tallies.terms(snapshot)) {
    const { forbids, weight, term } = borne;
    if (!forbids && weight !== 0 && termMatches(term, pod, related.namespaces)) add(term.topologyKey, counts, weight);
  }
  return [...found.values()];
}

function normalize(scores: Float64Array): void {
  let [min, max] = [Infinity, -Infinity];
  for (const score of scores) {
    if (score < min) min = score;
    if (score > max) max = score;
  }
  const span = max - min;
  for (let i = 0; i < scores.length; i++)
    scores[i] = span > 0 ? Math.floor(MAX_SCORE * ((scores[i]! - min) / span)) : 0;
}

/** What {@link stateOf} and {@link likings} count. */
function selectionsOf({ pod }: PodInfo, { related }: Snapshot): readonly PodSelection[] {
  const { affinity: wanted, antiAffinity: unwanted } = requiredOf(pod);
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const liked = [
    ...(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []),
  ].map(({ podAffinityTerm }) => podTerm(podAffinityTerm, pod.metadata.namespace ?? ""));
  const sets = [...(wanted.length > 0 ? [wanted] : []), ...[...unwanted, ...liked].map((term) => [term])];
  return sets.map((terms) => selectionOf(terms, related));
}

export const interPodAffinity = plugin<State | readonly Near[]>({
  name: "InterPodAffinity",
  weight: 2,
  countsPods: true,
  selections: selectionsOf,
  prepare(pod, snapshot) {
    const state = stateOf(pod, snapshot);
    const silent = state.affinity.length === 0 && state.antiAffinity.length === 0 && state.forbidden.length === 0;
    return { state, skip: silent ? "filter" : false };
  },
  filter: (_pod, _node, state, at) => judge(state as State, at),
  prepareScore(pod, snapshot) {
    const state = likings(pod, snapshot);
    return { state, skip: state.length === 0 };
  },
  score(_pod, _node, state, at) {
    let score = 0;
    for (const { of, pods } of state as readonly Near[]) if (of[at]! >= 0) score += pods[of[at]!]!;
    return score;
  },
  normalize,
  wakes: (event, pod, related) => wakes(event, pod, related),
});

function wakes(event: ClusterEvent, waiting: PodInfo, { namespaces }: Related): boolean {
  const { pod } = waiting;
  const { affinity: wanted, antiAffinity: unwanted } = requiredOf(pod);
  const isPartner = (other: PodInfo) => wanted.length > 0 && wanted.every((t) => termMatches(t, other.pod, namespaces));
  const keepsOff = (other: PodInfo) =>
    unwanted.some((t) => termMatches(t, other.pod, namespaces)) ||
    other.terms.some(({ forbids, term }) => forbids && termMatches(term, pod, namespaces));
  switch (event.type) {
    case "PodPlaced":
      return isPartner(event.pod);
    case "PodGone":
      return keepsOff(event.pod);
    case "PodChanged":
      return (!isPartner(event.old) && isPartner(event.pod)) || (keepsOff(event.old) && !keepsOff(event.pod));
    case "NodeAdded":
      return wanted.every(({ topologyKey }) => event.node.metadata.labels?.[topologyKey] !== undefined);
    case "NodeUpdated":
      return JSON.stringify(event.node.metadata.labels) !== JSON.stringify(event.old.metadata.labels);
    case "SelfChanged":
    case "RelatedChanged":
      return true;
    default:
      return false;
  }
}
