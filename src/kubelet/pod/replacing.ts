// Whether a container is between two lives of its own: ended by the node to be made anew at once, and not there yet. As
// upstream, which tells of both ends of such a change only together. It refuses to hold anything back for long.
import type { Member, Situation } from "./situation.ts";

/** A change that takes longer is told. */
const LONGEST_MS = 2000;

/** While this holds, the status that was reported last stands. */
export function isReplacing(situation: Situation): boolean {
  if (situation.memory.ending) return false;
  const until = situation.members.flatMap((member) => heldUntil(situation, member) ?? []);
  const last = Math.max(...until, 0);
  if (last <= situation.now) return false;
  situation.plan.wake(last);
  return true;
}

function heldUntil({ observed, plan, now }: Situation, { name, memory }: Member): number | undefined {
  if (memory.replaced === undefined || memory.replaced === "" || memory.waiting !== undefined) return undefined;
  // What was made and does not run yet is on its way.
  const shown = observed.containers.find((one) => one.name === name && one.state !== "created");
  if (shown?.id !== memory.replaced || shown.state !== "exited" || plan.isUnderWay(`pull/${name}`)) return undefined;
  // A clock that was set back says nothing about how long ago that was.
  return shown.finishedAt > now ? undefined : (shown.finishedAt || now) + LONGEST_MS;
}
