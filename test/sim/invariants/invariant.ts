// Something that must be so, at every moment or once everything has come to rest. It refuses to change anything.
import type { SimNode } from "../node.ts";
import type { Request } from "../seams/client.ts";
import type { Fact } from "../truth.ts";
import type { World } from "../world.ts";

/** What is wrong, in a sentence; undefined: nothing. */
export type Finding = string | undefined;

/** An invariant at work in one run. Each part may be missing. */
export interface Judge {
  /** A change became durable. */
  onFact?(fact: Fact): Finding;
  /** A writer was told that its write is done. */
  onAcknowledged?(request: Request, answer: unknown): Finding;
  /** A runtime is about to do what it was asked. */
  onCriCall?(node: SimNode, name: string, request: Readonly<Record<string, unknown>>): Finding;
  /** Between two steps. */
  onStep?(): Finding;
  /** What still has to become so after the faults have ended; asked again until there is nothing. */
  unsettled?(): string | undefined;
}

export interface Invariant {
  readonly name: string;
  judge(world: World): Judge;
}
