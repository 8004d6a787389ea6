// The pods that wait for a node: those to be tried now, those in back-off, and those parked until something changes that concerns
// the plug-ins which rejected them. It refuses to know why a pod was rejected beyond their names.
import type { Clock, Timer } from "../base/clock.ts";
import type { ClusterEvent, Plugin } from "./plugin.ts";
import type { PodInfo } from "./snapshot.ts";

const INITIAL_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 10_000;
/** Whatever the events said: nobody waits longer than this without another try. */
const LONGEST_PARKED_MS = 300_000;

interface Waiting {
  info: PodInfo;
  readonly since: number;
  attempts: number;
  /** Names of the plug-ins that rejected it; empty when none did (there were no nodes): then any event wakes it. */
  rejectedBy: ReadonlySet<string>;
  state: "active" | "backoff" | "parked" | "trying";
  /** When it was last tried. */
  triedAt: number;
  /** An event came while it was being tried. */
  movedMeanwhile: boolean;
  timer?: Timer;
}

export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #plugins: ReadonlyMap<string, Plugin>;
  readonly #pods = new Map<string, Waiting>();
  #wake = Promise.withResolvers<void>();

  constructor(clock: Clock, plugins: readonly Plugin[]) {
    this.#clock = clock;
    this.#plugins = new Map(plugins.map((p) => [p.name, p]));
  }

  /** How many pods wait, in whatever state. */
  get size(): number {
    return this.#pods.size;
  }

  /** A new pod, or a changed one: what changed may have made it fit. */
  put(info: PodInfo): void {
    const uid = info.pod.metadata.uid ?? "";
    const known = this.#pods.get(uid);
    if (!known) {
      this.#pods.set(uid, { info, since: this.#clock.monotonic(), attempts: 0, rejectedBy: new Set(), state: "active", triedAt: 0, movedMeanwhile: false });
      return this.#wake.resolve();
    }
    const old = known.info;
    known.info = info;
    if (old.pod.metadata.generation !== info.pod.metadata.generation || JSON.stringify(old.pod.metadata.labels) !== JSON.stringify(info.pod.metadata.labels))
      this.#consider(known, { type: "SelfChanged", pod: info.pod, old: old.pod });
  }

  remove(uid: string): void {
    this.#pods.get(uid)?.timer?.cancel();
    this.#pods.delete(uid);
  }

  /** The waiting pod of the highest priority, the longest waiting among equals; waits for one. Rejects when aborted. */
  async take(signal: AbortSignal): Promise<PodInfo> {
    for (;;) {
      signal.throwIfAborted();
      const next = this.#next();
      if (next) {
        next.state = "trying";
        next.movedMeanwhile = false;
        next.attempts++;
        next.triedAt = this.#clock.monotonic();
        return next.info;
      }
      this.#wake = Promise.withResolvers();
      const abort = () => this.#wake.resolve();
      signal.addEventListener("abort", abort, { once: true });
      await this.#wake.promise;
      signal.removeEventListener("abort", abort);
    }
  }

  #next(): Waiting | undefined {
    let best: Waiting | undefined;
    for (const waiting of this.#pods.values()) {
      if (waiting.state !== "active") continue;
      if (!best || waiting.info.priority > best.info.priority || (waiting.info.priority === best.info.priority && waiting.since < best.since)) best = waiting;
    }
    return best;
  }

  /** The pod just tried goes nowhere; `rejectedBy` names the plug-ins that objected. */
  park(uid: string, rejectedBy: ReadonlySet<string>): void {
    const waiting = this.#pods.get(uid);
    if (!waiting || waiting.state !== "trying") return;
    waiting.rejectedBy = rejectedBy;
    if (waiting.movedMeanwhile) return this.#backOff(waiting);
    waiting.state = "parked";
    waiting.timer = this.#clock.after(LONGEST_PARKED_MS, () => this.#backOff(waiting));
  }

  /** Trying the pod failed for no reason of its own: it is tried again after its back-off. */
  retry(uid: string): void {
    const waiting = this.#pods.get(uid);
    if (waiting?.state === "trying") this.#backOff(waiting);
  }

  /** Something changed: pods that it may help are tried again, after their back-off. */
  notify(event: ClusterEvent): void {
    for (const waiting of this.#pods.values()) this.#consider(waiting, event);
  }

  #consider(waiting: Waiting, event: ClusterEvent): void {
    if (waiting.state === "trying") {
      waiting.movedMeanwhile = true;
      return;
    }
    if (waiting.state !== "parked") return;
    const helps = waiting.rejectedBy.size === 0 || [...waiting.rejectedBy].some((name) => {
      const plugin = this.#plugins.get(name);
      return !plugin?.wakes || plugin.wakes(event, waiting.info);
    });
    if (helps) this.#backOff(waiting);
  }

  /** Back-off counts from the last try, and doubles with each. */
  #backOff(waiting: Waiting): void {
    waiting.timer?.cancel();
    const backoff = Math.min(MAX_BACKOFF_MS, INITIAL_BACKOFF_MS * 2 ** Math.max(0, waiting.attempts - 1));
    const ms = waiting.triedAt + backoff - this.#clock.monotonic();
    if (ms <= 0) {
      waiting.state = "active";
      return this.#wake.resolve();
    }
    waiting.state = "backoff";
    waiting.timer = this.#clock.after(ms, () => {
      waiting.state = "active";
      this.#wake.resolve();
    });
  }
}
