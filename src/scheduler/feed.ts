// Keeps cluster and queue in step with the caches: which pods wait for this scheduler, which are placed, what else
// decides. It refuses to write, and to look at pods that another scheduler answers for beyond the room they take.
import type { CacheSet } from "../client/cache-set.ts";
import type { Cache } from "../client/cache.ts";
import { ReplicaSet } from "../resources/apps/replica-set.ts";
import { StatefulSet } from "../resources/apps/stateful-set.ts";
import { Namespace } from "../resources/core/namespace.ts";
import { Node } from "../resources/core/node.ts";
import { Pod } from "../resources/core/pod.ts";
import { isTerminal } from "../resources/core/pod/readiness.ts";
import { ReplicationController } from "../resources/core/replication-controller.ts";
import { Service } from "../resources/core/service.ts";
import { PodDisruptionBudget } from "../resources/policy/pod-disruption-budget.ts";
import { labelQueryOf, labelQueryOfMap } from "../schema/label-selector.ts";
import type { Labels, LabelQuery } from "../schema/label-selector.ts";
import type { LabelSelector } from "../schema/meta/label-selector-type.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import type { Cluster } from "./cluster.ts";
import type { Budget } from "./preemption.ts";
import type { SchedulingQueue } from "./queue.ts";
import type { Selecting } from "./related.ts";
import { podInfo } from "./node-info.ts";
import { deviceClaimsOf } from "./devices/claims.ts";
import { DEVICE_KINDS, STORAGE_KINDS } from "./storage.ts";
import type { StorageKind } from "./storage.ts";

export interface FeedOptions {
  readonly caches: CacheSet;
  readonly cluster: Cluster;
  readonly queue: SchedulingQueue;
  readonly schedulerName: string;
}

/** What the caches say of a pod, for cluster and queue. */
export class Feed {
  readonly #options: FeedOptions;
  readonly #stops: (() => void)[] = [];
  /** Pods whose claims to devices are not there yet, by uid: they are not even tried. */
  readonly #unready = new Map<string, Pod>();
  /** Whether it is known which devices there are. */
  #devicesKnown = false;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Listens; resolves when everything that is there has been told. */
  async start(): Promise<void> {
    const { caches, cluster } = this.#options;
    const nodes = caches.of(Node);
    const pods = caches.of(Pod);
    const namespaces = caches.of(Namespace);
    this.#stops.push(
      nodes.listen(({ object, deleted }) => (deleted ? cluster.removeNode(object) : cluster.putNode(object))),
      pods.listen(({ object, old, deleted }) => (deleted ? this.podGone(old ?? object) : this.putPod(object))),
      namespaces.listen(({ object, old, deleted }) => {
        const { name = "", labels = {} } = object.metadata;
        if (deleted) cluster.putNamespace(name, undefined);
        else if (!old || !sameLabels(old.metadata.labels, labels)) cluster.putNamespace(name, labels);
      }),
    );
    const synced = [nodes.synced, pods.synced, namespaces.synced, caches.of(PodDisruptionBudget).synced];
    synced.push(this.#select(caches.of(Service), "Service", ({ spec }) => labelQueryOfMap(spec.selector)));
    synced.push(
      this.#select(caches.of(ReplicationController), "ReplicationController", ({ spec }) =>
        labelQueryOfMap(spec.selector),
      ),
    );
    const bySelector = ({ spec }: { readonly spec: { readonly selector?: LabelSelector } }) =>
      labelQueryOf(spec.selector);
    synced.push(this.#select(caches.of(ReplicaSet), "ReplicaSet", bySelector));
    synced.push(this.#select(caches.of(StatefulSet), "StatefulSet", bySelector));
    for (const resource of STORAGE_KINDS) synced.push(this.#store(caches.of(resource as unknown as Resource)));
    const devices = DEVICE_KINDS.map((resource) => this.#store(caches.of(resource as unknown as Resource)));
    void Promise.all(devices).then(() => {
      this.#devicesKnown = true;
      this.#look();
    });
    await Promise.all(synced);
  }

  /** Pods that waited for their claims may have them now. */
  #look(): void {
    for (const pod of [...this.#unready.values()]) this.putPod(pod);
  }

  #hasClaims(pod: Pod): boolean {
    if (!pod.spec.resourceClaims?.length) return true;
    return this.#devicesKnown && typeof deviceClaimsOf(pod, this.#options.cluster.devices()) !== "string";
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Tells the cluster whose pods belong together. */
  #select<T extends KubeObject>(
    cache: Cache<T>,
    kind: Selecting["kind"],
    queryOf: (object: T) => LabelQuery,
  ): Promise<void> {
    const { cluster } = this.#options;
    this.#stops.push(
      cache.listen(({ object, old, deleted }) => {
        const { namespace = "", uid = "" } = object.metadata;
        if (deleted) return cluster.removeSelecting(namespace, uid);
        const query = queryOf(object);
        // Selectors hardly ever change while counts in the status do all the time.
        if (old && String(queryOf(old)) === String(query)) return;
        cluster.putSelecting(namespace, { kind, uid, query });
      }),
    );
    return cache.synced;
  }

  #store(cache: Cache<KubeObject>): Promise<void> {
    const { cluster } = this.#options;
    const kind = cache.resource.kind as StorageKind;
    this.#stops.push(
      cache.listen(({ object, deleted }) => {
        if (deleted) return cluster.removeStorage(kind, object);
        cluster.putStorage(kind, object);
        if (kind === "ResourceClaim" && this.#unready.size > 0) this.#look();
      }),
    );
    return cache.synced;
  }

  putPod(pod: Pod): void {
    const { cluster, queue, schedulerName } = this.#options;
    const { uid = "" } = pod.metadata;
    this.#unready.delete(uid);
    if (pod.spec.nodeName) {
      queue.remove(uid);
      return cluster.putPlaced(pod);
    }
    if (pod.metadata.deletionTimestamp || isTerminal(pod)) return this.podGone(pod);
    if ((pod.spec.schedulerName || schedulerName) !== schedulerName || pod.spec.schedulingGates?.length) return;
    cluster.putWaiting(pod);
    if (!queue.has(uid) && !cluster.isCounted(uid) && !this.#hasClaims(pod)) {
      this.#unready.set(uid, pod);
      return;
    }
    // A pod that is being bound comes back to the queue only when that fails.
    if (!cluster.isCounted(uid) || queue.has(uid)) queue.put(podInfo(pod));
  }

  podGone(pod: Pod): void {
    this.#unready.delete(pod.metadata.uid ?? "");
    this.#options.queue.remove(pod.metadata.uid ?? "");
    this.#options.cluster.removePod(pod);
  }

  /** The budgets of this moment. */
  budgets(): readonly Budget[] {
    return this.#options.caches
      .of(PodDisruptionBudget)
      .list()
      .map(({ metadata, spec, status }) => ({
        namespace: metadata.namespace ?? "",
        query: labelQueryOf(spec.selector),
        allowed: status.disruptionsAllowed ?? 0,
        disrupted: new Set(Object.keys(status.disruptedPods ?? {})),
      }));
  }
}

function sameLabels(a: Labels = {}, b: Labels = {}): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
