// Which pods would have to go so that a pod of higher priority finds room: a pure dry run (KEP-564's rules as v1.37
// has them). It refuses to evict: the shell does what is decided here.
import type { LabelQuery } from "../schema/label-selector.ts";
import type { NodeRejection, Preparation } from "./cycle.ts";
import { objection, prepare } from "./cycle.ts";
import { unavailable } from "./explain.ts";
import type { Plugin } from "./plugin.ts";
import type { NodeInfo, PodInfo } from "./node-info.ts";
import type { Snapshot } from "./snapshot.ts";
import { withoutPods, withPod } from "./node-info.ts";
import { nodeNamed, withNodes } from "./snapshot.ts";

const NOT_HELPFUL = "Preemption is not helpful for scheduling";
const NO_VICTIMS = "No preemption victims found for incoming pod";

/** In large clusters so many candidates are enough: this share of the nodes, at least a hundred. */
const CANDIDATES_PERCENT = 10;
const MIN_CANDIDATES = 100;

/** A PodDisruptionBudget, as far as the choice of victims heeds it. */
export interface Budget {
  readonly namespace: string;
  readonly query: LabelQuery;
  /** How many pods may go. */
  readonly allowed: number;
  /** Names of pods that are on their way out already and counted as such. */
  readonly disrupted: ReadonlySet<string>;
}

export interface Candidate {
  readonly node: string;
  /** Highest priority first. */
  readonly victims: readonly PodInfo[];
  /** How many victims a disruption budget would rather keep. */
  readonly violations: number;
}

export type PreemptionResult =
  | { readonly outcome: "found"; readonly candidate: Candidate; readonly message: string }
  /** The pod may not preempt now; what it was promised before stands. */
  | { readonly outcome: "not eligible"; readonly message: string }
  | { readonly outcome: "none"; readonly message: string };

export interface PreemptionOptions {
  readonly plugins: readonly Plugin[];
  readonly budgets: readonly Budget[];
  /** Where to begin looking in a large cluster: a whole number below the given one. */
  readonly draw: (below: number) => number;
}

/** The pods that went to it first, by priority and then by age, stay longest. */
const moreImportant = (a: PodInfo, b: PodInfo): number =>
  b.priority - a.priority ||
  compare(startOf(a), startOf(b)) ||
  compare(a.pod.metadata.name ?? "", b.pod.metadata.name ?? "");

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const startOf = ({ pod }: PodInfo) => pod.status.startTime ?? pod.metadata.creationTimestamp ?? "";

