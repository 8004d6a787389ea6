// What the small decisions of a step share: the inputs, a draft of the memory, and where each container stands. It
// refuses to decide.
import type { Pod } from "../../resources/core/pod.ts";
import type { Plan } from "./actions.ts";
import { allContainers } from "./containers.ts";
import type { PodContainer } from "./containers.ts";
import { wasCutOff } from "./cut-off.ts";
import { memoryOf } from "./memory.ts";
import type { ContainerMemory, Memory } from "./memory.ts";
import { isAlive } from "./observed.ts";
import type { Observed, ObservedContainer, ObservedSandbox } from "./observed.ts";

/** What should become of the pod, and what the node adds to it. */
export interface Desired {
  readonly pod: Pod;
  readonly node: {
    readonly name: string;
    /** Its addresses, one of each family. */
    readonly ips: readonly string[];
    /** As container ids begin: `containerd`. */
    readonly runtime: string;
  };
  /** The API no longer has the pod. */
  readonly gone?: boolean | undefined;
  /** This node refuses the pod: it was never begun. */
  readonly rejected?: { readonly reason: string; readonly message: string } | undefined;
  /** Why amounts that were asked for since cannot be granted; absent when they can. */
  readonly resize?: { readonly reason: "Deferred" | "Infeasible"; readonly message: string } | undefined;
  /** This node ends the pod. */
  readonly evicted?:
    | {
        readonly reason: string;
        readonly message: string;
        readonly graceSeconds: number;
        /** It is the node that lacks something. */
        readonly disrupts?: boolean;
      }
    | undefined;
}

/** One container: what is wanted, what runs, what is remembered. */
export interface Member extends PodContainer {
  readonly name: string;
  readonly memory: ContainerMemory;
  /** The newest one of the runtime, of any sandbox. */
  readonly current: ObservedContainer | undefined;
  /** One whose start was cut off: it is to go, as if it had never been. */
  readonly cutOff: ObservedContainer | undefined;
  /** It has processes in the sandbox that counts. */
  readonly running: boolean;
  /** It ended, or was lost with its sandbox. */
  readonly ended: boolean;
}

export interface Situation {
  readonly desired: Desired;
  readonly pod: Pod;
  readonly observed: Observed;
  /** A draft of this step: changed freely. */
  readonly memory: Memory;
  readonly now: number;
  readonly plan: Plan;
  /** The newest sandbox if it can hold containers. */
  readonly sandbox: ObservedSandbox | undefined;
  readonly members: readonly Member[];
}

export function situationOf(desired: Desired, observed: Observed, memory: Memory, now: number, plan: Plan): Situation {
  const { pod } = desired;
  const sandbox = usableSandbox(pod, observed);
  const members = allContainers(pod).map(({ role, spec }): Member => {
    const own = memoryOf(memory, spec.name);
    const all = observed.containers.filter(({ name }) => name === spec.name);
    const cutOff = all[0] && wasCutOff(all[0], own) ? all[0] : undefined;
    const current = all[cutOff === undefined ? 0 : 1];
    const inSandbox = current !== undefined && current.sandboxId === sandbox?.id;
    return {
      role,
      spec,
      name: spec.name,
      memory: own,
      current,
      cutOff,
      running: inSandbox && current.state === "running",
      ended: current !== undefined && (current.state === "exited" || !inSandbox),
    };
  });
  return { desired, pod, observed, memory, now, plan, sandbox, members };
}

/** A sandbox without an address is of use only in the host's network. */
function usableSandbox(pod: Pod, { sandboxes }: Observed): ObservedSandbox | undefined {
  const [sandbox] = sandboxes;
  if (!sandbox?.ready) return undefined;
  return sandbox.ips.length > 0 || pod.spec.hostNetwork ? sandbox : undefined;
}

/** Containers that may have processes, in any sandbox. */
export const aliveContainers = ({ observed }: Situation): readonly ObservedContainer[] =>
  observed.containers.filter(isAlive);

/** The exit code of one that ended; one that was lost counts as killed. */
export const exitCodeOf = ({ current }: Member): number | undefined =>
  current === undefined ? undefined : current.state === "exited" ? current.exitCode : 137;

export const graceSecondsOf = (pod: Pod): number => pod.spec.terminationGracePeriodSeconds ?? 30;
