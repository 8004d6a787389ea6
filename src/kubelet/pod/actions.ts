// What a step may ask for: a closed list. It refuses to do any of it (act.ts).
import type { ResourceRequirements } from "../../resources/core/pod/resources.ts";
import type { ProbeKind } from "../probes/state.ts";

export type Action =
  | { readonly do: "volumes" }
  | { readonly do: "sandbox"; readonly attempt: number }
  /** `volume`: the image is not the container's own but that volume's. */
  | { readonly do: "findImage"; readonly container: string; readonly image: string; readonly volume?: string }
  | { readonly do: "pull"; readonly container: string; readonly image: string; readonly volume?: string }
  | {
      readonly do: "create";
      readonly container: string;
      readonly attempt: number;
      readonly sandboxId: string;
      readonly sandboxAttempt: number;
      readonly imageRef: string;
      readonly volumeImages?: Readonly<Record<string, string>>;
    }
  | { readonly do: "start"; readonly container: string; readonly id: string }
  | { readonly do: "postStart"; readonly container: string; readonly id: string }
  /** The container's preStop hook if `preStop`, then its end within the grace period. */
  | {
      readonly do: "stop";
      readonly container: string;
      readonly id: string;
      readonly graceSeconds: number;
      readonly preStop: boolean;
    }
  /** New amounts for running containers and the pod's group. */
  | {
      readonly do: "resize";
      readonly containers: readonly {
        readonly name: string;
        readonly id: string;
        readonly resources: ResourceRequirements;
      }[];
    }
  | { readonly do: "removeContainer"; readonly id: string }
  | { readonly do: "stopSandbox"; readonly id: string }
  | { readonly do: "removeSandbox"; readonly id: string }
  | { readonly do: "removeVolumes" }
  /** Out of the API, now that nothing of it is left. */
  | { readonly do: "deletePod" };

/** One action of a key at a time. A stop with another grace period is another action: it may overtake. */
export function keyOfAction(action: Action): string {
  switch (action.do) {
    case "volumes":
    case "sandbox":
    case "resize":
    case "removeVolumes":
    case "deletePod":
      return action.do;
    case "findImage":
    case "pull":
    case "create":
    case "start":
    case "postStart":
      return `${action.do}/${action.container}`;
    case "stop":
      return `stop/${action.id}/${action.graceSeconds}`;
    case "removeContainer":
    case "stopSandbox":
    case "removeSandbox":
      return `${action.do}/${action.id}`;
  }
}

/** What happened, for people. `container` names the container that it is about. */
export interface PodEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly container?: string | undefined;
}

/** A probe that should be running. */
export interface WantedProbe {
  readonly kind: ProbeKind;
  readonly container: string;
  readonly id: string;
  /** When the container started, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly podIP: string;
}

/** Everything that a step decides goes through here, in order. */
export class Plan {
  readonly actions: Action[] = [];
  readonly events: PodEvent[] = [];
  readonly #underWay: ReadonlySet<string>;
  #wakeAt = Infinity;

  constructor(underWay: ReadonlySet<string>) {
    this.#underWay = underWay;
  }

  /** Asks for an action, unless it is under way. */
  act(action: Action): void {
    if (!this.isUnderWay(keyOfAction(action))) this.actions.push(action);
  }

  isUnderWay(key: string): boolean {
    return this.#underWay.has(key) || this.actions.some((action) => keyOfAction(action) === key);
  }

  /** Whether any action with one of these verbs has not ended. */
  isDoing(...verbs: readonly Action["do"][]): boolean {
    const starts = (key: string) => verbs.some((verb) => key === verb || key.startsWith(`${verb}/`));
    return [...this.#underWay].some(starts) || this.actions.some(({ do: verb }) => verbs.includes(verb));
  }

  event(type: "Normal" | "Warning", reason: string, message: string, container?: string): void {
    this.events.push({ type, reason, message, ...(container !== undefined && { container }) });
  }

  /** Asks for another step at this time at the latest, in milliseconds since 1970. */
  wake(at: number): void {
    this.#wakeAt = Math.min(this.#wakeAt, at);
  }

  get wakeAt(): number | undefined {
    return this.#wakeAt === Infinity ? undefined : this.#wakeAt;
  }
}
