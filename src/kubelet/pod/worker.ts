// One pod's loop: it waits until something may have changed, looks, steps, and begins what the step says. It refuses
// to decide, and to wait for its actions: they run beside it and their outcomes are news. One pod's trouble is no
// other's.
import type { Clock, Timer } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { isAbortOf } from "../../base/scope.ts";
import type { EventRecorder } from "../../reconcile/events.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { probeLoop } from "../probes/prober.ts";
import type { ProberTools } from "../probes/prober.ts";
import type { Performer } from "./act.ts";
import { keyOfAction } from "./actions.ts";
import type { Action, PodEvent, WantedProbe } from "./actions.ts";
import { containerOf, fieldPathOf } from "./containers.ts";
import { afterClockSet, firstMemory } from "./memory.ts";
import type { Memory } from "./memory.ts";
import { NOTHING } from "./observe.ts";
import type { Observer, PodState } from "./observe.ts";
import { isAlive } from "./observed.ts";
import type { News } from "./observed.ts";
import { probeOf } from "./probes-verdict.ts";
import type { Reporter } from "./report.ts";
import { allocatedPod, wantsResize } from "./resize.ts";
import { step } from "./step.ts";
import type { Step } from "./step.ts";
import type { Desired } from "./situation.ts";

export interface WorkerOptions extends ProberTools {
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRecorder;
  readonly observer: Observer;
  readonly performer: Performer;
  readonly reporter: Reporter;
  /** Why a pod that asks for other amounts than it was granted does not get them now. */
  readonly roomFor?: ((pod: Pod) => Desired["resize"]) | undefined;
  /** After each step, for who wants to watch: tests and `why`. */
  readonly onStep?: ((pod: Pod, step: Step) => void) | undefined;
}

/** Actions that change nothing of what the runtime lists: it need not be asked after them. */
const ELSEWHERE: ReadonlySet<Action["do"]> = new Set([
  "volumes",
  "findImage",
  "pull",
  "postStart",
  "removeVolumes",
  "deletePod",
]);

/** A wall clock that differs by this much from the time that passed was set. */
const CLOCK_SET_MS = 1000;
/** A pod that waits for a time looks at the clock this often: somebody may have set it. */
const LOOK_AT_CLOCK_MS = 60_000;
/** Between two attempts to look, when the runtime does not answer. */
const RETRY_MS = 1000;

export class PodWorker {
  readonly #options: WorkerOptions;
  #desired: Desired;
  #memory: Memory;
  #state: PodState = NOTHING;
  /** Whether the runtime must be asked before the next step. */
  #stale = true;
  #news: News[] = [];
  readonly #underWay = new Map<string, AbortController>();
  readonly #probes = new Map<string, AbortController>();
  #wake: (() => void) | undefined;
  #woken = true;
  #timer: Timer | undefined;
  /** What the wall clock shows beyond the time that passed. */
  #offsetMs: number;

  constructor(desired: Desired, options: WorkerOptions) {
    this.#options = options;
    this.#desired = desired;
    this.#memory = firstMemory(desired.pod, options.clock.now());
    this.#offsetMs = options.clock.now() - options.clock.monotonic();
  }

  get desired(): Desired {
    return this.#desired;
  }

