// Takes in how actions ended: into memory, and into events in upstream's words. It refuses to decide what comes next.
import { formatDuration } from "../../base/duration.ts";
import { goQuote } from "../../base/go-quote.ts";
import { pullDecision } from "../images/policy.ts";
import { forgetCleared, learnCleared } from "./clearing.ts";
import { isBeingUndone } from "./cut-off.ts";
import { neededImages, noteImage } from "./needed-images.ts";
import type { Outcome } from "./observed.ts";
import { learnProbe } from "./probes-verdict.ts";
import { learnResize } from "./resize.ts";
import type { Member, Situation } from "./situation.ts";

/** Delays between attempts at volumes and sandboxes. */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
/** Of volumes that a running pod has already. */
const LONGEST_REFRESH_RETRY_MS = 60_000;
/** Between attempts to start a container that lacks something. */
const START_RETRY_MS = 5_000;
/** Upstream's delays between pulls of an image that cannot be had. */
const FIRST_PULL_DELAY_MS = 10_000;
const LONGEST_PULL_DELAY_MS = 300_000;
/** How long a failed pull is shown before its back-off is. */
const SHOW_PULL_FAILURE_MS = 1500;

export const retryDelayMs = (failures: number): number => Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);

/** All news in their order. */
export function learn(situation: Situation): void {
  for (const news of situation.observed.news) {
    if (news.of === "probe") learnProbe(situation, news);
    else if (news.of === "objects") learnObjects(situation);
    else learnOutcome(situation, news);
  }
  forgetCleared(situation);
}

function learnOutcome(situation: Situation, outcome: Outcome): void {
  const { action } = outcome;
  switch (action.do) {
    case "volumes":
      return learnVolumes(situation, outcome);
    case "sandbox":
      return learnSandbox(situation, outcome);
    case "resize":
      return learnResize(situation, outcome);
    case "stop":
      return learnStop(situation, outcome, action.container);
    case "removeVolumes":
      if (situation.memory.ending && !outcome.failed) situation.memory.ending.volumesRemoved = true;
      return learnEnd(situation, outcome);
    case "stopSandbox":
    case "removeSandbox":
    case "removeContainer":
      return learnCleared(situation, outcome);
    case "deletePod":
      if (situation.memory.ending && !outcome.failed) situation.memory.ending.deletedAt = situation.now;
      return learnEnd(situation, outcome);
    default: {
      const member = situation.members.find(({ name }) => name === action.container);
      if (member) learnStart(situation, member, outcome);
    }
  }
}

/** What waits for an object, or was made of one, does not wait for its turn. */
function learnObjects({ memory, members, now }: Situation): void {
  memory.volumes.outdated = true;
  for (const { memory: container } of members)
    if (container.waiting?.reason === "CreateContainerConfigError" && container.retryAt !== undefined)
      container.retryAt = Math.min(container.retryAt, now);
}

function learnVolumes({ memory, now, plan }: Situation, { failed }: Outcome): void {
  const { volumes } = memory;
  volumes.checkedAt = now;
  if (failed === undefined) {
    Object.assign(volumes, { ready: true, failures: 0, retryAt: 0 });
    return;
  }
  plan.event("Warning", failed.reason, failed.message);
  const longest = volumes.ready ? LONGEST_REFRESH_RETRY_MS : LONGEST_RETRY_MS;
  volumes.retryAt = now + Math.min(FIRST_RETRY_MS * 2 ** volumes.failures++, longest);
}

function learnSandbox({ memory, now, plan }: Situation, { failed }: Outcome): void {
  const { sandbox } = memory;
  if (failed === undefined) {
    memory.sandbox = { failures: 0, retryAt: 0 };
    return;
  }
  plan.event("Warning", "FailedCreatePodSandBox", `Failed to create pod sandbox: ${failed.message}`);
  sandbox.retryAt = now + retryDelayMs(sandbox.failures++);
}

function learnStop({ members, now, plan }: Situation, outcome: Outcome, container: string): void {
  if (outcome.hookFailed !== undefined) plan.event("Warning", "FailedPreStopHook", "PreStopHook failed", container);
  const stop = members.find(({ name }) => name === container)?.memory.stop;
  if (stop && outcome.failed) stop.retryAt = now + FIRST_RETRY_MS * 2;
}

function learnEnd({ memory, now }: Situation, { failed }: Outcome): void {
  if (failed && memory.ending) memory.ending.retryAt = now + FIRST_RETRY_MS * 2;
}

/** The steps of a start: image, pull, create, start, hook. */
function learnStart(situation: Situation, member: Member, outcome: Outcome): void {
  switch (outcome.action.do) {
    case "findImage":
      return learnImage(situation, member, outcome);
    case "pull":
      return learnPull(situation, member, outcome);
    case "create":
      if (outcome.failed) return startFailed(situation, member, outcome.failed, START_RETRY_MS);
      Object.assign(member.memory, { id: outcome.id, made: outcome.id, probes: {} });
      if (member.memory.allocated) member.memory.actual = member.memory.allocated;
      delete member.memory.adopted;
      delete member.memory.hook;
      return situation.plan.event("Normal", "Created", "Container created", member.name);
    case "start":
      return learnStarted(situation, member, outcome);
    case "postStart":
      return learnPostStart(situation, member, outcome);
    default:
  }
}

