// A Cri that gives the runtime a few heavy calls at a time: when many pods start at once, those that have got furthest go
// first, and each is done sooner than if all were slow together. It refuses to let a call that hangs hold up the others.
import type { Clock } from "../../base/clock.ts";
import type { Cri } from "../cri.ts";

export interface PacedOptions {
  readonly clock: Clock;
  /** So many heavy calls at a time. */
  readonly most: number;
}

/**
 * By how much a call may be overtaken, in milliseconds: by those that a container needs to run, where its pod has got
 * further already. Calls that are not named here are light, or wait themselves (a stop for its grace period).
 */
const OVERTAKEN_MS: Readonly<Record<string, number>> = {
  startContainer: 0,
  createContainer: 500,
  runPodSandbox: 2500,
  stopPodSandbox: 500,
  removeContainer: 5000,
  removePodSandbox: 5000,
};

/** A call that takes longer than this is waiting for something, and counts no more. */
const LONG_MS = 5000;

export function pacedCri(cri: Cri, options: PacedOptions): Cri {
  const gate = new Gate(options);
  const runtime = new Proxy(cri.runtime, {
    get(target, name, receiver) {
      const call: unknown = Reflect.get(target, name, receiver);
      const overtaken = typeof name === "string" ? OVERTAKEN_MS[name] : undefined;
      if (typeof call !== "function" || overtaken === undefined) return call;
      return (request: unknown, callOptions?: { readonly signal?: AbortSignal }) =>
        gate.pass(
          overtaken,
          callOptions?.signal,
          () => Reflect.apply(call, target, [request, callOptions]) as Promise<unknown>,
        );
    },
  });
  return { runtime, images: cri.images, changes: (signal) => cri.changes(signal) };
}

interface Waiting {
  readonly due: number;
  readonly begin: () => void;
}

class Gate {
  readonly #options: PacedOptions;
  readonly #waiting: Waiting[] = [];
  #free: number;

  constructor(options: PacedOptions) {
    this.#options = options;
    this.#free = options.most;
  }

  async pass<T>(overtaken: number, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await this.#wait(overtaken, signal);
    let holds = true;
    const leave = () => {
      if (holds) this.#next();
      holds = false;
    };
    const timer = this.#options.clock.after(LONG_MS, leave);
    try {
      return await call();
    } finally {
      timer.cancel();
      leave();
    }
  }

  /** Resolves with a place taken. */
  #wait(overtaken: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(signal!.reason as Error);
      };
      const begin = () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const entry: Waiting = { due: this.#options.clock.monotonic() + overtaken, begin };
      if (signal?.aborted) return reject(signal.reason as Error);
      signal?.addEventListener("abort", onAbort, { once: true });
      const later = this.#waiting.findIndex(({ due }) => due > entry.due);
      this.#waiting.splice(later < 0 ? this.#waiting.length : later, 0, entry);
    });
  }

  /** Hands the place to who is due first, or gives it back. */
  #next(): void {
    const first = this.#waiting.shift();
    if (first) first.begin();
    else this.#free++;
  }
}
