// Which pods would have to go so that a pod of higher priority finds room: a pure dry run (KEP-564's rules as v1.37 has them).
// It refuses to evict: the shell does what is decided here.
import type { Plugin } from "./plugin.ts";
import type { NodeRejection } from "./cycle.ts";
import { objection, prepare } from "./cycle.ts";
import { unavailable } from "./explain.ts";
import type { NodeInfo, PodInfo, Snapshot } from "./snapshot.ts";
import { withPod, withoutPods } from "./snapshot.ts";

const NOT_HELPFUL = "Preemption is not helpful for scheduling";
const NO_VICTIMS = "No preemption victims found for incoming pod";

export interface Candidate {
  readonly node: string;
  /** Highest priority first. */
  readonly victims: readonly PodInfo[];
  /** How many victims a disruption budget would rather keep. */
  readonly violations: number;
}

export type PreemptionResult = { readonly candidate: Candidate; readonly message: string } | { readonly candidate: undefined; readonly message: string };

export interface PreemptionOptions {
  readonly plugins: readonly Plugin[];
  /** Whether evicting the pod as well as those already chosen would break a budget; see resources/policy. */
  readonly breaksBudget: (pod: PodInfo, chosen: readonly PodInfo[]) => boolean;
}

/** The pods that went to it first, by priority and then by age, stay longest. */
const moreImportant = (a: PodInfo, b: PodInfo): number =>
  b.priority - a.priority || startOf(a).localeCompare(startOf(b)) || (a.pod.metadata.name ?? "").localeCompare(b.pod.metadata.name ?? "");

const startOf = ({ pod }: PodInfo) => pod.status.startTime ?? pod.metadata.creationTimestamp ?? "";

export function preempt(pod: PodInfo, snapshot: Snapshot, rejections: ReadonlyMap<string, NodeRejection>, options: PreemptionOptions): PreemptionResult {
  const refused = notEligible(pod, snapshot);
  if (refused) return { candidate: undefined, message: `not eligible due to ${refused}` };
  const reasons: (readonly string[])[] = [];
  const candidates: Candidate[] = [];
  for (const node of snapshot.nodes) {
    if (rejections.get(node.name)?.unresolvable ?? true) {
      reasons.push([NOT_HELPFUL]);
      continue;
    }
    const tried = dryRun(pod, node, snapshot, options);
    if ("reasons" in tried) reasons.push(tried.reasons);
    else candidates.push(tried);
  }
  const [best] = candidates.sort(better);
  if (!best) return { candidate: undefined, message: unavailable(snapshot.nodes.length, reasons) };
  return { candidate: best, message: `found a potential placement for pod on node ${best.node}, preempting ${best.victims.length} victims` };
}

function notEligible({ pod, priority }: PodInfo, { byName }: Snapshot): string | undefined {
  if (pod.spec.preemptionPolicy === "Never") return "preemptionPolicy=Never.";
  const nominated = byName.get(pod.status.nominatedNodeName ?? "");
  const going = nominated?.pods.some((p) => p.priority < priority && p.pod.metadata.deletionTimestamp && isPreempted(p));
  return going ? "a terminating pod on the nominated node." : undefined;
}

const isPreempted = ({ pod }: PodInfo) => pod.status.conditions?.some((c) => c.type === "DisruptionTarget" && c.status === "True" && c.reason === "PreemptionByScheduler") ?? false;

function dryRun(pod: PodInfo, node: NodeInfo, snapshot: Snapshot, { plugins, breaksBudget }: PreemptionOptions): Candidate | { reasons: readonly string[] } {
  const lower = node.pods.filter((p) => p.priority < pod.priority);
  if (lower.length === 0) return { reasons: [NO_VICTIMS] };
  const fits = (candidate: NodeInfo): NodeRejection | undefined => {
    const nodes = snapshot.nodes.map((n) => (n.name === candidate.name ? candidate : n));
    const trial: Snapshot = { nodes, byName: new Map(snapshot.byName).set(candidate.name, candidate) };
    return objection(pod, candidate, prepare(pod, trial, plugins), trial);
  };
  let state = withoutPods(node, new Set(lower.map((p) => p.pod.metadata.uid ?? "")));
  const still = fits(state);
  if (still) return { reasons: still.reasons };
  // Give back as many as fit: first those that a budget protects, then the others, the most important first.
  const chosen: PodInfo[] = [];
  const protectedOnes: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const p of [...lower].sort(moreImportant)) {
    if (breaksBudget(p, chosen)) protectedOnes.push(p);
    else others.push(p);
    chosen.push(p);
  }
  const victims: PodInfo[] = [];
  let violations = 0;
  for (const p of [...protectedOnes, ...others]) {
    const back = withPod(state, p);
    if (!fits(back)) state = back;
    else {
      victims.push(p);
      if (protectedOnes.includes(p)) violations++;
    }
  }
  return { node: node.name, victims: victims.sort(moreImportant), violations };
}

/** Fewer broken budgets, then less important victims, then fewer, then younger ones. */
function better(a: Candidate, b: Candidate): number {
  const top = (c: Candidate) => c.victims[0]?.priority ?? -Infinity;
  const sum = (c: Candidate) => c.victims.reduce((total, v) => total + v.priority + 2 ** 31, 0);
  const oldest = (c: Candidate) => c.victims.filter((v) => v.priority === top(c)).map(startOf).sort()[0] ?? "";
  return a.violations - b.violations || top(a) - top(b) || sum(a) - sum(b) || a.victims.length - b.victims.length || oldest(b).localeCompare(oldest(a));
}
