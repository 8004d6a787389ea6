// When a container that ended is started again, and how long that waits. It refuses to start anything.
//
// The delays are upstream's: none the first time, then 10 s doubling to 5 min from the end of the container, forgotten
// when it ran for 10 min since.
import { formatDuration } from "../../base/duration.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { Container } from "../../resources/core/pod/container.ts";
import type { ContainerMemory } from "./memory.ts";
import type { PodContainer } from "./containers.ts";

export const FIRST_CRASH_DELAY_MS = 10_000;
export const LONGEST_CRASH_DELAY_MS = 300_000;
/** A container that has ended is shown so for a moment before its back-off is. */
const SHOW_END_MS = 1000;

/** The first rule of the container that says something about this exit code. */
function ruleFor(container: Container, exitCode: number): string | undefined {
  return container.restartPolicyRules?.find(({ exitCodes }) => {
    if (exitCodes === undefined) return false;
    return (exitCodes.values ?? []).includes(exitCode) === (exitCodes.operator === "In");
  })?.action;
}

/** Whether a container that ended with `exitCode` runs again; undefined: it never ran. */
export function mayRestart(
  pod: Pick<Pod, "spec">,
  { role, spec }: PodContainer,
  exitCode: number | undefined,
): boolean {
  if (role === "ephemeral") return exitCode === undefined;
  if (exitCode === undefined) return true;
  const container = spec as Container;
  if (role === "sidecar") return true;
  if (ruleFor(container, exitCode) !== undefined) return true;
  const policy = container.restartPolicy || pod.spec.restartPolicy || "Always";
  // An init container that succeeded is done, whatever the policy.
  if (exitCode === 0 && role === "init") return false;
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

/** The time from which a container that ended at `finishedAt` may start again. */
export function crashRetryAt({ crash }: ContainerMemory, finishedAt: number, hash: string): number {
  return crash !== undefined && counts(crash, finishedAt, hash) ? finishedAt + crash.delayMs : finishedAt;
}

/** Whether earlier restarts still matter: of the same image, and not too long ago. */
const counts = (crash: NonNullable<ContainerMemory["crash"]>, finishedAt: number, hash: string): boolean =>
  crash.hash === hash && finishedAt - crash.at <= 2 * LONGEST_CRASH_DELAY_MS;

/** Another restart begins: the next one waits longer. */
export function noteRestart(memory: ContainerMemory, finishedAt: number, hash: string, now: number): void {
  const { crash } = memory;
  const again = crash !== undefined && counts(crash, finishedAt, hash);
  const delayMs = again ? Math.min(crash.delayMs * 2, LONGEST_CRASH_DELAY_MS) : FIRST_CRASH_DELAY_MS;
  memory.crash = { hash, delayMs, at: now, told: "" };
}

/** When a container ended: as the runtime says, but never later than it was seen, whatever has become of the clock since. */
export function endedAt(
  crash: NonNullable<ContainerMemory["crash"]>,
  { id, finishedAt }: { readonly id: string; readonly finishedAt: number },
  now: number,
): number {
  if (finishedAt <= now) return finishedAt || now;
  if (crash.seen?.id !== id) crash.seen = { id, at: now };
  return crash.seen.at;
}

/** When the back-off of this end begins to be shown: some time after it was first seen. */
export function backOffShownAt(crash: NonNullable<ContainerMemory["crash"]>, id: string, now: number): number {
  if (crash.seen?.id !== id) crash.seen = { id, at: now };
  return crash.seen.at + SHOW_END_MS;
}

export function backOffMessage(pod: Pick<Pod, "metadata">, container: string, delayMs: number): string {
  const { name, namespace, uid } = pod.metadata;
  return `back-off ${formatDuration(delayMs)} restarting failed container=${container} pod=${name}_${namespace}(${uid})`;
}

export function backOffEvent(pod: Pick<Pod, "metadata">, container: string): string {
  const { name, namespace, uid } = pod.metadata;
  return `Back-off restarting failed container ${container} in pod ${name}_${namespace}(${uid})`;
}
