// What is the case about one pod on this node, as the runtime tells it, and what has happened since the last look. It
// refuses to read it (observe.ts) and to judge it (step.ts).
import type { Action } from "./actions.ts";
import type { ProbeKind, ProbeResult } from "../probes/state.ts";

/** Times are milliseconds since 1970; 0 while not reached. */
export interface ObservedSandbox {
  readonly id: string;
  readonly attempt: number;
  readonly ready: boolean;
  readonly createdAt: number;
  /** Empty in the host's network. */
  readonly ips: readonly string[];
}

export interface ObservedContainer {
  readonly id: string;
  readonly name: string;
  /** How often it had been started before this one. */
  readonly attempt: number;
  readonly sandboxId: string;
  readonly state: "created" | "running" | "exited" | "unknown";
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  /** The runtime's word for how it ended; "" if it has none. */
  readonly reason: string;
  /** The runtime's sentence and the container's own last message. */
  readonly message: string;
  /** The name that the pod gave, or the runtime's. */
  readonly image: string;
  /** With the digest. */
  readonly imageRef: string;
  /** Of what its specification was when it was made; "" if it does not say. */
  readonly hash: string;
  readonly user?: ContainerUser | undefined;
}

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  readonly supplementalGroups: readonly number[];
}

/** How an action ended. `failed` carries a reason and a message as status and events show them. */
export interface Outcome {
  readonly of: "action";
  readonly action: Action;
  readonly failed?: { readonly reason: string; readonly message: string } | undefined;
  /** What an image action found: the runtime's name for the image, none if it is not there. */
  readonly imageRef?: string | undefined;
  /** The image is there, and the pod has not shown that it may use it. */
  readonly isWithheld?: boolean | undefined;
  readonly pulled?: { readonly ms: number; readonly withWaitingMs: number; readonly bytes: number } | undefined;
  /** The sandbox or container that was made. */
  readonly id?: string | undefined;
  /** A stop whose preStop hook did not succeed: why. The container was stopped all the same. */
  readonly hookFailed?: string | undefined;
}

/** What one probe said. */
export interface ProbeNews {
  readonly of: "probe";
  readonly kind: ProbeKind;
  readonly container: string;
  readonly id: string;
  readonly result: ProbeResult;
  /** What the probe printed, or why it could not be made. */
  readonly output: string;
}

/** A ConfigMap or Secret that the pod refers to has changed, come or gone. */
export interface ObjectNews {
  readonly of: "objects";
}

export type News = Outcome | ProbeNews | ObjectNews;

export interface Observed {
  /** The highest attempt first. */
  readonly sandboxes: readonly ObservedSandbox[];
  /** The highest attempt first. */
  readonly containers: readonly ObservedContainer[];
  /** Keys of actions that have not ended. */
  readonly underWay: ReadonlySet<string>;
  /** In the order in which it happened. */
  readonly news: readonly News[];
}

/** Whether it may have processes. */
export const isAlive = ({ state }: ObservedContainer): boolean => state === "running" || state === "unknown";
