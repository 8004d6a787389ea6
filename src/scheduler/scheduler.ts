// kube-scheduler: takes waiting pods one after another, decides by the pure cycle, and acts: binds, preempts, or tells
// why not. It refuses to hold policy: that is plugins/, cycle.ts and preemption.ts.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { isAbortOf } from "../base/scope.ts";
import type { CacheSet } from "../client/cache-set.ts";
import type { Client } from "../client/client.ts";
import { Pod } from "../resources/core/pod.ts";
import { hasReason } from "../schema/meta/status.ts";
import { Cluster } from "./cluster.ts";
import type { NodeRejection, Refusal } from "./cycle.ts";
import { schedule } from "./cycle.ts";
import type { SchedulerEvents } from "./events.ts";
import { schedulerEvents } from "./events.ts";
import { unavailable } from "./explain.ts";
import { Feed } from "./feed.ts";
import { DeviceWrites, deviceWork } from "./device-writes.ts";
import type { DeviceWork } from "./device-writes.ts";
import type { Plugin } from "./plugin.ts";
import { PluginError } from "./plugin.ts";
import { DYNAMIC_RESOURCES, idleElsewhere } from "./plugins/dynamic-resources.ts";
import { defaultPlugins } from "./plugins/index.ts";
import { PodWrites } from "./pod-writes.ts";
import type { Candidate, PreemptionResult } from "./preemption.ts";
import { preempting } from "./preemption.ts";
import { SchedulingQueue } from "./queue.ts";
import type { PodInfo } from "./node-info.ts";
import type { Snapshot } from "./snapshot.ts";
import { nodeNamed } from "./snapshot.ts";
import { VolumeWrites, volumeWork } from "./volume-writes.ts";
import type { VolumeWork } from "./volume-writes.ts";

const DEFAULT_SCHEDULER_NAME = "default-scheduler";
/** After so long at a stretch whoever else lives in this process gets a turn. */
const STRETCH_MS = 5;
/** So many bindings and refusals are being written at once; the next pod waits for one to end. */
const MOST_WRITES = 512;
/** So many nodes are counted quickly enough at once. */
const FEW_NODES = 200;
/** A pod that was bound and that the cache has not shown after this time is asked for. */
const CONFIRM_MS = 30_000;

export interface SchedulerOptions {
  /** Speaks as system:kube-scheduler. */
  readonly client: Client;
  readonly caches: CacheSet;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly plugins?: readonly Plugin[];
  /** Which pods it answers for. */
  readonly name?: string;
}

/** What has to be written before a pod is bound. */
interface Beforehand {
  readonly volumes: VolumeWork | undefined;
  readonly devices: DeviceWork | undefined;
}

/** What comes of a pod that no node takes. */
interface Refused {
  readonly candidate: Candidate | undefined;
  readonly message: string;
  readonly nominatedNode: string | null | undefined;
}

/** Schedules until `signal` aborts. The caller runs the caches. */
export async function runScheduler(options: SchedulerOptions, signal: AbortSignal): Promise<void> {
  await new Scheduler(options).run(signal);
}

