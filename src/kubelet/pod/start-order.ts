// Which containers should be started now, and in which order. It refuses to start them (run.ts).
//
// Init containers run one after the other; a sidecar among them holds the next one until it has started, and then
// stays. App containers follow together; ephemeral containers wait for nothing but the sandbox.
import { isStarted } from "./probes-verdict.ts";
import { mayRestart } from "./restart.ts";
import { exitCodeOf } from "./situation.ts";
import type { Member, Situation } from "./situation.ts";

export interface StartOrder {
  /** To be started, first come first. */
  readonly start: readonly Member[];
  /** An init container ended and may not run again: so the pod has failed. */
  readonly initFailed: boolean;
  /** No app container runs, and none will. */
  readonly appsDone: boolean;
}

/** Whether it is neither running nor on its way and should be. */
export function needsStart(situation: Situation, member: Member): boolean {
  const { current, memory } = member;
  if (memory.starting) return true;
  if (member.running) return false;
  if (current === undefined) return mayRestart(situation.pod, member, reportedExitCode(situation, member));
  const here = current.sandboxId === situation.sandbox?.id;
  if (current.state === "created" && here) return true;
  if (current.state === "unknown" && here) return false;
  // What an init container did is lost with the sandbox that it did it in.
  if (member.role === "init" && !here) return true;
  return memory.replaced === current.id || mayRestart(situation.pod, member, exitCodeOf(member));
}

/** How a container ended that the runtime has forgotten. */
export function reportedExitCode({ pod }: Situation, { role, name }: Member): number | undefined {
  const { status } = pod;
  const list =
    role === "app"
      ? status.containerStatuses
      : role === "ephemeral"
        ? status.ephemeralContainerStatuses
        : status.initContainerStatuses;
  return list?.find((one) => one.name === name)?.state?.terminated?.exitCode;
}

/** Whether all init containers have done their work in this sandbox: an app container was made in it. */
export const isInitialized = ({ members, sandbox }: Situation): boolean =>
  members.some(({ role, current }) => role === "app" && current !== undefined && current.sandboxId === sandbox?.id);

export function startOrder(situation: Situation): StartOrder {
  const { members } = situation;
  const initialized = isInitialized(situation);
  const start: Member[] = [];
  let blocked = false;
  let initFailed = false;
  for (const member of members) {
    if (member.role === "sidecar" && !blocked) {
      if (needsStart(situation, member)) start.push(member);
      if (!initialized && !isStarted(member) && !laterBegun(situation, member)) blocked = true;
    } else if (member.role === "init" && !initialized && !blocked) {
      if (initDone(situation, member)) continue;
      blocked = true;
      if (needsStart(situation, member)) start.push(member);
      else if (member.ended) initFailed = true;
    } else if (member.role === "ephemeral" || (member.role === "app" && !blocked)) {
      if (needsStart(situation, member)) start.push(member);
    }
  }
  const apps = members.filter(({ role }) => role === "app");
  const over = (member: Member) => !member.running && !needsStart(situation, member);
  return { start, initFailed, appsDone: apps.every(over) };
}

/** It succeeded in the sandbox that counts; in a new sandbox it runs again. */
function initDone({ sandbox }: Situation, { current }: Member): boolean {
  return (
    current !== undefined && current.state === "exited" && current.exitCode === 0 && current.sandboxId === sandbox?.id
  );
}

/** A sidecar that ended holds nothing back that came after it already. */
function laterBegun({ members, sandbox }: Situation, sidecar: Member): boolean {
  const later = members.slice(members.indexOf(sidecar) + 1);
  return later.some(
    ({ role, current }) => role !== "ephemeral" && current?.sandboxId === sandbox?.id && current !== undefined,
  );
}
