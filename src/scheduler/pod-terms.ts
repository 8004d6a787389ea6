// Terms of pod affinity in a form that is matched often: which pods, by namespace and labels, and which label of nodes
// makes a place. It refuses to count pods (tally.ts) and to judge nodes (plugins/inter-pod-affinity.ts).
import type { PodAffinityTerm } from "../resources/core/pod/affinity.ts";
import type { Pod } from "../resources/core/pod.ts";
import { labelQueryOf } from "../schema/label-selector.ts";
import type { LabelQuery, Labels } from "../schema/label-selector.ts";

export interface PodTerm {
  /** Equal for terms that mean the same. */
  readonly key: string;
  readonly topologyKey: string;
  readonly query: LabelQuery;
  readonly namespaces: ReadonlySet<string>;
  /** Further namespaces by their labels. */
  readonly namespaceQuery: LabelQuery | undefined;
}

/** What a placed pod asks of others: it must not be near them, or likes (weight > 0) or dislikes (< 0) to be. */
export interface BorneTerm {
  /** Equal for terms that mean the same and weigh the same. */
  readonly key: string;
  readonly term: PodTerm;
  readonly forbids: boolean;
  /** What it adds to a node's score. */
  readonly weight: number;
}

/** What the required affinity of placed pods counts for newcomers that meet it. */
const HARD_AFFINITY_WEIGHT = 1;

const NO_TERMS: readonly BorneTerm[] = [];

export function podTerm(term: PodAffinityTerm, namespace: string): PodTerm {
  const query = labelQueryOf(term.labelSelector);
  const isOwn = !term.namespaces?.length && term.namespaceSelector === undefined;
  const namespaces = new Set(isOwn ? [namespace] : term.namespaces);
  const namespaceQuery = term.namespaceSelector === undefined ? undefined : labelQueryOf(term.namespaceSelector);
  const which = term.labelSelector === undefined ? "-" : `+${query}`;
  const where = `${[...namespaces].sort().join()}|${namespaceQuery === undefined ? "-" : `+${namespaceQuery}`}`;
  return {
    key: `${term.topologyKey}|${where}|${which}`,
    topologyKey: term.topologyKey,
    query,
    namespaces,
    namespaceQuery,
  };
}

/** Whether a pod is one of those that the term speaks of; `namespaces` gives the labels of namespaces. */
export function termMatches(term: PodTerm, pod: Pod, namespaces: ReadonlyMap<string, Labels>): boolean {
  const namespace = pod.metadata.namespace ?? "";
  if (!term.namespaces.has(namespace) && !term.namespaceQuery?.matches(namespaces.get(namespace))) return false;
  return term.query.matches(pod.metadata.labels);
}

export function borneTerms(pod: Pod): readonly BorneTerm[] {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  if (!podAffinity && !podAntiAffinity) return NO_TERMS;
  const borne: BorneTerm[] = [];
  const add = (one: PodAffinityTerm, forbids: boolean, weight: number) => {
    const term = podTerm(one, pod.metadata.namespace ?? "");
    borne.push({ key: `${forbids ? "!" : weight}|${term.key}`, term, forbids, weight });
  };
  for (const one of podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) add(one, true, 0);
  for (const one of podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [])
    add(one, false, HARD_AFFINITY_WEIGHT);
  for (const one of podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    add(one.podAffinityTerm, false, one.weight);
  for (const one of podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    add(one.podAffinityTerm, false, -one.weight);
  return borne;
}
