// On which nodes a DaemonSet's pods belong, and what comes next on each. Pure. It refuses to act and to make pods.
import type { DaemonSet } from "../../resources/apps/daemon-set.ts";
import type { Node } from "../../resources/core/node.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { PodSpec } from "../../resources/core/pod/spec.ts";
import { nodeFits } from "../../resources/core/pod/node-affinity.ts";
import { isAvailable, isReady, isTerminating } from "../../resources/core/pod/readiness.ts";
import { untolerated } from "../../resources/core/pod/tolerations.ts";
import { scaled } from "../../resources/policy/budget.ts";

export const HASH_LABEL = "controller-revision-hash";

/** Whether a pod of this spec should be made on the node, and whether one that is there may stay. */
export function belongs(spec: PodSpec, node: Node): { readonly run: boolean; readonly stay: boolean } {
  const isElsewhere = Boolean(spec.nodeName) && spec.nodeName !== node.metadata.name;
  if (isElsewhere || !nodeFits(spec, node)) return { run: false, stay: false };
  const keepsOff = (...effects: string[]) =>
    untolerated(node.spec.taints, spec.tolerations, ({ effect }) => effects.includes(effect));
  return { run: !keepsOff("NoSchedule", "NoExecute"), stay: !keepsOff("NoExecute") };
}

/** The node that a pod is on, or is meant for. */
export function nodeOf(pod: Pod): string | undefined {
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const [field] = required?.nodeSelectorTerms[0]?.matchFields ?? [];
  return pod.spec.nodeName || (field?.key === "metadata.name" ? field.values?.[0] : undefined);
}

/** Those on a node first, then the oldest. */
export const byAge = (a: Pod, b: Pod): number => {
  const scheduled = Number(Boolean(b.spec.nodeName)) - Number(Boolean(a.spec.nodeName));
  if (scheduled) return scheduled;
  return (a.metadata.creationTimestamp ?? "") < (b.metadata.creationTimestamp ?? "") ? -1 : 1;
};

export interface Situation {
  readonly set: DaemonSet;
  /** The spec that its pods get. */
  readonly spec: PodSpec;
  readonly nodes: readonly Node[];
  /** Its pods by the name of their node. */
  readonly pods: ReadonlyMap<string, readonly Pod[]>;
  /** The hash of the newest template. */
  readonly hash: string;
  readonly now: number;
}

export interface Step {
  /** Nodes that get a pod. */
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
  /** Pods that have ended where they should run: they go too, failed ones not too often. */
  readonly ended: readonly { readonly pod: Pod; readonly node: string }[];
}

/** Makes what is missing and deletes what is too much. */
export function placement(situation: Situation): Step {
  const { set, spec, nodes, pods } = situation;
  const hasSurge = surgeOf(set, 1) > 0;
  const create: string[] = [];
  const remove: Pod[] = [];
  const ended: { pod: Pod; node: string }[] = [];
  for (const node of nodes) {
    const { name = "" } = node.metadata;
    const here = pods.get(name) ?? [];
    const { run, stay } = belongs(spec, node);
    if (run && here.length === 0) create.push(name);
    const living = here.filter((pod) => !isTerminating(pod));
    if (!stay) remove.push(...living);
    else {
      const over = living.filter(({ status }) => status.phase === "Failed" || status.phase === "Succeeded");
      ended.push(...over.map((pod) => ({ pod, node: name })));
      const running = living.filter((pod) => !over.includes(pod)).toSorted(byAge);
      // With surge nobody waits for one that leaves.
      if (hasSurge && run && here.length > 0 && running.length === 0) create.push(name);
      remove.push(...(hasSurge ? surplusBesideNew(running, situation) : running.slice(1)));
    }
  }
  return { create, remove: [...remove, ...withoutNode(situation)], ended };
}

const isOfHash = (pod: Pod, hash: string): boolean => pod.metadata.labels?.[HASH_LABEL] === hash;

