// A pod that should run: its volumes, its sandbox, and its containers, each as far as it can get in this step. It
// refuses to end pods (ending.ts).
import { clear, isUntouched, wasStopped } from "./clearing.ts";
import { specHash } from "./containers.ts";
import { nextImage } from "./needed-images.ts";
import { failedProbe } from "./probes-verdict.ts";
import { backOffEvent, backOffMessage, backOffShownAt, crashRetryAt, endedAt, noteRestart } from "./restart.ts";
import { beginEnding, stopContainer } from "./ending.ts";
import { graceSecondsOf } from "./situation.ts";
import type { Member, Situation } from "./situation.ts";
import { startOrder } from "./start-order.ts";

/** Volumes are brought up to date this often, for tokens; and when the pod's metadata or what they refer to has changed. */
const VOLUME_REFRESH_MS = 60_000;
const STARTING = ["findImage", "pull", "create", "start", "postStart"] as const;

export function run(situation: Situation): void {
  const { plan, sandbox } = situation;
  const order = startOrder(situation);
  if (order.initFailed || (order.appsDone && !plan.isDoing(...STARTING)))
    return beginEnding(situation, { why: "done" });
  if (!volumesReady(situation)) return;
  if (sandbox === undefined) return makeSandbox(situation);
  judgeRunning(situation, order.start.length);
  if (situation.memory.ending) return;
  for (const member of order.start) {
    // One at a time: upstream's order of events, and of pulls.
    if (plan.isDoing(...STARTING) && !isNext(situation, member)) continue;
    advance(situation, member);
  }
  removeOld(situation);
}

/** Whether the start that is under way is this one's. */
const isNext = ({ plan }: Situation, { name, memory }: Member): boolean =>
  memory.starting !== undefined && !STARTING.some((verb) => plan.isUnderWay(`${verb}/${name}`));

function volumesReady({ memory, now, plan, pod, observed }: Situation): boolean {
  const { volumes } = memory;
  const changing = pod.spec.volumes?.some((one) => one.configMap || one.secret || one.projected || one.downwardAPI);
  const metadata = JSON.stringify([pod.metadata.labels, pod.metadata.annotations]);
  const asBefore = !volumes.outdated && (!volumes.ready || volumes.metadata === metadata);
  // What was written before stays when it cannot be brought up to date; that is tried again, too.
  const regular = volumes.ready && volumes.failures === 0 ? volumes.checkedAt + VOLUME_REFRESH_MS : volumes.retryAt;
  const due = asBefore ? regular : now;
  // A kubelet that starts anew finds containers running: their volumes are there, and are looked after all the same.
  const there = volumes.ready || observed.containers.some(({ state }) => state === "running");
  if (!volumes.ready || changing) {
    if (now < due) plan.wake(due);
    else if (!plan.isUnderWay("volumes")) {
      volumes.metadata = metadata;
      delete volumes.outdated;
      plan.act({ do: "volumes" });
    }
  }
  return there;
}

