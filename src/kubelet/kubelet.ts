// The kubelet: this node's pods, each with its worker; the node itself; what a crash left behind. It refuses to know a
// runtime, a disk or a socket: they are parameters, so that a simulation runs many of them in one process.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { isAbortOf } from "../base/scope.ts";
import { Cache } from "../client/cache.ts";
import type { CacheOptions } from "../client/cache.ts";
import type { Client } from "../client/client.ts";
import { eventRecorder } from "../reconcile/events.ts";
import { Node } from "../resources/core/node.ts";
import { Pod } from "../resources/core/pod.ts";
import { isTerminal } from "../resources/core/pod/readiness.ts";
import type { Cri } from "./cri.ts";
import type { Disk } from "./images/collection.ts";
import { collectImages } from "./images/collector.ts";
import { nodeImages } from "./images/images.ts";
import type { Images } from "./images/images.ts";
import type { PullRecords } from "./images/pull-ledger.ts";
import type { PullCredential } from "./images/pull-secrets.ts";
import type { PodCgroups } from "./node/cgroups.ts";
import type { NodeFacts, Pressure } from "./node/facts.ts";
import { NO_PRESSURE } from "./node/facts.ts";
import type { Shortages } from "./node/shortages.ts";
import { keepNode, nodeReference, runtimeFacts } from "./node/node.ts";
import type { PodConfigs, PodObjects, PodVolumes } from "./parts.ts";
import { performer } from "./pod/act.ts";
import { admit, refuseResize } from "./pod/admission.ts";
import type { Refusal } from "./pod/admission.ts";
import { imagesOf } from "./pod/needed-images.ts";
import { evictOverLimit } from "./pod/evictor.ts";
import { evictUnderPressure } from "./pod/pressure-evictor.ts";
import { podUsageOf } from "./pod/pod-usage.ts";
import type { MemoryUse } from "./pod/pod-usage.ts";
import type { LocalUsage } from "./pod/local-storage.ts";
import { Observer } from "./pod/observe.ts";
import { removeOrphans } from "./pod/orphans.ts";
import { statusReporter } from "./pod/report.ts";
import type { Desired } from "./pod/situation.ts";
import type { Step } from "./pod/step.ts";
import type { ReadTail } from "./pod/termination-message.ts";
import { PodWorker } from "./pod/worker.ts";
import type { WorkerOptions } from "./pod/worker.ts";
import type { Dialer } from "./probes/dialer.ts";

export interface KubeletOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly cri: Cri;
  readonly volumes: PodVolumes;
  readonly configs: PodConfigs;
  /** Without it, volumes follow their ConfigMaps and Secrets when they are refreshed. */
  readonly objects?: PodObjects | undefined;
  readonly dialer: Dialer;
  /** The end of a file of this machine: last words and logs of containers. */
  readonly readTail: ReadTail;
  /** What the machine says of itself; asked again now and then. */
  readonly facts: () => NodeFacts | Promise<NodeFacts>;
  /** What the node is short of; without it, it never is. */
  readonly shortages?: Shortages | undefined;
  /** What containers use of memory now, by uid of the pod and name; for a node that has to choose whom to end. */
  readonly memoryUse?: (() => Promise<readonly MemoryUse[]>) | undefined;
  readonly credentials?: ((image: string, pod: Pod) => Promise<readonly PullCredential[]>) | undefined;
  /** Where it is kept with which secrets images were pulled; without it, a kubelet does not know of pulls before it began. */
  readonly pullRecords?: PullRecords | undefined;
  /** What a pod uses of the disk; without it nothing is evicted. */
  readonly usage?: ((pod: Pod, signal: AbortSignal) => Promise<LocalUsage>) | undefined;
  /** The file system that holds the images; without it none is ever removed. */
  readonly imageDisk?: (() => Promise<Disk>) | undefined;
  /** Names of images that cannot be had again, and stay. */
  readonly keptImages?: readonly string[] | undefined;
  /** Names of images that somebody pinned, where the runtime's list does not tell. */
  readonly pinnedImages?: ((signal: AbortSignal) => Promise<ReadonlySet<string>>) | undefined;
  /** Removes logs that nobody can ask for any more; `wanted` says whether a pod is taken care of. */
  readonly removeDeadLogs?: ((wanted: (podUid: string) => boolean, signal: AbortSignal) => Promise<void>) | undefined;
  /** The groups of pods; without it the runtime's own must do. */
  readonly cgroups?: PodCgroups | undefined;
  readonly handlerOf?: ((runtimeClass: string) => Promise<string>) | undefined;
  /** This node's pods, where somebody else wants to read them too; the kubelet runs it. */
  readonly pods?: Cache<Pod> | undefined;
  /** Each step of each pod, for tests and for who asks why. */
  readonly onStep?: ((pod: Pod, step: Step) => void) | undefined;
}

/** Everything is looked at this often, whatever the runtime's news say. */
const RELIST_MS = 10_000;

/**
 * Runs this node until `signal` aborts; pods go on running then. Rejects only when the machine's facts cannot be
 * had.
 */
