// A pod against a standard: which controls it violates, in the order in which they are told. It refuses to decide.
import { baselineChecks } from "./baseline.ts";
import type { PodLike, Violation } from "./check.ts";
import type { Standard } from "./level.ts";
import { restrictedChecks } from "./restricted.ts";

export function violations(pod: PodLike, { level, minor }: Standard): readonly Violation[] {
  if (level === "privileged") return [];
  const holds = ({ since }: { readonly since: number }) => since <= minor;
  const restricted = level === "restricted" ? restrictedChecks.filter(holds) : [];
  const replaced = new Set(restricted.map(({ replaces }) => replaces));
  const baseline = baselineChecks.filter((check) => holds(check) && !replaced.has(check.id));
  return [...baseline, ...restricted].map((check) => check.find(pod, minor)).filter((found) => found !== undefined);
}

/** `privileged (container "c" must not …), hostPort (…)`. */
export const violationsText = (found: readonly Violation[]): string =>
  found.map(({ reason, detail }) => `${reason} (${detail})`).join(", ");

/** The controls alone. */
export const reasonsText = (found: readonly Violation[]): string => found.map(({ reason }) => reason).join(", ");
