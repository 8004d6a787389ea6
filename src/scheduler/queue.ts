// The pods that wait for a node: those to be tried now, those in back-off, and those parked until something changes
// that concerns the plug-ins which rejected them. It refuses to know why a pod was rejected beyond their names.
import type { Clock, Timer } from "../base/clock.ts";
import type { ClusterEvent, Plugin } from "./plugin.ts";
import { PriorityHeap } from "./priority-heap.ts";
import type { Related } from "./related.ts";
import { NO_RELATED } from "./related.ts";
import type { PodInfo } from "./node-info.ts";

const INITIAL_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 10_000;
/** Whatever the events said: nobody waits longer than this without another try. */
const LONGEST_PARKED_MS = 300_000;

interface Waiting {
  info: PodInfo;
  /** The order of arrival, anew after each try: who was refused goes behind its equals. */
  turn: number;
  attempts: number;
  /** Names of the plug-ins that rejected it; empty when none did (there were no nodes): then any event wakes it. */
  rejectedBy: ReadonlySet<string>;
  state: "active" | "backoff" | "parked" | "trying";
  /** When it was last tried. */
  triedAt: number;
  timer: Timer | undefined;
  heapIndex: number;
}

/** Higher priority first, then who came first (plug-in PrioritySort). */
const isBefore = (a: Waiting, b: Waiting): boolean =>
  a.info.priority > b.info.priority || (a.info.priority === b.info.priority && a.turn < b.turn);

export interface QueueOptions {
  readonly clock: Clock;
  readonly plugins: readonly Plugin[];
  /** What `wakes` is told of the cluster's other objects. */
  readonly related?: () => Related;
}

export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #plugins: ReadonlyMap<string, Plugin>;
  readonly #related: () => Related;
  readonly #pods = new Map<string, Waiting>();
  readonly #active = new PriorityHeap<Waiting>(isBefore);
  readonly #parked = new Set<Waiting>();
  #turns = 0;
  #wake = Promise.withResolvers<void>();

  constructor({ clock, plugins, related = () => NO_RELATED }: QueueOptions) {
    this.#clock = clock;
    this.#plugins = new Map(plugins.map((p) => [p.name, p]));
    this.#related = related;
  }

  /** How many pods wait, in whatever state. */
  get size(): number {
    return this.#pods.size;
  }

  has(uid: string): boolean {
    return this.#pods.has(uid);
  }

  /** A new pod, or a changed one: what changed may have made it fit. */
  put(info: PodInfo): void {
    const known = this.#pods.get(info.uid);
    if (!known) {
      const waiting: Waiting = {
        info,
        turn: this.#turns++,
        attempts: 0,
        rejectedBy: new Set(),
        state: "active",
        triedAt: 0,
        timer: undefined,
        heapIndex: -1,
      };
      this.#pods.set(info.uid, waiting);
      return this.#activate(waiting);
    }
    const old = known.info;
    // A priority never changes, so that the heap's order holds.
    known.info = info;
    if (known.state === "parked" && concernsItself(old, info))
      this.#consider(known, { type: "SelfChanged", pod: info, old });
  }

  remove(uid: string): void {
    const waiting = this.#pods.get(uid);
    if (!waiting) return;
    waiting.timer?.cancel();
    this.#active.remove(waiting);
    this.#parked.delete(waiting);
    this.#pods.delete(uid);
  }

  /** Resolves when there is a pod to {@link take}. Rejects when aborted. */
  async ready(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#active.size > 0) return;
    this.#wake = Promise.withResolvers();
    const abort = () => this.#wake.resolve();
    signal.addEventListener("abort", abort, { once: true });
    await this.#wake.promise;
    signal.removeEventListener("abort", abort);
    signal.throwIfAborted();
  }

  /** The pod whose turn it is. It is being tried until it is parked, retried or removed. */
  take(): PodInfo | undefined {
    const next = this.#active.pop();
    if (!next) return undefined;
    next.state = "trying";
    next.attempts++;
    next.triedAt = this.#clock.monotonic();
    return next.info;
  }

  /** The pod just tried goes nowhere; `rejectedBy` names the plug-ins that objected. */
  park(uid: string, rejectedBy: ReadonlySet<string>): void {
    const waiting = this.#pods.get(uid);
    if (waiting?.state !== "trying") return;
    waiting.rejectedBy = rejectedBy;
    waiting.state = "parked";
    waiting.turn = this.#turns++;
    this.#parked.add(waiting);
    waiting.timer = this.#clock.after(LONGEST_PARKED_MS, () => this.#backOff(waiting));
  }

  /** Trying failed, or telling of it: the pod is tried again after its back-off. */
  retry(uid: string): void {
    const waiting = this.#pods.get(uid);
    if (waiting?.state === "trying" || waiting?.state === "parked") this.#backOff(waiting);
  }

  /** Something changed: pods that it may help are tried again, after their back-off. */
  notify(event: ClusterEvent): void {
    for (const waiting of this.#parked) this.#consider(waiting, event);
  }

  #consider(waiting: Waiting, event: ClusterEvent): void {
    if (waiting.rejectedBy.size === 0) return this.#backOff(waiting);
    for (const name of waiting.rejectedBy) {
      const plugin = this.#plugins.get(name);
      if (!plugin?.wakes || plugin.wakes(event, waiting.info, this.#related())) return this.#backOff(waiting);
    }
  }

  /** Back-off counts from the last try, and doubles with each. */
  #backOff(waiting: Waiting): void {
    waiting.timer?.cancel();
    this.#parked.delete(waiting);
    const backoff = Math.min(MAX_BACKOFF_MS, INITIAL_BACKOFF_MS * 2 ** Math.max(0, waiting.attempts - 1));
    const ms = waiting.triedAt + backoff - this.#clock.monotonic();
    if (ms <= 0) return this.#activate(waiting);
    waiting.state = "backoff";
    waiting.timer = this.#clock.after(ms, () => this.#activate(waiting));
  }

  #activate(waiting: Waiting): void {
    waiting.timer = undefined;
    waiting.state = "active";
    this.#active.push(waiting);
    this.#wake.resolve();
  }
}

/** What of a pod decides where it may go changes only with its generation and its labels. */
function concernsItself({ pod: old }: PodInfo, { pod }: PodInfo): boolean {
  if (old.metadata.generation !== pod.metadata.generation) return true;
  const [before, now] = [old.metadata.labels ?? {}, pod.metadata.labels ?? {}];
  const keys = Object.keys(now);
  return keys.length !== Object.keys(before).length || keys.some((key) => before[key] !== now[key]);
}
