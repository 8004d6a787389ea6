// The status of a pod as this node reports it. It refuses to write it (report.ts), and to let a phase go back.
import { formatTime } from "../../base/timestamp.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { ContainerStatus } from "../../resources/core/pod/container-status.ts";
import { qosClass } from "../../resources/core/pod/qos.ts";
import { condition as conditionOf, isTerminal, withCondition } from "../../resources/core/pod/readiness.ts";
import { isPodLevelResource, podLimits, podRequests } from "../../resources/core/pod/requests.ts";
import type { PodCondition, PodStatus } from "../../resources/core/pod/status.ts";
import { podVerdicts } from "./conditions.ts";
import type { ConditionFacts } from "./conditions.ts";
import { containerStatuses, lost } from "./container-status.ts";
import type { PodPhase } from "./memory.ts";
import { phaseOf } from "./phase.ts";
import { RESIZE_CONDITIONS, allocatedPod, resizeVerdicts } from "./resize.ts";
import { aliveContainers } from "./situation.ts";
import type { Situation } from "./situation.ts";

const NOT_LOCATED = "The container could not be located when the pod was terminated";

export function podStatus(situation: Situation): PodStatus {
  const { pod, memory, desired } = situation;
  if (memory.ending?.why === "rejected") return rejectedStatus(situation);
  // An end that was reported stays as it was; only the sandbox goes on changing.
  if (isTerminal(pod)) return { ...pod.status, conditions: mergedConditions(situation, sandboxOnly(situation)) };
  let init = containerStatuses(situation, ({ role }) => role === "init" || role === "sidecar");
  let app = containerStatuses(situation, ({ role }) => role === "app");
  const ephemeral = containerStatuses(situation, ({ role }) => role === "ephemeral");
  const { phase, judged, reason, message } = phases(situation, [...init, ...app]);
  const facts = { pod, phase: judged, initStatuses: init, statuses: app, observed: situation.observed };
  const conditions = mergedConditions(situation, [
    ...podVerdicts(facts),
    ...resizeVerdicts(situation),
    ...disruptionVerdicts(situation),
  ]);
  if (phase === "Succeeded" || phase === "Failed")
    ({ init, app } = closed(memory.ending?.initialized ?? true, init, app));
  memory.phase = phase;
  const { sandbox } = situation;
  const ips = pod.spec.hostNetwork ? desired.node.ips : (sandbox?.ips ?? []);
  if (ips.length > 0) memory.podIPs = ips;
  return {
    ...kept(pod.status),
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase,
    conditions,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    ...addresses(desired.node.ips, memory.podIPs),
    startTime: pod.status.startTime ?? formatTime(memory.startTime),
    ...(init.length > 0 && { initContainerStatuses: init }),
    ...(app.length > 0 && { containerStatuses: app }),
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: ephemeral }),
    qosClass: pod.status.qosClass ?? qosClass(pod),
    ...podResources(allocatedPod(pod, memory)),
  };
}

/** What others write, or what is written once. */
function kept({
  nominatedNodeName,
  resourceClaimStatuses,
  extendedResourceClaimStatus,
}: PodStatus): Partial<PodStatus> {
  return {
    ...(nominatedNodeName !== undefined && { nominatedNodeName }),
    ...(resourceClaimStatuses !== undefined && { resourceClaimStatuses }),
    ...(extendedResourceClaimStatus !== undefined && { extendedResourceClaimStatus }),
  };
}

function rejectedStatus({ pod, memory, now }: Situation): PodStatus {
  memory.phase = "Failed";
  const { reason, message } = memory.ending!;
  return {
    ...kept(pod.status),
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase: "Failed",
    reason: reason!,
    message: `Pod was rejected: ${message}`,
    startTime: pod.status.startTime ?? formatTime(now),
    ...(pod.status.conditions && { conditions: pod.status.conditions }),
    qosClass: pod.status.qosClass ?? qosClass(pod),
  };
}

function disruptionVerdicts({ memory: { ending } }: Situation): ReturnType<typeof podVerdicts> {
  if (!ending?.disrupts) return [];
  return [{ type: "DisruptionTarget", status: "True", reason: "TerminationByKubelet", message: ending.message ?? "" }];
}

