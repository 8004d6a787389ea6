// Resizing a pod in place: what was asked for, what this node has set aside (allocated), and what the running containers have
// (actual). It refuses to judge whether there is room: that is told as `desired.resize`.
import { semanticEqual } from "../../schema/equality.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { Container } from "../../resources/core/pod/container.ts";
import { ResourceRequirements } from "../../resources/core/pod/resources.ts";
import type { Verdict } from "./conditions.ts";
import { allContainers } from "./containers.ts";
import type { Memory } from "./memory.ts";
import { memoryOf } from "./memory.ts";
import type { Outcome } from "./observed.ts";
import { graceSecondsOf } from "./situation.ts";
import type { Member, Situation } from "./situation.ts";
import { stopContainer } from "./ending.ts";

/** How often a resize that waits for room, or that failed, is tried again. */
const RETRY_MS = 5000;

export const RESIZE_CONDITIONS: readonly string[] = ["PodResizePending", "PodResizeInProgress"];

const same = (a: ResourceRequirements | undefined, b: ResourceRequirements | undefined): boolean =>
  semanticEqual(ResourceRequirements, amounts(a), amounts(b));

/** Of what can be resized; the rest of a container's resources never changes. */
const amounts = (one: ResourceRequirements | undefined): ResourceRequirements => ({
  requests: only(one?.requests),
  limits: only(one?.limits),
});
const only = (list: Readonly<Record<string, string>> | undefined) =>
  Object.fromEntries(Object.entries(list ?? {}).filter(([name]) => name === "cpu" || name === "memory"));

const isResizable = ({ role }: Pick<Member, "role">): boolean => role === "app" || role === "sidecar";

/** The pod as this node has granted it: what its containers and groups are made by. */
export function allocatedPod(pod: Pod, memory: Memory): Pod {
  if (allContainers(pod).every(({ spec }) => memory.containers[spec.name]?.allocated === undefined)) return pod;
  const of = (list: readonly Container[]) =>
    list.map((one) => ({ ...one, resources: memory.containers[one.name]?.allocated ?? one.resources ?? {} }));
  const { containers, initContainers } = pod.spec;
  return {
    ...pod,
    spec: { ...pod.spec, containers: of(containers), ...(initContainers && { initContainers: of(initContainers) }) },
  };
}

/** Whether it asks for other amounts than it was granted. */
export const wantsResize = (pod: Pod, memory: Memory): boolean =>
  allContainers(pod).some(({ role, spec }) => {
    const granted = memory.containers[spec.name]?.allocated;
    return isResizable({ role }) && granted !== undefined && !same(granted, spec.resources);
  });

export function resize(situation: Situation): void {
  for (const member of situation.members) if (isResizable(member)) recall(situation, member);
  allocate(situation);
  actuate(situation);
}

/** A new container gets what is asked for; one that was there before this kubelet has what its status says. */
function recall({ pod }: Situation, { name, spec, memory, current }: Member): void {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status;
  const reported = [...containerStatuses, ...initContainerStatuses].find((one) => one.name === name);
  const wanted = spec.resources ?? {};
  memory.allocated ??= wanted;
  if (memory.actual === undefined && current !== undefined) memory.actual = { ...wanted, ...reported?.resources };
}

/** Grants what was asked for, or says why it cannot be. */
function allocate({ pod, members, memory, desired, plan, now }: Situation): void {
  if (!wantsResize(pod, memory)) {
    delete memory.resizePending;
    return;
  }
  if (desired.resize === undefined) {
    for (const member of members) if (isResizable(member)) member.memory.allocated = member.spec.resources ?? {};
    delete memory.resizePending;
    delete memory.resizeError;
    memory.resizing = true;
    return plan.event("Normal", "ResizeStarted", `Pod resize started: ${summary(pod)}`);
  }
  const { reason, message } = desired.resize;
  const told = memory.resizePending;
  memory.resizePending = { reason, message };
  if (told?.reason !== reason || told.message !== message) {
    plan.event("Warning", `Resize${reason}`, `Pod resize ${reason}: ${summary(pod, message)}`);
  }
  if (reason === "Deferred") plan.wake(now + RETRY_MS);
}

function summary(pod: Pod, error?: string): string {
  const containers = allContainers(pod)
    .filter(isResizable)
    .map(({ spec: { name, resources } }) => ({
      name,
      resources: { limits: resources?.limits, requests: resources?.requests },
    }));
  return JSON.stringify({ containers, generation: pod.metadata.generation, ...(error !== undefined && { error }) });
}

/** Brings the running containers to what was granted: by the runtime, or by ending those that want to be started anew. */
function actuate(situation: Situation): void {
  const { members, memory, plan, now, pod } = situation;
  const behind = members.filter(
    (one) => isResizable(one) && one.memory.actual !== undefined && !same(one.memory.actual, one.memory.allocated),
  );
  const running = behind.filter((one) => one.running && one.memory.stop?.id !== one.current!.id);
  if (behind.length === 0) {
    if (memory.resizing)
      plan.event("Normal", "ResizeCompleted", `Pod resize completed: ${summary(allocatedPod(pod, memory))}`);
    delete memory.resizing;
    delete memory.resizeError;
    return;
  }
  memory.resizing = true;
  for (const member of running.filter(wantsRestart)) {
    member.memory.replaced = member.current!.id;
    stopContainer(situation, member, graceSecondsOf(pod), `Container ${member.name} resize requires restart`);
  }
  const containers = running
    .filter((one) => !wantsRestart(one))
    .map(({ name, current, memory: { allocated } }) => ({ name, id: current!.id, resources: allocated! }));
  if (containers.length === 0) return;
  const retryAt = memory.resizeError?.retryAt ?? 0;
  if (retryAt > now) return plan.wake(retryAt);
  plan.act({ do: "resize", containers });
}

/** Whether a resource that changes is one whose policy asks for a restart. */
function wantsRestart({ spec, memory: { actual, allocated } }: Member): boolean {
  return (spec.resizePolicy ?? []).some(({ resourceName: name, restartPolicy }) => {
    if (restartPolicy !== "RestartContainer") return false;
    const of = (one: ResourceRequirements | undefined): ResourceRequirements => ({
      requests: pick(one?.requests, name),
      limits: pick(one?.limits, name),
    });
    return !same(of(actual), of(allocated));
  });
}

const pick = (list: Readonly<Record<string, string>> | undefined, name: string) =>
  list?.[name] === undefined ? {} : { [name]: list[name] };

export function learnResize({ memory, now, plan }: Situation, { action, failed }: Outcome): void {
  if (action.do !== "resize") return;
  if (failed) {
    memory.resizeError = { message: failed.message, retryAt: now + RETRY_MS };
    return plan.event("Warning", "ResizeError", `Pod resize error: ${failed.message}`);
  }
  delete memory.resizeError;
  for (const { name, id, resources } of action.containers) {
    const own = memoryOf(memory, name);
    if (own.id === id) own.actual = resources;
  }
}

/** The conditions of a resize that has not come about; none otherwise. */
export function resizeVerdicts({ memory }: Situation): readonly Verdict[] {
  const { resizePending, resizing, resizeError } = memory;
  const error = resizeError && { reason: "Error", message: resizeError.message };
  return [
    ...(resizePending ? [{ type: "PodResizePending", status: "True", ...resizePending } as const] : []),
    ...(resizing ? [{ type: "PodResizeInProgress", status: "True", ...error } as const] : []),
  ];
}