export async function runKubelet(options: KubeletOptions, signal: AbortSignal): Promise<void> {
  const { client, clock, random, log } = options;
  const facts = await options.facts();
  const events = eventRecorder({ client, component: "kubelet", host: facts.name, clock, random, log });
  const pods = options.pods ?? podsOfNode({ client, clock, random, log }, facts.name);
  const kubelet = new Kubelet(options, facts, { events, pods }, signal);
  const running = [
    pods.run(signal),
    keepNode(
      {
        ...options,
        pressure: () => options.shortages?.pressure() ?? NO_PRESSURE,
        events,
        onNode: (node) => kubelet.sawNode(node),
      },
      signal,
    ),
    kubelet.run(),
  ];
  await Promise.all(running).catch((error: unknown) => {
    if (!isAbortOf(signal, error)) throw error;
  });
}

/** The cache of a node's pods. */
export const podsOfNode = (options: CacheOptions, nodeName: string): Cache<Pod> =>
  new Cache(Pod, { ...options, fieldSelector: `spec.nodeName=${nodeName}` });

interface Parts {
  readonly events: ReturnType<typeof eventRecorder>;
  readonly pods: Cache<Pod>;
}

class Kubelet {
  readonly #options: KubeletOptions;
  readonly #facts: NodeFacts;
  readonly #parts: Parts;
  readonly #signal: AbortSignal;
  readonly #workers = new Map<string, PodWorker>();
  readonly #observer: Observer;
  readonly #images: Images;
  readonly #worker: Omit<WorkerOptions, "log">;
  /** Pods whose admission waits for the node as it is now. */
  readonly #judging = new Set<string>();
  readonly #met = Promise.withResolvers<void>();
  #runtime = "";
  #pressure = NO_PRESSURE;
  #node: Node | undefined;
  #fingerprints: ReadonlyMap<string, string> = new Map();

  constructor(options: KubeletOptions, facts: NodeFacts, parts: Parts, signal: AbortSignal) {
    this.#options = options;
    this.#facts = facts;
    this.#parts = parts;
    this.#signal = signal;
    this.#observer = new Observer(options);
    const reporter = statusReporter({ ...options, signal });
    const introduce = (id: string, podUid: string) => this.#observer.introduce(id, podUid);
    const images = (this.#images = nodeImages(options));
    const act = performer({ ...options, images, reporter, introduce });
    const { clock, cri, dialer, onStep } = options;
    this.#worker = {
      clock,
      cri,
      dialer,
      onStep,
      events: parts.events,
      observer: this.#observer,
      performer: act,
      reporter,
    };
  }

  sawNode(node: Node): void {
    this.#node = node;
    this.#met.resolve();
  }

