// The conditions that a kubelet reports of a pod, in upstream's words and order. It refuses to touch those of others.
import type { Pod } from "../../resources/core/pod.ts";
import type { ContainerStatus } from "../../resources/core/pod/container-status.ts";
import { condition as conditionOf } from "../../resources/core/pod/readiness.ts";
import { isSidecar } from "../../resources/core/pod/requests.ts";
import type { PodCondition } from "../../resources/core/pod/status.ts";
import type { Observed } from "./observed.ts";
import type { PodPhase } from "./memory.ts";

/** A condition before its times are known. */
export type Verdict = Pick<PodCondition, "type" | "status" | "reason" | "message">;

const holds = (type: string, reason?: string): Verdict => ({ type, status: "True", ...(reason && { reason }) });
const fails = (type: string, reason: string, message?: string): Verdict => ({
  type,
  status: "False",
  reason,
  ...(message !== undefined && { message }),
});

export interface ConditionFacts {
  readonly pod: Pod;
  readonly phase: PodPhase;
  readonly initStatuses: readonly ContainerStatus[];
  readonly statuses: readonly ContainerStatus[];
  readonly observed: Pick<Observed, "sandboxes">;
}

export function podVerdicts(facts: ConditionFacts): readonly Verdict[] {
  const containersReady = containersVerdict(facts);
  return [
    sandboxVerdict(facts),
    initializedVerdict(facts),
    readyVerdict(facts, containersReady),
    containersReady,
    holds("PodScheduled"),
  ];
}

function sandboxVerdict({ observed, pod }: ConditionFacts): Verdict {
  const type = "PodReadyToStartContainers";
  const [sandbox] = observed.sandboxes;
  if (sandbox === undefined) return fails(type, "PodSandboxNotReady", "no pod sandbox exists");
  if (!sandbox.ready) return fails(type, "PodSandboxNotReady", "pod sandbox is not ready");
  if (sandbox.ips.length === 0 && !pod.spec.hostNetwork) {
    return fails(type, "PodSandboxNotReady", "pod sandbox has no IP address");
  }
  return holds(type);
}

function initializedVerdict({ pod, phase, initStatuses }: ConditionFacts): Verdict {
  const incomplete: string[] = [];
  const unknown: string[] = [];
  for (const container of pod.spec.initContainers ?? []) {
    const status = initStatuses.find(({ name }) => name === container.name);
    if (status === undefined) unknown.push(container.name);
    else if (isSidecar(container) ? !status.started : !status.ready) incomplete.push(container.name);
  }
  if (phase === "Succeeded") return holds("Initialized", "PodCompleted");
  const parts = [
    ...(unknown.length > 0 ? [`containers with unknown status: [${unknown.join(" ")}]`] : []),
    ...(incomplete.length > 0 ? [`containers with incomplete status: [${incomplete.join(" ")}]`] : []),
  ];
  if (parts.length === 0) return holds("Initialized");
  // App containers that have begun tell that the sidecars had started once, whatever they do now.
  const plain = (pod.spec.initContainers ?? []).filter((one) => !isSidecar(one)).map(({ name }) => name);
  if (phase !== "Pending" && !incomplete.some((name) => plain.includes(name)) && unknown.length === 0) {
    return holds("Initialized");
  }
  return fails("Initialized", "ContainersNotInitialized", parts.join("; "));
}

function containersVerdict({ pod, phase, statuses, initStatuses }: ConditionFacts): Verdict {
  const type = "ContainersReady";
  if (phase === "Succeeded") return fails(type, "PodCompleted");
  if (phase === "Failed") return fails(type, "PodFailed");
  const unready: string[] = [];
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar);
  for (const { name } of sidecars) if (!initStatuses.find((one) => one.name === name)?.ready) unready.push(name);
  for (const { name } of pod.spec.containers) if (!statuses.find((one) => one.name === name)?.ready) unready.push(name);
  if (unready.length === 0) return holds(type);
  return fails(type, "ContainersNotReady", `containers with unready status: [${unready.join(" ")}]`);
}

function readyVerdict({ pod, phase }: ConditionFacts, containersReady: Verdict): Verdict {
  if (phase === "Succeeded") return fails("Ready", "PodCompleted");
  if (containersReady.status !== "True") return { ...containersReady, type: "Ready" };
  const open: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const gate = conditionOf(pod, conditionType);
    const name = `pod readiness gate "${conditionType}"`;
    if (gate === undefined) open.push(`corresponding condition of ${name} does not exist.`);
    else if (gate.status !== "True") open.push(`the status of ${name} is not "True", but ${gate.status}`);
  }
  return open.length === 0 ? holds("Ready") : fails("Ready", "ReadinessGatesNotReady", open.join(", "));
}
