// Starts that the end of an earlier kubelet cut off: the runtime undoes them and says that the container failed, which is not
// so. It refuses to forgive what this kubelet itself has seen fail.
import type { ContainerMemory } from "./memory.ts";
import type { ObservedContainer } from "./observed.ts";

/** As containerd ends one whose caller went away: before it had a process, or with that process killed by the runtime. */
const WORDS = /: context canceled\b|failed to start shim: start failed: : signal: killed\b/;
const UNDOING = /container is already in starting state/;

/** Whether the container never was, for want of who was starting it. */
export function wasCutOff(container: ObservedContainer, { made }: ContainerMemory): boolean {
  const { state, reason, startedAt, message, id } = container;
  return state === "exited" && reason === "StartError" && startedAt <= 0 && id !== made && WORDS.test(message);
}

/** Whether a start was refused because one that was cut off is still being undone. */
export const isBeingUndone = (message: string): boolean => UNDOING.test(message);