interface Phases {
  /** Reported: an end only when nothing runs any more. */
  readonly phase: PodPhase;
  /** By which the conditions are judged: before an unfinished pod is called failed. */
  readonly judged: PodPhase;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

function phases(situation: Situation, statuses: readonly ContainerStatus[]): Phases {
  const { pod, memory, plan } = situation;
  const { ending } = memory;
  const quiet =
    aliveContainers(situation).length === 0 && !plan.isDoing("sandbox", "create", "start", "stop", "findImage", "pull");
  const computed = phaseOf(pod, statuses, ending !== undefined && quiet);
  const grown = (phase: PodPhase): PodPhase => (phase === "Pending" && memory.phase === "Running" ? "Running" : phase);
  if (ending === undefined || !quiet) {
    const open = computed === "Succeeded" || computed === "Failed" ? memory.phase : grown(computed);
    return { phase: open, judged: open };
  }
  const { why, reason, message } = ending;
  if (why === "deadline") return { phase: "Failed", judged: "Failed", reason, message };
  const over = computed === "Succeeded" || computed === "Failed";
  const phase = over ? computed : "Failed";
  return {
    phase,
    judged: over ? computed : grown(computed),
    ...(why === "evicted" && phase === "Failed" && { reason, message }),
  };
}

/** Once a pod is over, containers that never ended are said to be lost; those that never could begin still wait. */
function closed(initialized: boolean, init: readonly ContainerStatus[], app: readonly ContainerStatus[]) {
  const close = (status: ContainerStatus): ContainerStatus =>
    status.state?.terminated ? status : { ...status, ready: false, state: { terminated: lost(NOT_LOCATED) } };
  const begun = init.findLastIndex(
    ({ state, lastState }) => state?.terminated || state?.running || lastState?.terminated,
  );
  return {
    init: init.map((status, i) => (i <= begun ? close(status) : status)),
    app: initialized ? app.map(close) : app,
  };
}

function sandboxOnly({ pod, observed }: Situation): ReturnType<typeof podVerdicts> {
  const facts: ConditionFacts = { pod, phase: "Failed", initStatuses: [], statuses: [], observed };
  // A sandbox that was removed since was not ready before.
  return observed.sandboxes.length === 0 ? [] : podVerdicts(facts).slice(0, 1);
}

function mergedConditions({ pod, now }: Situation, verdicts: ReturnType<typeof podVerdicts>): readonly PodCondition[] {
  const generation = pod.metadata.generation;
  const time = formatTime(now);
  // Those of a resize go when it has come about.
  const over = (type: string) => RESIZE_CONDITIONS.includes(type) && !verdicts.some((one) => one.type === type);
  let conditions: readonly PodCondition[] = (pod.status.conditions ?? []).filter(({ type }) => !over(type));
  for (const verdict of verdicts) {
    // The scheduler's own word on PodScheduled stays.
    if (verdict.type === "PodScheduled" && conditionOf(pod, "PodScheduled")?.status === "True") continue;
    conditions = withCondition(
      conditions,
      { ...verdict, ...(generation !== undefined && { observedGeneration: generation }) },
      time,
    );
  }
  return conditions;
}

function addresses(hostIPs: readonly string[], podIPs: readonly string[]): Partial<PodStatus> {
  return {
    ...(hostIPs.length > 0 && { hostIP: hostIPs[0]!, hostIPs: hostIPs.map((ip) => ({ ip })) }),
    ...(podIPs.length > 0 && { podIP: podIPs[0]!, podIPs: podIPs.map((ip) => ({ ip })) }),
  };
}

/** What the node has set aside for the pod as a whole: cpu, memory and huge pages. */
function podResources(pod: Pod): Partial<PodStatus> {
  const texts = (amounts: ReturnType<typeof podRequests>) =>
    Object.fromEntries(
      Object.entries(amounts)
        .filter(([name]) => isPodLevelResource(name))
        .map(([name, amount]) => [name, amount.toString()]),
    );
  const requests = texts(podRequests({ spec: pod.spec }, { withoutOverhead: true }));
  const limits = texts(podLimits({ spec: pod.spec }, { withoutOverhead: true }));
  const some = (list: object) => Object.keys(list).length > 0;
  return {
    ...(some(requests) && { allocatedResources: requests }),
    ...((some(requests) || some(limits)) && {
      resources: { ...(some(limits) && { limits }), ...(some(requests) && { requests }) },
    }),
  };
}
