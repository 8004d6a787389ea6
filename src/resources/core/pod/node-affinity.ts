// Whether a node is one that a pod asks for by labels and fields. It refuses to look at taints and room.
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from "./affinity.ts";
import type { PodSpec } from "./spec.ts";

/** What of a node is looked at. */
export interface NodeLike {
  readonly metadata: {
    readonly name?: string | undefined;
    readonly labels?: Readonly<Record<string, string>> | undefined;
  };
}

const INTEGER = /^[+-]?[0-9]+$/;

/** One requirement; a label that is not there matches NotIn and DoesNotExist only. */
export function requirementHolds(requirement: NodeSelectorRequirement, value: string | undefined): boolean {
  const { operator, values = [] } = requirement;
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
    case "Lt": {
      const [bound = ""] = values;
      if (value === undefined || !INTEGER.test(value) || !INTEGER.test(bound)) return false;
      return operator === "Gt" ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
    }
    default:
      return false;
  }
}

/** All requirements hold. A term without any matches nothing. */
export function termMatches(term: NodeSelectorTerm, node: NodeLike): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    matchExpressions.every((one) =>
      requirementHolds(one, Object.hasOwn(labels, one.key) ? labels[one.key] : undefined),
    ) && matchFields.every((one) => requirementHolds(one, one.key === "metadata.name" ? node.metadata.name : undefined))
  );
}

/** One of the terms matches. */
export const selectorMatches = (selector: NodeSelector, node: NodeLike): boolean =>
  selector.nodeSelectorTerms.some((term) => termMatches(term, node));

/** What the pod demands of a node: its nodeSelector and the required part of its node affinity. */
export function nodeFits(spec: Pick<PodSpec, "nodeSelector" | "affinity">, node: NodeLike): boolean {
  const labels = node.metadata.labels ?? {};
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) {
    if (!Object.hasOwn(labels, key) || labels[key] !== value) return false;
  }
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || selectorMatches(required, node);
}

/** The weights of the preferred terms that match, added up; empty terms count nothing. */
export function preferenceScore(spec: Pick<PodSpec, "affinity">, node: NodeLike): number {
  let score = 0;
  for (const one of spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
    if (termMatches(one.preference, node)) score += one.weight;
  }
  return score;
}
