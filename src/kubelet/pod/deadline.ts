// When a pod has been active for longer than it may (activeDeadlineSeconds). It refuses to end it (ending.ts).
import type { Action } from "./actions.ts";
import type { Situation } from "./situation.ts";

/** Upstream looks at deadlines once a second, and only between two attempts at a start: one that is under way is finished. */
const LOOK_MS = 1000;
const START: readonly Action["do"][] = ["volumes", "sandbox", "findImage", "pull", "create", "start", "postStart"];

/** The time from which the pod is to be ended; Infinity while it is being started. Undefined: it has no deadline. */
export function deadlineOf(situation: Situation): number | undefined {
  const { pod, memory, now } = situation;
  const { activeDeadlineSeconds } = pod.spec;
  if (activeDeadlineSeconds === undefined) return undefined;
  if (isStarting(situation)) {
    memory.startSeenAt = now;
    // What is under way brings the next step, and what has just ended may bring none.
    situation.plan.wake(Math.max(memory.startTime + activeDeadlineSeconds * 1000, now + LOOK_MS));
    return Infinity;
  }
  return Math.max(memory.startTime + activeDeadlineSeconds * 1000, (memory.startSeenAt ?? -Infinity) + LOOK_MS);
}

/** Whether the way from the volumes to the last container's start is being gone: by an action, or from one to the next. */
function isStarting({ plan, observed, members }: Situation): boolean {
  return (
    plan.isDoing(...START) ||
    members.some(({ memory }) => memory.starting !== undefined) ||
    observed.news.some((news) => news.of === "action" && news.failed === undefined && START.includes(news.action.do))
  );
}