class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #plugins: readonly Plugin[];
  readonly #queue: SchedulingQueue;
  readonly #cluster: Cluster;
  readonly #feed: Feed;
  readonly #writes: PodWrites;
  readonly #volumes: VolumeWrites;
  readonly #devices: DeviceWrites;
  readonly #events: SchedulerEvents;
  /** Where the next cycle begins to look. */
  #start = 0;
  /** Bound, and not yet seen so by the cache. */
  readonly #unconfirmed = new Map<string, { readonly info: PodInfo; readonly boundAt: number }>();
  #writing = 0;
  #writeEnded = Promise.withResolvers<void>();
  /** Of pods that were refused: what is still being written about that. */
  readonly #refusals = new Map<string, Promise<void>>();
  /** uids of victims that somebody is told to delete at this moment. */
  readonly #evicting = new Set<string>();
  #stretchBegan = 0;

  constructor(options: SchedulerOptions) {
    const { caches, client, clock, plugins = defaultPlugins, name = DEFAULT_SCHEDULER_NAME } = options;
    this.#options = options;
    this.#plugins = plugins;
    this.#queue = new SchedulingQueue({ clock, plugins, related: () => this.#cluster.snapshot().related });
    this.#cluster = new Cluster((event) => this.#queue.notify(event));
    this.#feed = new Feed({ caches, cluster: this.#cluster, queue: this.#queue, schedulerName: name });
    this.#writes = new PodWrites(client, clock, name);
    this.#volumes = new VolumeWrites({ client, clock, cluster: this.#cluster });
    this.#devices = new DeviceWrites({ client, clock, cluster: this.#cluster });
    this.#events = schedulerEvents({ ...options, reporter: name });
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      await Promise.race([this.#feed.start(), whenAborted(signal)]);
      await Promise.all([this.#loop(signal), this.#confirm(signal)]);
    } catch (error) {
      if (!isAbortOf(signal, error)) throw error;
    } finally {
      this.#feed.stop();
    }
  }

  async #loop(signal: AbortSignal): Promise<void> {
    this.#stretchBegan = this.#options.clock.monotonic();
    while (!signal.aborted) {
      await this.#queue.ready(signal);
      while (this.#writing >= MOST_WRITES) await this.#writeEnded.promise;
      if (this.#isLong()) await this.#pause(signal);
      const next = this.#queue.take();
      if (next) await this.#try(next, signal);
    }
  }

  /** Whether it has been at work for so long that others should have a turn. */
  #isLong(): boolean {
    return this.#options.clock.monotonic() - this.#stretchBegan > STRETCH_MS;
  }

  async #pause(signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(0, signal);
    this.#stretchBegan = this.#options.clock.monotonic();
  }

  /**
   * In a large cluster some of what a cycle counts takes long the first time: after a start, and for the first pod of a
   * workload. That is done beforehand, in parts between which others have their turn.
   */
  async #countBefore(info: PodInfo, signal: AbortSignal): Promise<void> {
    for (const _ of this.#cluster.filling()) if (this.#isLong()) await this.#pause(signal);
    const snapshot = this.#cluster.snapshot();
    if (snapshot.nodes.length <= FEW_NODES) return;
    const selections = this.#plugins.flatMap((one) => one.selections?.(info, snapshot) ?? []);
    for (const _ of snapshot.tallies.counting(snapshot, selections)) if (this.#isLong()) await this.#pause(signal);
  }

  /** Counts a write that nobody waits for. */
  async #counted(write: Promise<void>): Promise<void> {
    this.#writing++;
    try {
      await write;
    } finally {
      this.#writing--;
      this.#writeEnded.resolve();
      this.#writeEnded = Promise.withResolvers();
    }
  }

  async #try(info: PodInfo, signal: AbortSignal): Promise<void> {
    const { random } = this.#options;
    // What was said of its last try must not arrive after what comes of this one.
    await this.#refusals.get(info.uid);
    if (!this.#queue.has(info.uid)) return;
    try {
      await this.#countBefore(info, signal);
      if (!this.#queue.has(info.uid)) return;
      const bare = this.#cluster.snapshot();
      const snapshot = this.#cluster.snapshotFor(info);
      const draw = (below: number) => random.below(below);
      const result = schedule(info, snapshot, {
        plugins: this.#plugins,
        draw,
        start: this.#start,
        bare: bare === snapshot ? undefined : bare,
      });
      if ("refusal" in result) return await this.#refuseOutright(info, snapshot, result.refusal, signal);
      if ("rejections" in result) return await this.#refuse(info, snapshot, result.rejections, signal);
      this.#start = (this.#start + result.examined) % Math.max(1, snapshot.nodes.length);
      const { node } = nodeNamed(snapshot, result.node)!;
      const devices = deviceWork(info, node, snapshot.related.storage);
      this.#cluster.assume(info, result.node);
      const volumes = volumeWork(info, node, snapshot.related.storage);
      // Binding takes a round trip, and volumes may take minutes: the next pod does not wait for it.
      if (volumes || devices) void this.#bindWith(info, result.node, { volumes, devices }, signal);
      else void this.#counted(this.#bind(info, result.node, signal));
    } catch (error) {
      if (error instanceof PluginError) {
        this.#queue.retry(info.uid);
        return this.#tellError(info, error.message);
      }
      this.#options.log.warn("scheduling failed", { pod: info.pod.metadata.name, error: textOf(error) });
      this.#queue.retry(info.uid);
    }
  }

  /** Binds once the pod's volumes are bound and its devices are its own. Until then its status says where it is expected. */
  async #bindWith(info: PodInfo, node: string, { volumes, devices }: Beforehand, signal: AbortSignal): Promise<void> {
    const given = [...(devices?.given.keys() ?? [])];
    if (volumes) this.#cluster.promise(volumes);
    if (devices) this.#cluster.giveDevices(devices.given);
    let step = "VolumeBinding";
    try {
      await this.#counted(this.#writes.expect(info, node));
      const isWanted = () => this.#cluster.isAssumed(info.uid);
      if (volumes && !(await this.#volumes.bind(info, volumes, isWanted, signal))) {
        this.#cluster.devicesArrived(given);
        return this.#cluster.withdraw(volumes);
      }
      step = DYNAMIC_RESOURCES;
      if (devices) await this.#counted(this.#devices.bind(info, devices));
      this.#cluster.devicesArrived(given);
    } catch (error) {
      if (volumes) this.#cluster.withdraw(volumes);
      this.#cluster.devicesArrived(given);
      this.#cluster.forget(info);
      this.#queue.retry(info.uid);
      if (signal.aborted) return;
      if (devices) await this.#release(info, devices);
      const why = error instanceof Error ? error.message : String(error);
      return this.#tellError(info, `running PreBind plugin "${step}": ${why}`);
    }
    await this.#counted(this.#bind(info, node, signal));
    if (devices && !signal.aborted && this.#queue.has(info.uid)) await this.#release(info, devices);
  }

  /** Never throws: a pod that stays among the users of a claim without need is found there by the claim's controller. */
  async #release(info: PodInfo, devices: DeviceWork): Promise<void> {
    try {
      await this.#devices.release(info, devices);
    } catch (error) {
      this.#options.log.info("claims not released", { pod: info.pod.metadata.name, error: textOf(error) });
    }
  }

  async #bind(info: PodInfo, node: string, signal: AbortSignal): Promise<void> {
    const { namespace = "", name = "" } = info.pod.metadata;
    try {
      await this.#writes.bind(info, node);
      this.#queue.remove(info.uid);
      const note = `Successfully assigned ${namespace}/${name} to ${node}`;
      this.#events.tell(info.pod, { type: "Normal", reason: "Scheduled", action: "Binding", note });
      if (this.#cluster.isAssumed(info.uid))
        this.#unconfirmed.set(info.uid, { info, boundAt: this.#options.clock.monotonic() });
    } catch (error) {
      this.#cluster.forget(info);
      if (hasReason(error, "NotFound")) return this.#queue.remove(info.uid);
      this.#queue.retry(info.uid);
      if (signal.aborted) return;
      await this.#tellError(
        info,
        `running Bind plugin "DefaultBinder": ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /**
   * The cache shows bound pods soon. Those it does not show are asked for: what the API says is so, whatever was
   * assumed.
   */
  async #confirm(signal: AbortSignal): Promise<void> {
    const { client, clock, log } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(CONFIRM_MS, signal);
      for (const [uid, { info, boundAt }] of this.#unconfirmed) {
        if (this.#cluster.isAssumed(uid) && clock.monotonic() - boundAt < CONFIRM_MS) continue;
        this.#unconfirmed.delete(uid);
        if (!this.#cluster.isAssumed(uid)) continue;
        const { namespace, name = "" } = info.pod.metadata;
        try {
          const pod = await client.get(Pod, { namespace, name });
          if (pod.metadata.uid !== uid || !pod.spec.nodeName) this.#cluster.forget(info);
          if (pod.metadata.uid === uid) this.#feed.putPod(pod);
        } catch (error) {
          if (hasReason(error, "NotFound")) this.#cluster.forget(info);
          else {
            log.info("a bound pod was not confirmed", { pod: `${namespace}/${name}`, error: textOf(error) });
            this.#unconfirmed.set(uid, { info, boundAt });
          }
        }
      }
    }
  }

  /**
   * No node can be looked at. The end of the message is upstream's: where plug-ins after this one know nothing of the
   * pod, what it would ask of them is "not found"; the last of them goes on as if all nodes had been asked.
   */
  async #refuseOutright(
    info: PodInfo,
    snapshot: Snapshot,
    { plugin, text }: Refusal,
    signal: AbortSignal,
  ): Promise<void> {
    const { nodes } = snapshot;
    const said = `0/${nodes.length} nodes are available: ${text}.`;
    if (plugin === DYNAMIC_RESOURCES) {
      const all = nodes.map(({ name }) => [name, { plugin, reasons: [text], unresolvable: true }] as const);
      return this.#refuse(info, snapshot, new Map(all), signal, said);
    }
    this.#queue.park(info.uid, new Set([plugin]));
    const message = `${said} not found`;
    this.#events.tell(info.pod, { type: "Warning", reason: "FailedScheduling", action: "Scheduling", note: message });
    const refused = { candidate: undefined, message, nominatedNode: undefined };
    const writing = this.#counted(this.#writeRefusal(info, refused)).finally(() => {
      this.#refusals.delete(info.uid);
    });
    this.#refusals.set(info.uid, writing);
  }

  async #refuse(
    info: PodInfo,
    snapshot: Snapshot,
    rejections: ReadonlyMap<string, NodeRejection>,
    signal: AbortSignal,
    said?: string,
  ): Promise<void> {
    // Before anything is waited for, so that no event of the cluster is missed that might help it.
    this.#queue.park(info.uid, new Set([...rejections.values()].map((r) => r.plugin)));
    let message =
      said ??
      unavailable(
        snapshot.nodes.length,
        [...rejections.values()].map((r) => r.reasons),
      );
    let candidate: Candidate | undefined;
    let nominatedNode: string | null | undefined;
    if (snapshot.nodes.length > 0) {
      const found = await this.#preempt(info, snapshot, rejections, signal);
      // Gone or placed by somebody else meanwhile.
      if (!this.#queue.has(info.uid)) return;
      if (await this.#deallocate(info, snapshot)) message += " deallocation of ResourceClaim completed,";
      message += ` preemption: ${found.message}`;
      if (found.outcome === "found") candidate = found.candidate;
      // Nobody could make room: what was promised before is void.
      if (found.outcome !== "not eligible") nominatedNode = candidate?.node ?? null;
    }
    if (candidate) this.#cluster.nominate(info, candidate.node);
    else if (nominatedNode === null) this.#cluster.denominate(info);
    this.#events.tell(info.pod, { type: "Warning", reason: "FailedScheduling", action: "Scheduling", note: message });
    const writing = this.#counted(this.#writeRefusal(info, { candidate, message, nominatedNode })).finally(() => {
      this.#refusals.delete(info.uid);
    });
    this.#refusals.set(info.uid, writing);
  }

  /** Devices that the pod's claims have elsewhere, and that nobody uses, are given back: before anybody is evicted. */
  async #deallocate(info: PodInfo, { nodes, related }: Snapshot): Promise<boolean> {
    if (!info.pod.spec.resourceClaims?.length) return false;
    const idle = idleElsewhere(
      info.pod,
      nodes.map(({ node }) => node),
      related.storage,
    );
    if (!idle) return false;
    await this.#devices.deallocate(idle);
    return true;
  }

  /** The dry run, in parts between which others have their turn. */
  async #preempt(
    info: PodInfo,
    snapshot: Snapshot,
    rejections: ReadonlyMap<string, NodeRejection>,
    signal: AbortSignal,
  ): Promise<PreemptionResult> {
    const { random } = this.#options;
    const draw = (below: number) => random.below(below);
    const options = { plugins: this.#plugins, budgets: this.#feed.budgets(), draw };
    const steps = preempting(info, snapshot, rejections, options);
    for (;;) {
      if (this.#isLong()) await this.#pause(signal);
      const step = steps.next();
      if (step.done) return step.value;
    }
  }

  /** Never throws: what cannot be written is tried again with the pod. */
  async #writeRefusal(info: PodInfo, { candidate, message, nominatedNode }: Refused): Promise<void> {
    try {
      if (candidate) await this.#makeRoom(info, candidate);
      await this.#writes.refuse(info, { reason: "Unschedulable", message, nominatedNode });
    } catch (error) {
      if (candidate) this.#cluster.denominate(info);
      this.#options.log.warn("refusal not written", { pod: info.pod.metadata.name, error: textOf(error) });
      this.#queue.retry(info.uid);
    }
  }

  /**
   * Evicts the victims that are not on their way out already; lower pods that waited for the same room wait no
   * longer.
   */
  async #makeRoom(info: PodInfo, { node, victims }: Candidate): Promise<void> {
    const living = victims.filter(({ pod, uid }) => !pod.metadata.deletionTimestamp && !this.#evicting.has(uid));
    if (living.length === 0) return;
    for (const lower of this.#cluster.nominatedBelow(info.priority, node)) {
      this.#cluster.denominate(lower);
      await this.#writes.denominate(lower);
      this.#queue.retry(lower.uid);
    }
    await Promise.all(
      living.map(async (victim) => {
        this.#evicting.add(victim.uid);
        try {
          await this.#writes.evict(victim, info);
        } finally {
          this.#evicting.delete(victim.uid);
        }
        const note = `Preempted by pod ${info.uid} on node ${node}`;
        this.#events.tell(victim.pod, {
          type: "Normal",
          reason: "Preempted",
          action: "Preempting",
          note,
          related: info.pod,
        });
      }),
    );
  }

  /** Not the pod's fault, and told all the same. */
  async #tellError(info: PodInfo, message: string): Promise<void> {
    const { namespace, name } = info.pod.metadata;
    this.#options.log.info("pod not bound", { pod: `${namespace}/${name}`, error: message });
    this.#events.tell(info.pod, { type: "Warning", reason: "FailedScheduling", action: "Scheduling", note: message });
    try {
      await this.#writes.refuse(info, { reason: "SchedulerError", message, nominatedNode: undefined });
    } catch (error) {
      this.#options.log.info("condition not written", { pod: `${namespace}/${name}`, error: textOf(error) });
    }
  }
}

const textOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