  async run(): Promise<void> {
    const { pods } = this.#parts;
    // The node's labels decide what it takes.
    await Promise.race([Promise.all([pods.synced, this.#met.promise]), aborted(this.#signal)]);
    await this.#meetRuntime();
    // The oldest first, so that it is the newcomer that finds no room.
    const known = [...pods.list()].sort((a, b) => createdAt(a).localeCompare(createdAt(b)));
    for (const pod of known) this.#take(pod);
    this.#options.objects?.listen((uid) => this.#workers.get(uid)?.objectsChanged());
    pods.listen(({ object, deleted }) => (deleted ? this.#gone(object) : this.#take(object)));
    await Promise.all([this.#follow(), this.#relist(), this.#clean(), this.#evict(), this.#collectImages()]);
  }

  /** Container ids carry the runtime's name, so it must be known before anything is reported. */
  async #meetRuntime(): Promise<void> {
    const { cri, clock } = this.#options;
    for (;;) {
      const { name, version } = await runtimeFacts(cri, this.#signal);
      this.#runtime = name;
      if (version !== "") return;
      await clock.sleep(500, this.#signal);
    }
  }

  #take(pod: Pod): void {
    const uid = pod.metadata.uid!;
    const worker = this.#workers.get(uid);
    if (worker) {
      this.#hold(pod);
      return worker.update({ ...worker.desired, pod });
    }
    if (this.#judging.has(uid)) return;
    const refusal = this.#admit(pod);
    if (refusal?.reason !== "NodeAffinity") return this.#start(pod, refusal);
    this.#judging.add(uid);
    void this.#judgeAgain(pod.metadata).catch((error: unknown) => {
      if (!this.#signal.aborted) this.#options.log.error("a pod was not judged", { error: String(error) });
    });
  }

  #admit(pod: Pod): Refusal | undefined {
    const others = [...this.#workers.values()].filter(({ desired }) => !desired.rejected).map(({ granted }) => granted);
    return admit(pod, {
      facts: this.#facts,
      labels: this.#node?.metadata.labels ?? {},
      others,
      pressure: this.#pressure,
      features: this.#node?.status.features,
    });
  }

  /** A label that the scheduler has seen already may have to be fetched first: then the pod as it is now is judged. */
  async #judgeAgain({ uid, namespace, name }: Pod["metadata"]): Promise<void> {
    const { client, clock } = this.#options;
    for (;;) {
      try {
        this.#node = await client.get(Node, { name: this.#facts.name }, { signal: this.#signal });
        break;
      } catch (error) {
        this.#signal.throwIfAborted();
        this.#options.log.warn("the node cannot be read", { error: String(error) });
        await clock.sleep(1000, this.#signal);
      }
    }
    this.#judging.delete(uid!);
    const pod = this.#parts.pods.get({ namespace, name: name! });
    if (pod?.metadata.uid === uid) this.#start(pod!, this.#admit(pod!));
  }

  #start(pod: Pod, refusal: Refusal | undefined): void {
    const uid = pod.metadata.uid!;
    const node = { name: this.#facts.name, ips: this.#facts.ips, runtime: this.#runtime };
    const desired: Desired = { pod, node, ...(refusal && { rejected: refusal }) };
    if (refusal) this.#parts.events.record(pod, "Warning", refusal.reason, refusal.message);
    const { namespace, name } = pod.metadata;
    const log = this.#options.log.with({ pod: `${namespace}/${name}` });
    const roomFor = (asked: Pod) => {
      const others = [...this.#workers.values()].filter((one) => !one.desired.rejected && one !== worker);
      return refuseResize(
        asked,
        others.map(({ granted }) => granted),
        this.#facts.allocatable,
      );
    };
    const worker = new PodWorker(desired, { ...this.#worker, log, roomFor });
    this.#workers.set(uid, worker);
    if (!refusal) this.#hold(pod);
    void worker.run(this.#signal).then(() => {
      this.#workers.delete(uid);
      this.#options.objects?.release(uid);
      this.#worker.reporter.forget(uid);
    });
  }

  /** What has ended reads nothing any more. */
  #hold(pod: Pod): void {
    if (isTerminal(pod)) this.#options.objects?.release(pod.metadata.uid!);
    else this.#options.objects?.hold(pod);
  }

  #gone(pod: Pod): void {
    const worker = this.#workers.get(pod.metadata.uid!);
    if (worker) worker.update({ ...worker.desired, pod, gone: true });
  }

  /** The runtime's own news. */
  async #follow(): Promise<void> {
    for await (const id of this.#options.cri.changes(this.#signal)) {
      if (id === "") for (const worker of this.#workers.values()) worker.changed();
      else this.#workers.get(this.#observer.podOf(id) ?? "")?.changed();
    }
  }

  async #evict(): Promise<void> {
    const { usage, clock, log, cri, shortages } = this.#options;
    const shared = { clock, log, workers: () => this.#workers.values() };
    const onPressure = (pressure: Pressure) => (this.#pressure = pressure);
    const podUsage = podUsageOf(this.#options);
    await Promise.all([
      usage && evictOverLimit({ ...shared, usage }, this.#signal),
      shortages && evictUnderPressure({ ...shared, cri, shortages, podUsage, onPressure }, this.#signal),
    ]);
  }

  async #collectImages(): Promise<void> {
    const { cri, clock, log, imageDisk: disk, keptImages: kept, pinnedImages: pinned } = this.#options;
    if (!disk) return;
    const active = () =>
      [...this.#workers.values()].map(({ desired }) => desired.pod).filter((pod) => !isTerminal(pod));
    const wanted = () => active().flatMap(imagesOf);
    const warn = (reason: string, message: string) =>
      this.#parts.events.record(nodeReference(this.#facts.name), "Warning", reason, message);
    const onListed = (ids: ReadonlySet<string>, at: number) => this.#images.prune(ids, at);
    await collectImages({ cri, clock, log, disk, wanted, kept, pinned, warn, onListed }, this.#signal);
  }

  /** One look at everything, for what the news missed. */
  async #relist(): Promise<void> {
    const { clock, log } = this.#options;
    while (!this.#signal.aborted) {
      await clock.sleep(RELIST_MS, this.#signal);
      try {
        const seen = await this.#observer.fingerprints(this.#signal);
        for (const [uid, worker] of this.#workers) if (seen.get(uid) !== this.#fingerprints.get(uid)) worker.changed();
        this.#fingerprints = seen;
      } catch (error) {
        this.#signal.throwIfAborted();
        log.warn("the runtime cannot be listed", { error: String(error) });
      }
    }
  }

  /** Pods that ended while nobody looked: everything that is nobody's is removed, once the API's list is in. */
  async #clean(): Promise<void> {
    const { volumes, cri, log, clock, removeDeadLogs } = this.#options;
    const wanted = (uid: string) => this.#workers.has(uid);
    while (!this.#signal.aborted) {
      await removeOrphans({ observer: this.#observer, volumes, cri, log, wanted }, this.#signal);
      await removeDeadLogs?.(wanted, this.#signal).catch((error: unknown) => {
        this.#signal.throwIfAborted();
        log.warn("dead logs were not removed", { error: String(error) });
      });
      await clock.sleep(RELIST_MS * 6, this.#signal);
    }
  }
}

const createdAt = (pod: Pod): string => pod.metadata.creationTimestamp ?? "";

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