function makeSandbox(situation: Situation): void {
  const { plan, observed, memory, now, pod } = situation;
  const [last] = observed.sandboxes;
  if (plan.isDoing("sandbox", "stopSandbox")) return;
  if (last && pod.spec.restartPolicy === "Never" && observed.containers.length > 0) {
    return beginEnding(situation, { why: "done" });
  }
  // One that died by itself is stopped as well: its addresses and its network are still taken.
  const alive = observed.containers.some(({ state }) => state === "running");
  if (last && (last.ready || alive || !wasStopped(memory, last.id))) {
    if (isUntouched(memory, last.id))
      plan.event("Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
    return clear(situation, { do: "stopSandbox", id: last.id });
  }
  if (memory.sandbox.retryAt > now) return plan.wake(memory.sandbox.retryAt);
  for (const container of Object.values(memory.containers)) delete container.starting;
  plan.act({ do: "sandbox", attempt: last ? last.attempt + 1 : 0 });
}

/** Ends running containers that changed or that a probe or hook found wanting. */
function judgeRunning(situation: Situation, toStart: number): void {
  const running = situation.members.filter((member) => member.running);
  const verdicts = running.map((member) => [member, whyEnded(situation, member)] as const);
  const kept = verdicts.filter(([member, why]) => why === undefined && member.role !== "ephemeral").length;
  for (const [member, why] of verdicts) {
    if (why === undefined) continue;
    const { memory, current } = member;
    if (memory.stop?.id === current!.id) {
      stopContainer(situation, member, memory.stop.graceSeconds, undefined);
      continue;
    }
    if (why.restart) memory.replaced = why.replaced ? current!.id : (memory.replaced ?? "");
    else if (kept === 0 && toStart === 0) return beginEnding(situation, { why: "failedProbe" });
    const text = why.restart && why.reason !== "hook" ? `${why.text}, will be restarted` : why.text;
    stopContainer(situation, member, why.graceSeconds ?? graceSecondsOf(situation.pod), text);
  }
}

interface WhyEnded {
  readonly reason: "changed" | "probe" | "hook";
  readonly text: string;
  readonly restart: boolean;
  readonly replaced?: boolean;
  readonly graceSeconds?: number | undefined;
}

function whyEnded({ pod }: Situation, member: Member): WhyEnded | undefined {
  const { role, spec, memory, current, name } = member;
  if (role === "ephemeral" || current === undefined) return undefined;
  if (memory.hook === "failed") return { reason: "hook", text: "FailedPostStartHook", restart: true };
  if (role !== "init" && current.hash !== "" && current.hash !== specHash(spec)) {
    return { reason: "changed", text: `Container ${name} definition changed`, restart: true, replaced: true };
  }
  const kind = failedProbe(member);
  if (kind === undefined) return undefined;
  const policy = role === "sidecar" ? "Always" : (spec.restartPolicy ?? pod.spec.restartPolicy);
  const probe = spec[`${kind}Probe`];
  return {
    reason: "probe",
    text: `Container ${name} failed ${kind} probe`,
    restart: policy !== "Never",
    graceSeconds: probe?.terminationGracePeriodSeconds,
  };
}

/** The next action of a start: wait, image, create, start. */
function advance(situation: Situation, member: Member): void {
  const { plan, now, sandbox } = situation;
  const { memory, spec, name, current } = member;
  const image = spec.image ?? "";
  if (plan.isDoing("stop") && current !== undefined && current.state === "running") return;
  if (memory.starting && (memory.starting.sandboxId !== sandbox!.id || memory.image !== image)) delete memory.starting;
  // Its name is taken until it is gone.
  if (member.cutOff) return clear(situation, { do: "removeContainer", id: member.cutOff.id });
  if (current?.state === "created" && current.sandboxId === sandbox!.id) {
    if (memory.retryAt !== undefined && memory.retryAt > now) return plan.wake(memory.retryAt);
    memory.id = current.id;
    if (member.role !== "ephemeral" && spec.lifecycle?.postStart) memory.hook ??= "wanted";
    return plan.act({ do: "start", container: name, id: current.id });
  }
  if (memory.starting === undefined) {
    if (memory.image === image && memory.retryAt !== undefined && memory.retryAt > now)
      return plan.wake(memory.retryAt);
    if (backsOff(situation, member)) return;
    begin(situation, member);
  }
  const next = nextImage(situation.pod, member);
  if (next !== undefined) {
    const { volume } = next;
    const action = { do: "findImage", container: name, image: next.image } as const;
    if (!plan.isUnderWay(`pull/${name}`)) plan.act(volume === undefined ? action : { ...action, volume });
    return;
  }
  const { attempt, imageRef = "", volumeImages } = memory.starting!;
  const { id: sandboxId, attempt: sandboxAttempt } = sandbox!;
  const action = { do: "create", container: name, attempt, sandboxId, sandboxAttempt, imageRef } as const;
  plan.act(volumeImages === undefined ? action : { ...action, volumeImages });
}

/** Whether a container that ended must wait; its state says so. */
function backsOff({ pod, plan, now }: Situation, { memory, current, spec, name }: Member): boolean {
  if (current === undefined || current.state !== "exited" || memory.replaced === current.id) return false;
  const { crash } = memory;
  if (crash === undefined) return false;
  const retryAt = crashRetryAt(memory, endedAt(crash, current, now), specHash(spec));
  if (now >= retryAt) return false;
  plan.wake(retryAt);
  const shownAt = backOffShownAt(crash, current.id, now);
  if (now < shownAt) {
    plan.wake(shownAt);
    return true;
  }
  memory.waiting = { reason: "CrashLoopBackOff", message: backOffMessage(pod, name, crash.delayMs) };
  if (crash.told !== current.id) {
    crash.told = current.id;
    plan.event("Warning", "BackOff", backOffEvent(pod, name), name);
  }
  return true;
}

function begin(situation: Situation, member: Member): void {
  const { now, sandbox } = situation;
  const { memory, current, spec } = member;
  // What was ended to be replaced did not crash.
  if (current?.state === "exited" && memory.replaced !== current.id)
    noteRestart(memory, current.finishedAt || now, specHash(spec), now);
  memory.starting = { attempt: nextAttempt(situation, member), sandboxId: sandbox!.id };
  memory.image = spec.image ?? "";
  delete memory.retryAt;
  delete memory.stop;
}

/** Restart counts only grow: the runtime's containers tell them, or else the last report. */
function nextAttempt({ pod }: Situation, { current, name }: Member): number {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status;
  const all = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  const reported = all.find((one) => one.name === name);
  const fromReport = reported?.containerID ? reported.restartCount + 1 : 0;
  return current === undefined ? fromReport : current.attempt + 1;
}

/**
 * Of ended containers the newest two are kept: the one that counts and the one before, for its log. Then old
 * sandboxes go.
 */
function removeOld(situation: Situation): void {
  const { observed, members } = situation;
  for (const { name } of members) {
    const all = observed.containers.filter((one) => one.name === name);
    for (const old of all.slice(2)) if (old.state === "exited") clear(situation, { do: "removeContainer", id: old.id });
  }
  for (const { id, ready } of observed.sandboxes.slice(1)) {
    const empty = !observed.containers.some(({ sandboxId }) => sandboxId === id);
    if (empty && !ready) clear(situation, { do: "removeSandbox", id });
    else if (ready) clear(situation, { do: "stopSandbox", id });
  }
}