/** {@link preempting} in one go. */
export function preempt(...args: Parameters<typeof preempting>): PreemptionResult {
  const steps = preempting(...args);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * `snapshot` counts the pods that are nominated and not lower than this one as placed. A trial in a large cluster is long:
 * it stops after each small part, and the caller goes on when it likes. Nothing of the snapshot changes meanwhile.
 */
export function* preempting(
  pod: PodInfo,
  snapshot: Snapshot,
  rejections: ReadonlyMap<string, NodeRejection>,
  options: PreemptionOptions,
): Generator<void, PreemptionResult, void> {
  const refused = notEligible(pod, snapshot);
  if (refused) return { outcome: "not eligible", message: `not eligible due to ${refused}` };
  const { nodes } = snapshot;
  const preparation = prepare(pod, snapshot, options.plugins);
  const reasons: (readonly string[])[] = [];
  let candidates = 0;
  let best: Ranked | undefined;
  // Where each trial counts pods over all nodes, the least number has to do.
  const share = isCounting(preparation) ? 0 : Math.floor((nodes.length * CANDIDATES_PERCENT) / 100);
  const wanted = Math.max(MIN_CANDIDATES, share);
  const start = nodes.length > wanted ? options.draw(nodes.length) : 0;
  for (let i = 0; i < nodes.length && candidates < wanted; i++) {
    const at = (start + i) % nodes.length;
    const node = nodes[at]!;
    if (rejections.get(node.name)?.unresolvable ?? true) {
      reasons.push([NOT_HELPFUL]);
      continue;
    }
    yield;
    const tried = yield* dryRun(pod, node, { at, snapshot, preparation, budgets: options.budgets });
    if ("reasons" in tried) {
      reasons.push(tried.reasons);
      continue;
    }
    candidates++;
    const ranked = rankOf(tried);
    if (!best || better(ranked, best) < 0) best = ranked;
  }
  if (!best) return { outcome: "none", message: unavailable(nodes.length, reasons) };
  const { candidate } = best;
  const { node, victims } = candidate;
  const message = `found a potential placement for pod on node ${node}, preempting ${victims.length} victims`;
  return { outcome: "found", candidate, message };
}

function notEligible({ pod, priority }: PodInfo, snapshot: Snapshot): string | undefined {
  if (pod.spec.preemptionPolicy === "Never") return "preemptionPolicy=Never.";
  const nominated = nodeNamed(snapshot, pod.status.nominatedNodeName);
  const going = nominated?.pods.some(
    (p) => p.priority < priority && p.pod.metadata.deletionTimestamp && isPreempted(p),
  );
  return going ? "a terminating pod on the nominated node." : undefined;
}

const isPreempted = ({ pod }: PodInfo) =>
  pod.status.conditions?.some(
    (c) => c.type === "DisruptionTarget" && c.status === "True" && c.reason === "PreemptionByScheduler",
  ) ?? false;

const isCounting = ({ filters }: Preparation) => filters.some(({ plugin }) => plugin.countsPods);

interface Trial {
  readonly at: number;
  readonly snapshot: Snapshot;
  readonly preparation: Preparation;
  readonly budgets: readonly Budget[];
}

/** The fewest and least important pods of a node that have to go, or what would object even with all of them gone. */
function* dryRun(
  pod: PodInfo,
  node: NodeInfo,
  trial: Trial,
): Generator<void, Candidate | { reasons: readonly string[] }, void> {
  const { at, snapshot, preparation } = trial;
  const lower = node.pods.filter((p) => p.priority < pod.priority);
  if (lower.length === 0) return { reasons: [NO_VICTIMS] };
  const counting = isCounting(preparation);
  const objects = (candidate: NodeInfo): NodeRejection | undefined => {
    if (!counting) return objection(pod, candidate, at, preparation);
    let there: Snapshot | undefined;
    return objection(pod, candidate, at, preparation, { there: () => (there ??= withNodes(snapshot, [candidate])) });
  };
  let state = withoutPods(node, new Set(lower.map(({ uid }) => uid)));
  const still = objects(state);
  if (still) return { reasons: still.reasons };
  // Give back as many as fit: first those that a budget protects, then the others, the most important first.
  const [guarded, others] = guardedByBudgets([...lower].sort(moreImportant), trial.budgets);
  const victims: PodInfo[] = [];
  let violations = 0;
  for (const p of [...guarded, ...others]) {
    if (counting) yield;
    const back = withPod(state, p);
    if (!objects(back)) state = back;
    else {
      victims.push(p);
      if (guarded.includes(p)) violations++;
    }
  }
  return { node: node.name, victims: victims.sort(moreImportant), violations };
}

/** Which pods budgets would rather keep, if all of them had to go in this order, and the others. */
function guardedByBudgets(pods: readonly PodInfo[], budgets: readonly Budget[]): [PodInfo[], PodInfo[]] {
  const left = budgets.map(({ allowed }) => allowed);
  const guarded: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const info of pods) {
    const { namespace, name = "", labels } = info.pod.metadata;
    let breaks = false;
    for (const [i, budget] of budgets.entries()) {
      // A budget that selects everything by saying nothing is passed over here, unlike at eviction.
      if (budget.namespace !== namespace || !labels || budget.query.isEmpty || !budget.query.matches(labels)) continue;
      if (budget.disrupted.has(name)) continue;
      if (--left[i]! < 0) breaks = true;
    }
    (breaks ? guarded : others).push(info);
  }
  return [guarded, others];
}

/** A candidate with what it is compared by. */
interface Ranked {
  readonly candidate: Candidate;
  readonly top: number;
  readonly sum: number;
  readonly oldest: string;
}

function rankOf(candidate: Candidate): Ranked {
  const { victims } = candidate;
  const top = victims[0]?.priority ?? -Infinity;
  let sum = 0;
  let oldest: string | undefined;
  for (const victim of victims) {
    sum += victim.priority + 2 ** 31;
    if (victim.priority !== top) continue;
    const start = startOf(victim);
    if (oldest === undefined || start < oldest) oldest = start;
  }
  return { candidate, top, sum, oldest: oldest ?? "" };
}

/** Fewer broken budgets, then less important victims, then fewer, then younger ones. */
function better(a: Ranked, b: Ranked): number {
  return (
    a.candidate.violations - b.candidate.violations ||
    a.top - b.top ||
    a.sum - b.sum ||
    a.candidate.victims.length - b.candidate.victims.length ||
    compare(b.oldest, a.oldest)
  );
}