/** With surge an old and a new one may be there together, for as long as the old one serves and the new one does not. */
function surplusBesideNew(running: readonly Pod[], { set, hash, now }: Situation): readonly Pod[] {
  const [fresh, ...youngerFresh] = running.filter((pod) => isOfHash(pod, hash));
  const [old, ...youngerOld] = running.filter((pod) => !isOfHash(pod, hash));
  const surplus = [...youngerFresh, ...youngerOld];
  const isReplaced = fresh && old && (!isReady(old) || isAvailable(fresh, set.spec.minReadySeconds ?? 0, now));
  return isReplaced ? [...surplus, old] : surplus;
}

/** Pods meant for nodes that are gone: nobody else would ever place or delete them. */
function withoutNode({ nodes, pods }: Situation): readonly Pod[] {
  const known = new Set(nodes.map(({ metadata }) => metadata.name ?? ""));
  return [...pods]
    .filter(([name]) => !known.has(name))
    .flatMap(([, meant]) => meant.filter((pod) => !pod.spec.nodeName && !isTerminating(pod)));
}

const surgeOf = ({ spec: { updateStrategy } }: DaemonSet, desired: number): number =>
  scaled(updateStrategy?.rollingUpdate?.maxSurge ?? 0, desired);

/** One step of a rolling update: which nodes get a new pod beside the old one, which old pods go. */
export function rollout({ set, spec, nodes, pods, hash, now }: Situation): Pick<Step, "create" | "remove"> {
  if (set.spec.updateStrategy?.type !== "RollingUpdate") return { create: [], remove: [] };
  const wanted = nodes.filter((node) => belongs(spec, node).run).length;
  const surge = surgeOf(set, wanted);
  const most =
    surge > 0 ? surge : Math.max(scaled(set.spec.updateStrategy.rollingUpdate?.maxUnavailable ?? 1, wanted), 1);
  const isUp = (pod: Pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
  /** Nodes where something is missing, or, with surge, on its way. */
  let busy = 0;
  let available = 0;
  const atOnce: { node: string; old: Pod }[] = [];
  const inTurn: { node: string; old: Pod }[] = [];
  const replaced: Pod[] = [];
  const outOfPlace: Pod[] = [];
  for (const node of nodes) {
    const { name = "" } = node.metadata;
    const { run } = belongs(spec, node);
    const all = pods.get(name) ?? [];
    if (all.length === 0 && !run) continue;
    const here = all.filter((pod) => !isTerminating(pod));
    const [fresh, ...moreFresh] = here.filter((pod) => isOfHash(pod, hash));
    const [old, ...moreOld] = here.filter((pod) => !isOfHash(pod, hash));
    const isCrowded = moreFresh.length + moreOld.length > 0;
    if (isCrowded) busy++;
    else if (surge === 0) {
      if (!old || fresh) busy += fresh && !old && isUp(fresh) ? 0 : 1;
      else (isUp(old) ? inTurn : atOnce).push({ node: name, old });
    } else {
      const first = old ?? fresh;
      if (first && isUp(first)) available++;
      if (old && fresh && isUp(fresh)) replaced.push(old);
      else if (old && fresh) busy++;
      else if (old && run) (isUp(old) ? inTurn : atOnce).push({ node: name, old });
      else if (old) (isUp(old) ? outOfPlace : replaced).push(old);
    }
  }
  // A pod that is not available is missing already.
  if (surge === 0) busy += atOnce.length;
  const chosen = [...atOnce, ...inTurn.slice(0, Math.max(most - busy, 0))];
  if (surge === 0) return { create: [], remove: chosen.map(({ old }) => old) };
  // Who should not be where it is serves on until enough others do.
  const spare = outOfPlace.slice(0, Math.max(available - wanted, 0));
  return { create: chosen.map(({ node }) => node), remove: [...replaced, ...spare] };
}
