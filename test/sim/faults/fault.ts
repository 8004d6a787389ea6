// One kind of thing that goes wrong. It refuses to end by itself: the run ends every fault after its time.
import type { World } from "../world.ts";

export interface Fault {
  /** As it is counted and printed. */
  readonly name: string;
  /** How long it lasts at most, in milliseconds of virtual time. */
  readonly lastsMs: number;
  /**
   * Begins it; undefined when there is nothing to break now. What comes back ends it, and is called exactly once. It
   * calls `world.hit` each time something was really broken.
   */
  begin(world: World): (() => void | Promise<void>) | undefined;
}