  /** The pod with the amounts that this node has set aside for it. */
  get granted(): Pod {
    return allocatedPod(this.#desired.pod, this.#memory);
  }

  /** The pod, or what the node wants of it, has changed. */
  update(desired: Desired): void {
    this.#desired = desired;
    this.#poke();
  }

  /** Something happened to it in the runtime. */
  changed(): void {
    this.#stale = true;
    this.#poke();
  }

  /** A ConfigMap or Secret that it refers to has changed, come or gone. */
  objectsChanged(): void {
    this.#tell({ of: "objects" });
  }

  /** Resolves when nothing is left of the pod on this node, or when `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    try {
      for (;;) {
        await this.#wait(signal);
        try {
          if (await this.#turn(signal)) return;
        } catch (error) {
          if (isAbortOf(signal, error)) return;
          log.error("a step of a pod failed", { error: String(error) });
          this.#stale = true;
          await clock.sleep(RETRY_MS, signal);
          this.#poke();
        }
      }
    } catch (error) {
      if (!isAbortOf(signal, error)) throw error;
    } finally {
      const over = new Error("the pod is over");
      for (const controller of [...this.#probes.values(), ...this.#underWay.values()]) controller.abort(over);
      this.#timer?.cancel();
    }
  }

  #poke(): void {
    this.#woken = true;
    this.#wake?.();
  }

  #tell(news: News): void {
    this.#news.push(news);
    if (news.of === "action" && !ELSEWHERE.has(news.action.do)) this.#stale = true;
    this.#poke();
  }

  async #wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#woken) {
      await new Promise<void>((resolve, reject) => {
        const onAbort = () => reject(signal.reason as Error);
        signal.addEventListener("abort", onAbort, { once: true });
        this.#wake = () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#woken = false;
  }

  /** Looks, steps, begins. Answers whether the pod is over. */
  async #turn(signal: AbortSignal): Promise<boolean> {
    const { clock, observer, reporter, onStep } = this.#options;
    // What arrives while the runtime is being asked waits for the next turn: the answer may be older than it.
    const news = this.#news;
    this.#news = [];
    if (this.#stale) {
      this.#stale = false;
      try {
        this.#state = await observer.pod(this.#desired.pod.metadata.uid!, signal);
      } catch (error) {
        this.#news.unshift(...news);
        throw error;
      }
    }
    const underWay = new Set(this.#underWay.keys());
    // An action whose outcome has come but was not taken in yet still counts as under way.
    for (const later of this.#news) if (later.of === "action") underWay.add(keyOfAction(later.action));
    // A step on a status older than the last report would take its times for news, and report back and forth for ever.
    const asked = this.#desired.pod;
    const resize = wantsResize(asked, this.#memory) ? this.#options.roomFor?.(asked) : undefined;
    const desired = { ...this.#desired, pod: reporter.newest(asked), resize };
    this.#heedClock();
    const result = step(desired, { ...this.#state, underWay, news }, this.#memory, clock.now());
    this.#memory = result.memory;
    const { pod } = this.#desired;
    onStep?.(pod, result);
    for (const event of result.events) this.#record(pod, event);
    if (result.status) reporter.report(pod, result.status);
    for (const key of result.cancel) this.#underWay.get(key)?.abort(new Error("no longer wanted"));
    for (const action of result.actions) this.#begin(action, signal);
    this.#probe(result.probes);
    this.#timer?.cancel();
    this.#timer =
      result.wakeAt === undefined
        ? undefined
        : clock.after(Math.min(Math.max(0, result.wakeAt - clock.now()), LOOK_AT_CLOCK_MS), () => this.#poke());
    return result.done;
  }

  /** Whoever sets the clock back an hour must not make a pod wait that long. */
  #heedClock(): void {
    const { clock } = this.#options;
    const setBy = Math.round(clock.now() - clock.monotonic() - this.#offsetMs);
    if (Math.abs(setBy) < CLOCK_SET_MS) return;
    this.#offsetMs += setBy;
    this.#memory = afterClockSet(this.#memory, setBy);
  }

  #record(pod: Pod, { type, reason, message, container }: PodEvent): void {
    const fieldPath = container === undefined ? "" : fieldPathOf(pod, container);
    this.#options.events.recordAbout(pod, fieldPath, type, reason, message);
  }

  #begin(action: Action, signal: AbortSignal): void {
    const { performer } = this.#options;
    const key = keyOfAction(action);
    const controller = new AbortController();
    this.#underWay.set(key, controller);
    const place = {
      pod: this.granted,
      podIPs: this.#state.sandboxes[0]?.ips ?? [],
      hostIP: this.#desired.node.ips[0] ?? "",
      running: new Map(this.#state.containers.filter(isAlive).map(({ name, id }) => [name, id])),
    };
    performer.perform(action, place, AbortSignal.any([signal, controller.signal])).then(
      (outcome) => {
        this.#underWay.delete(key);
        this.#tell(outcome);
      },
      // Cancelled: the next step sees that it is no longer under way.
      () => {
        this.#underWay.delete(key);
        this.changed();
      },
    );
  }

  /** Starts and ends probe loops until they are those wanted. */
  #probe(wanted: readonly WantedProbe[]): void {
    const keyOf = ({ kind, id }: WantedProbe) => `${kind}/${id}`;
    const keys = new Set(wanted.map(keyOf));
    for (const [key, controller] of this.#probes) {
      if (keys.has(key)) continue;
      this.#probes.delete(key);
      controller.abort(new Error("no longer wanted"));
    }
    for (const one of wanted) if (!this.#probes.has(keyOf(one))) this.#startProbe(keyOf(one), one);
  }

  #startProbe(key: string, { kind, container: name, id, startedAt, podIP }: WantedProbe): void {
    const container = containerOf(this.#desired.pod, name);
    const probe = container && probeOf(container, kind);
    if (!container || !probe) return;
    const controller = new AbortController();
    this.#probes.set(key, controller);
    const target = { probe, container: container.spec, containerId: id, startedAt, podIP };
    const deliver = (answer: Pick<Extract<News, { of: "probe" }>, "result" | "output">) =>
      this.#tell({ of: "probe", kind, container: name, id, ...answer });
    probeLoop(target, this.#options, deliver, controller.signal).catch((error: unknown) =>
      this.#options.log.error("a probe ended", { container: name, kind, error: String(error) }),
    );
  }
}
