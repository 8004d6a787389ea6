// The annotations by which a Deployment and its ReplicaSets remember revisions and sizes. Pure: they answer or give new
// maps. It refuses to write objects.
import type { Deployment } from "../../resources/apps/deployment.ts";
import type { ReplicaSet } from "../../resources/apps/replica-set.ts";

export const REVISION = "deployment.kubernetes.io/revision";
const HISTORY = "deployment.kubernetes.io/revision-history";
const DESIRED = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM = "deployment.kubernetes.io/max-replicas";

/** Annotations that a ReplicaSet does not take over from its Deployment. */
const OWN: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  HISTORY,
  DESIRED,
  MAXIMUM,
  "deprecated.deployment.rollback.to",
]);

/** The most letters that the list of earlier revisions may have. */
const HISTORY_LETTERS = 2000;

type Annotations = Readonly<Record<string, string>>;

const wholeNumber = (text: string | undefined): number | undefined =>
  text && /^-?\d+$/.test(text) ? Number(text) : undefined;

/** Revisions have 64 bits, more than a number can say. */
function revisionIn(text: string | undefined): bigint | undefined {
  const number = text && /^[+-]?\d+$/.test(text) ? BigInt(text.replace("+", "")) : undefined;
  return number === undefined || BigInt.asIntN(64, number) !== number ? undefined : number;
}

/** 0 where the annotation is absent or unreadable. */
export const revisionOfSet = (set: ReplicaSet): bigint => revisionIn(set.metadata.annotations?.[REVISION]) ?? 0n;

/** The set with the lower revision first. */
export function byRevision(a: ReplicaSet, b: ReplicaSet): number {
  const [first, second] = [revisionOfSet(a), revisionOfSet(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** One more than that of any of the sets. */
export const revisionAfter = (sets: readonly ReplicaSet[]): bigint =>
  sets.map(revisionOfSet).reduce((most, one) => (one > most ? one : most), 0n) + 1n;

export const desiredOf = (set: ReplicaSet): number | undefined => wholeNumber(set.metadata.annotations?.[DESIRED]);
export const maximumOf = (set: ReplicaSet): number | undefined => wholeNumber(set.metadata.annotations?.[MAXIMUM]);

/** With the sizes that `deployment` has now. */
export const withSizes = (annotations: Annotations | undefined, desired: number, maximum: number): Annotations => ({
  ...annotations,
  [DESIRED]: String(desired),
  [MAXIMUM]: String(maximum),
});

export const hasSizes = (set: ReplicaSet, desired: number, maximum: number): boolean =>
  set.metadata.annotations?.[DESIRED] === String(desired) && set.metadata.annotations[MAXIMUM] === String(maximum);

/**
 * The annotations of the set of the present template: those of the Deployment, and a revision that is higher than that
 * of any other set. A set that comes back remembers which revisions it was before.
 */
export function withRevision(
  annotations: Annotations | undefined,
  deployment: Deployment,
  revision: bigint,
): Annotations {
  const next: Record<string, string> = { ...annotations };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {}))
    if (!OWN.has(key)) next[key] = value;
  const before = annotations?.[REVISION];
  const number = before === undefined || before === "" ? 0n : revisionIn(before);
  if (number === undefined || number >= revision) return next;
  next[REVISION] = String(revision);
  if (before !== undefined) next[HISTORY] = withHistory(annotations?.[HISTORY], before);
  return next;
}

function withHistory(history: string | undefined, revision: string): string {
  const all = history ? history.split(",") : [];
  let letters = (history?.length ?? 0) + revision.length + 1;
  let first = 0;
  while (letters > HISTORY_LETTERS && first < all.length) letters -= all[first++]!.length + 1;
  return letters <= HISTORY_LETTERS ? [...all.slice(first), revision].join(",") : (history ?? revision);
}