/** This attempt is over; the reason is shown until the next one gets further. */
function startFailed(
  { now, plan }: Situation,
  { memory, name }: Member,
  failed: { readonly reason: string; readonly message: string },
  delayMs: number,
): void {
  const word = failed.reason.startsWith("Create") || failed.reason === "RunContainerError";
  plan.event("Warning", "Failed", `Error: ${word ? failed.message : failed.reason}`, name);
  memory.waiting = { reason: failed.reason, message: failed.message };
  memory.retryAt = now + delayMs;
  memory.failures++;
  delete memory.starting;
}

function learnImage(situation: Situation, member: Member, outcome: Outcome): void {
  const { plan, now } = situation;
  const { memory, spec, name } = member;
  const { action } = outcome;
  if (action.do !== "findImage") return;
  const { image, volume } = action;
  const needed = neededImages(situation.pod, spec).find((one) => one.volume === volume && one.image === image);
  // The specification names another one by now.
  if (needed === undefined) return;
  // Events about a volume's image are the pod's.
  const of = volume === undefined ? name : undefined;
  if (outcome.failed) {
    plan.event("Warning", "InspectFailed", outcome.failed.message, of);
    return startFailed(situation, member, outcome.failed, START_RETRY_MS);
  }
  const { imageRef: found, isWithheld } = outcome;
  const state = found === undefined ? "absent" : isWithheld ? "withheld" : "present";
  switch (pullDecision(needed.pullPolicy, state)) {
    case "use": {
      const text = `Container image ${goQuote(image)} already present on machine and can be accessed by the pod`;
      plan.event("Normal", "Pulled", text, of);
      return noteImage(memory, volume, found);
    }
    case "refuse": {
      // The same words for one that is withheld: who may not use it is not told that it is there.
      const message = `Container image ${goQuote(image)} is not present with pull policy of Never`;
      plan.event("Warning", "ErrImageNeverPull", message, of);
      return startFailed(situation, member, { reason: "ErrImageNeverPull", message }, START_RETRY_MS);
    }
    case "pull": {
      const { pull } = memory;
      if (pull?.image === image && pull.until > now) {
        const text = `Back-off pulling image ${goQuote(image)}`;
        plan.event("Normal", "BackOff", text, of);
        const message = `${text}: ErrImagePull: ${pull.message}`;
        return startFailed(situation, member, { reason: "ImagePullBackOff", message }, pull.until - now);
      }
      plan.event("Normal", "Pulling", `Pulling image ${goQuote(image)}`, of);
      plan.act({ do: "pull", container: name, image, ...(volume !== undefined && { volume }) });
    }
  }
}

function learnPull(situation: Situation, member: Member, outcome: Outcome): void {
  const { plan, now } = situation;
  const { memory, name } = member;
  const { failed, pulled, action } = outcome;
  if (action.do !== "pull") return;
  const { image, volume } = action;
  const of = volume === undefined ? name : undefined;
  if (failed) {
    const before = memory.pull?.image === image ? memory.pull.delayMs * 2 : FIRST_PULL_DELAY_MS;
    const delayMs = Math.min(before, LONGEST_PULL_DELAY_MS);
    memory.pull = { image, delayMs, until: now + delayMs, message: failed.message };
    plan.event("Warning", "Failed", `Failed to pull image ${goQuote(image)}: ${failed.message}`, of);
    return startFailed(situation, member, failed, SHOW_PULL_FAILURE_MS);
  }
  delete memory.pull;
  noteImage(memory, volume, outcome.imageRef);
  const { ms = 0, withWaitingMs = 0, bytes = 0 } = pulled ?? {};
  const took = `in ${formatDuration(ms)} (${formatDuration(withWaitingMs)} including waiting)`;
  const text = `Successfully pulled image ${goQuote(image)} ${took}. Image size: ${bytes} bytes.`;
  plan.event("Normal", "Pulled", text, of);
}

function learnStarted(situation: Situation, member: Member, { failed, action }: Outcome): void {
  const { memory, name } = member;
  if (failed && isBeingUndone(failed.message)) {
    memory.retryAt = situation.now + FIRST_RETRY_MS;
    return;
  }
  if (failed) return startFailed(situation, member, failed, retryDelayMs(memory.failures));
  situation.plan.event("Normal", "Started", "Container started", name);
  delete memory.starting;
  delete memory.waiting;
  delete memory.retryAt;
  memory.failures = 0;
  if (memory.hook !== "wanted" || action.do !== "start") return;
  memory.hook = "running";
  situation.plan.act({ do: "postStart", container: name, id: action.id });
}

function learnPostStart({ plan }: Situation, { memory, name }: Member, { failed, action }: Outcome): void {
  // The container may be another one by now.
  if (action.do !== "postStart" || memory.id !== action.id) return;
  memory.hook = failed ? "failed" : "done";
  if (!failed) return;
  memory.waiting = { reason: "PostStartHookError", message: failed.message };
  plan.event("Warning", "FailedPostStartHook", "PostStartHook failed", name);
}
