// A pod that is being ended: why, by when, what is stopped in which order, and what is cleaned up after. It refuses to
// start anything.
//
// App, init and ephemeral containers stop together; then the sidecars, last first; then the sandbox, and when the pod
// is to go, its volumes and at last its object.
import type { Pod } from "../../resources/core/pod.ts";
import { isTerminal } from "../../resources/core/pod/readiness.ts";
import { clear, wasStopped } from "./clearing.ts";
import { deadlineOf } from "./deadline.ts";
import type { Ending } from "./memory.ts";
import { isAlive } from "./observed.ts";
import { aliveContainers, graceSecondsOf } from "./situation.ts";
import type { Member, Situation } from "./situation.ts";

export const DEADLINE_MESSAGE = "Pod was active on the node longer than the specified deadline";
/** What a container gets at the least when its time is up. */
const SHORTEST_GRACE_SECONDS = 2;

/** Starts or hastens the end if something demands it. */
export function decideEnding(situation: Situation): void {
  const { desired, pod, memory, now, plan } = situation;
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  if (desired.rejected) beginEnding(situation, { why: "rejected", ...desired.rejected, graceSeconds: 0 });
  if (desired.gone || deletionTimestamp !== undefined) {
    beginEnding(situation, { why: "deleted", graceSeconds: deletionGracePeriodSeconds ?? graceSecondsOf(pod) });
    memory.ending!.deleted = true;
  }
  if (desired.gone) memory.ending!.gone = true;
  if (desired.evicted) {
    if (!memory.ending) plan.event("Warning", desired.evicted.reason, desired.evicted.message);
    beginEnding(situation, { why: "evicted", ...desired.evicted });
  }
  if (isTerminal(pod)) beginEnding(situation, { why: "done" });
  if (memory.ending) return;
  const deadline = deadlineOf(situation);
  if (deadline === undefined || deadline === Infinity) return;
  if (now < deadline) return plan.wake(deadline);
  plan.event("Normal", "DeadlineExceeded", DEADLINE_MESSAGE);
  beginEnding(situation, { why: "deadline", reason: "DeadlineExceeded", message: DEADLINE_MESSAGE });
}

/** The first reason counts; a grace period can only get shorter. */
export function beginEnding(situation: Situation, ending: Pick<Ending, "why"> & Partial<Ending>): void {
  const { memory, pod, now } = situation;
  const graceSeconds = ending.graceSeconds ?? graceSecondsOf(pod);
  const before = memory.ending;
  if (before === undefined) {
    memory.ending = { ...ending, graceSeconds, since: now, initialized: wasInitialized(pod) };
    for (const container of Object.values(memory.containers)) delete container.starting;
  } else if (graceSeconds < before.graceSeconds) {
    before.graceSeconds = graceSeconds;
  }
}

/** By the last report: an app container had begun, or the last init container was done. */
function wasInitialized({ spec, status }: Pod): boolean {
  if (!spec.initContainers?.length) return true;
  if (status.containerStatuses?.some(({ state, lastState }) => lastState?.terminated || (state && !state.waiting)))
    return true;
  const last = status.initContainerStatuses?.at(-1);
  if (spec.initContainers.at(-1)!.restartPolicy === "Always") return last?.started === true;
  return last?.state?.terminated?.exitCode === 0 || last?.lastState?.terminated?.exitCode === 0;
}

/** How long the news of a pod's deletion may take before it is asked for again. */
const DELETED_AGAIN_MS = 10_000;

/** One step of the end. Answers whether nothing is left to do for ever. */
export function end(situation: Situation): boolean {
  const { plan, memory, now } = situation;
  const ending = memory.ending!;
  if (aliveContainers(situation).length > 0) stopAll(situation);
  // What was being made when the end came is waited for, so that nothing is left behind.
  if (aliveContainers(situation).length > 0 || plan.isDoing("sandbox", "create", "start", "stop")) return false;
  if (ending.retryAt !== undefined && ending.retryAt > now) {
    plan.wake(ending.retryAt);
    return false;
  }
  return cleanUp(situation, ending);
}

function cleanUp(situation: Situation, ending: Ending): boolean {
  const { observed, plan, now, memory } = situation;
  // One that died by itself still holds its addresses.
  const unstopped = observed.sandboxes.filter(({ id, ready }) => ready || !wasStopped(memory, id));
  for (const { id } of unstopped) clear(situation, { do: "stopSandbox", id });
  if (unstopped.length > 0 || plan.isDoing("stopSandbox", "volumes")) return false;
  if (!ending.volumesRemoved) {
    plan.act({ do: "removeVolumes" });
    return false;
  }
  if (ending.gone) {
    for (const { id } of observed.sandboxes) clear(situation, { do: "removeSandbox", id });
    return observed.sandboxes.length === 0 && !plan.isDoing("removeSandbox", "deletePod");
  }
  if (!ending.deleted) return false;
  // Said to be deleted already: the watch brings the news, however late. Asked again only when it stays away.
  const again = (ending.deletedAt ?? -Infinity) + DELETED_AGAIN_MS;
  if (again > now) plan.wake(again);
  else plan.act({ do: "deletePod" });
  return false;
}

function stopAll(situation: Situation): void {
  const { memory, now, members, observed, plan } = situation;
  const { graceSeconds, since } = memory.ending!;
  const leftSeconds = Math.max(0, Math.ceil(graceSeconds - (now - since) / 1000));
  const alive = members.filter(({ current }) => current !== undefined && isAlive(current));
  const others = alive.filter(({ role }) => role !== "sidecar");
  const last = alive.at(-1);
  for (const member of others.length > 0 ? others : last ? [last] : []) {
    const text = member.memory.stop?.id === member.current!.id ? undefined : `Stopping container ${member.name}`;
    stopContainer(situation, member, others.length > 0 ? graceSeconds : leftSeconds, text);
  }
  // Left over from an older attempt, or no longer in the specification.
  for (const { id, name } of observed.containers.filter(isAlive)) {
    if (members.some(({ current }) => current?.id === id)) continue;
    plan.act({ do: "stop", container: name, id, graceSeconds: SHORTEST_GRACE_SECONDS, preStop: false });
  }
}

/** Asks a container to end; a shorter grace period than before replaces it. `text`: the event, if it is to be told. */
export function stopContainer(
  { plan, now }: Situation,
  { memory, name, current }: Member,
  graceSeconds: number,
  text: string | undefined,
): void {
  const { id } = current!;
  const before = memory.stop?.id === id ? memory.stop : undefined;
  if (text !== undefined) plan.event("Normal", "Killing", text, name);
  if (before === undefined) {
    memory.stop = { id, graceSeconds, deadline: now + graceSeconds * 1000 };
    return plan.act({ do: "stop", container: name, id, graceSeconds, preStop: true });
  }
  const shorter = now + graceSeconds * 1000 < before.deadline && graceSeconds < before.graceSeconds;
  if (shorter) memory.stop = { id, graceSeconds, deadline: now + graceSeconds * 1000 };
  const stop = memory.stop!;
  if (stop.retryAt !== undefined && stop.retryAt > now) return plan.wake(stop.retryAt);
  const left = Math.max(0, Math.ceil((stop.deadline - now) / 1000));
  // Under way already, unless it failed or is to be overtaken.
  if (shorter || stop.retryAt !== undefined) {
    delete stop.retryAt;
    plan.act({ do: "stop", container: name, id, graceSeconds: Math.min(left, stop.graceSeconds), preStop: false });
  }
}
