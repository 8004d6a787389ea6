// Taking away what a pod no longer needs of the runtime: each thing is asked for once, and again only after growing
// delays when it failed or the runtime goes on listing what it said is gone. It refuses to choose what goes.
import type { Action } from "./actions.ts";
import { keyOfAction } from "./actions.ts";
import type { Memory } from "./memory.ts";
import type { Outcome } from "./observed.ts";
import type { Situation } from "./situation.ts";

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

type Clearing = Extract<Action, { readonly do: "stopSandbox" | "removeSandbox" | "removeContainer" }>;

/** Asks for the action, or for a step when it may be asked for again. */
export function clear({ plan, memory, now }: Situation, action: Clearing): void {
  const retryAt = memory.cleared[keyOfAction(action)]?.retryAt ?? 0;
  if (retryAt > now) plan.wake(retryAt);
  else plan.act(action);
}

/** Whether the sandbox was stopped, its network included, since this kubelet began. */
export const wasStopped = ({ cleared }: Memory, id: string): boolean => cleared[`stopSandbox/${id}`]?.done ?? false;

/** Whether nobody has tried to stop it yet. */
export const isUntouched = ({ cleared }: Memory, id: string): boolean => cleared[`stopSandbox/${id}`] === undefined;

export function learnCleared({ memory, now }: Situation, { action, failed }: Outcome): void {
  const key = keyOfAction(action);
  const times = memory.cleared[key]?.times ?? 0;
  const retryAt = now + Math.min(FIRST_RETRY_MS * 2 ** times, LONGEST_RETRY_MS);
  memory.cleared[key] = { times: times + 1, retryAt, done: failed === undefined };
}

/** What the runtime no longer lists need not be remembered. */
export function forgetCleared({ memory, observed }: Situation): void {
  const listed = new Set([...observed.sandboxes, ...observed.containers].map(({ id }) => id));
  for (const key of Object.keys(memory.cleared))
    if (!listed.has(key.slice(key.indexOf("/") + 1))) delete memory.cleared[key];
}
