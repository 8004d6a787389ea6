// Two ways to wait that end with a signal without failing. They refuse to tell which end it was: the signal does.
import type { Clock } from "./clock.ts";
import { isAbortOf } from "./scope.ts";

/** Resolves after `ms`, or as soon as `signal` aborts. */
export async function pause(clock: Pick<Clock, "sleep">, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!isAbortOf(signal, error)) throw error;
  }
}

/** Resolves when `signal` aborts; at once if it has. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
