// The scheduler's picture of the cluster, kept in step with the caches: nodes, the pods on them, those assumed there
// though not yet bound, and those nominated. It refuses to decide; it gives snapshots and tells what changed.
import type { Node } from "../resources/core/node.ts";
import type { PersistentVolumeClaim } from "../resources/core/persistent-volume-claim.ts";
import type { PersistentVolume } from "../resources/core/persistent-volume.ts";
import type { Pod } from "../resources/core/pod.ts";
import type { AllocationResult, ResourceClaim } from "../resources/resource/resource-claim.ts";
import { isTerminal } from "../resources/core/pod/readiness.ts";
import type { Labels } from "../schema/label-selector.ts";
import type { ClusterEvent } from "./plugin.ts";
import type { Selecting } from "./related.ts";
import type { NodeInfo, PodInfo } from "./node-info.ts";
import type { Snapshot } from "./snapshot.ts";
import { nodeInfo, podInfo, withPod } from "./node-info.ts";
import { nodeNamed, snapshotOf, withNodes } from "./snapshot.ts";
import type { Storage, StorageKind } from "./storage.ts";
import { StorageState } from "./storage.ts";
import { BLOCK, Tallies } from "./tally.ts";
import type { KubeObject } from "../schema/resource.ts";

interface Place {
  /** Undefined while only pods are known that name it: they may be told of sooner than their node, or later gone. */
  node: Node | undefined;
  readonly pods: Map<string, PodInfo>;
  info: NodeInfo | undefined;
}

interface Nomination {
  readonly info: PodInfo;
  readonly node: string;
  /** Decided here, and not seen in the pod's status yet. */
  readonly isPending: boolean;
}

/** What is to become of volumes and claims. */
export interface Promised {
  readonly volumes: readonly PersistentVolume[];
  readonly claims: readonly PersistentVolumeClaim[];
}

const uidOf = (pod: Pod) => pod.metadata.uid ?? "";

export class Cluster {
  readonly #places = new Map<string, Place>();
  /** uid → where it is counted. */
  readonly #where = new Map<string, string>();
  /** uids that are counted on our word alone. */
  readonly #assumed = new Set<string>();
  readonly #nominated = new Map<string, Nomination>();
  readonly #tell: (event: ClusterEvent) => void;
  readonly #tallies = new Tallies();
  readonly #namespaces = new Map<string, Labels>();
  readonly #selecting = new Map<string, Map<string, Selecting>>();
  readonly #storage = new StorageState();
  /** Names of nodes whose value the last snapshot does not have. */
  readonly #changed = new Set<string>();
  #nodesCameOrWent = true;
  #relatedChanged = true;
  #storageChanged = false;
  #snapshot: Snapshot = snapshotOf([], undefined, this.#tallies);

  constructor(tell: (event: ClusterEvent) => void) {
    this.#tell = tell;
  }

  /** The present state. The same value until something changes. */
  snapshot(): Snapshot {
    if (this.#nodesCameOrWent) this.#rebuild();
    else if (this.#changed.size > 0) {
      this.#snapshot = withNodes(
        this.#snapshot,
        Array.from(this.#changed, (name) => this.#infoOf(this.#places.get(name)!)),
      );
    }
    this.#changed.clear();
    if (this.#relatedChanged) {
      this.#relatedChanged = false;
      const selecting = new Map(Array.from(this.#selecting, ([namespace, found]) => [namespace, new Map(found)]));
      const related = { namespaces: new Map(this.#namespaces), selecting, storage: this.#storage.view() };
      this.#snapshot = { ...this.#snapshot, related };
    } else if (this.#storageChanged) {
      const related = { ...this.#snapshot.related, storage: this.#storage.view() };
      this.#snapshot = { ...this.#snapshot, related };
    }
    this.#storageChanged = false;
    return this.#snapshot;
  }

  /** Works out, a few at a time, the nodes that the next snapshot would have to: after a start those are all. */
  *filling(): Generator<void> {
    if (this.#changed.size <= BLOCK) return;
    let some = 0;
    for (const place of this.#places.values()) {
      if (!place.node || place.info) continue;
      this.#infoOf(place);
      if (++some % BLOCK === 0) yield;
    }
  }

  #rebuild(): void {
    this.#nodesCameOrWent = false;
    const nodes: NodeInfo[] = [];
    for (const place of this.#places.values()) if (place.node) nodes.push(this.#infoOf(place));
    this.#snapshot = snapshotOf(nodes, this.#snapshot.related, this.#tallies);
  }

  #infoOf(place: Place): NodeInfo {
    return (place.info ??= nodeInfo(place.node!, [...place.pods.values()]));
  }

  /** The state as this pod has to see it: room nominated to others of at least its priority is taken. */
  snapshotFor(pod: PodInfo): Snapshot {
    const base = this.snapshot();
    let changed: Map<string, NodeInfo> | undefined;
    for (const { info, node } of this.#nominated.values()) {
      if (info.priority < pod.priority || info.uid === pod.uid || this.#where.has(info.uid)) continue;
      const before = changed?.get(node) ?? nodeNamed(base, node);
      if (before) (changed ??= new Map()).set(node, withPod(before, info));
    }
    return changed ? withNodes(base, changed.values()) : base;
  }

  putNode(node: Node): void {
    const place = this.#placeOf(node.metadata.name ?? "");
    const { node: old } = place;
    if (old === node) return;
    place.node = node;
    this.#touch(node.metadata.name ?? "", place);
    if (old) return this.#tell({ type: "NodeUpdated", node, old });
    this.#nodesCameOrWent = true;
    this.#tell({ type: "NodeAdded", node });
  }

  removeNode(node: Node): void {
    const name = node.metadata.name ?? "";
    const place = this.#places.get(name);
    if (!place?.node) return;
    place.node = undefined;
    place.info = undefined;
    if (place.pods.size === 0) this.#places.delete(name);
    this.#nodesCameOrWent = true;
    this.#tell({ type: "NodeRemoved", node });
  }

  /** A pod with a node, new or changed. One that is over takes no room. */
  putPlaced(pod: Pod): void {
    const uid = uidOf(pod);
    this.#nominated.delete(uid);
    if (isTerminal(pod)) return this.removePod(pod);
    const info = podInfo(pod);
    const before = this.#counted(uid);
    const wasAssumed = this.#assumed.delete(uid);
    this.#count(info, pod.spec.nodeName ?? "");
    if (!before || wasAssumed) this.#tell({ type: "PodPlaced", pod: info });
    else if (before !== info) this.#tell({ type: "PodChanged", pod: info, old: before });
  }

  removePod(pod: Pod): void {
    const uid = uidOf(pod);
    const wasNominated = this.#nominated.delete(uid);
    this.#assumed.delete(uid);
    if (this.#uncount(uid) || wasNominated) this.#tell({ type: "PodGone", pod: podInfo(pod) });
  }

  /** Follows a waiting pod's nomination, as its status tells. */
  putWaiting(pod: Pod): void {
    const uid = uidOf(pod);
    const { nominatedNodeName: node } = pod.status;
    if (node) this.#nominated.set(uid, { info: podInfo(pod), node, isPending: false });
    else if (!this.#nominated.get(uid)?.isPending) this.#nominated.delete(uid);
  }

  /** Keeps room for the pod from now on, before its status says so. */
  nominate(info: PodInfo, node: string): void {
    this.#nominated.set(info.uid, { info, node, isPending: true });
  }

  denominate({ uid }: PodInfo): void {
    this.#nominated.delete(uid);
  }

  /** Pods of lower priority that wait for room on this node. */
  nominatedBelow(priority: number, node: string): readonly PodInfo[] {
    const below: PodInfo[] = [];
    for (const nomination of this.#nominated.values()) {
      const { info } = nomination;
      if (nomination.node === node && info.priority < priority && !this.#where.has(info.uid)) below.push(info);
    }
    return below;
  }

  /** Counts the pod on the node until the cache says so, or {@link forget}. */
  assume(pod: PodInfo, node: string): void {
    this.#assumed.add(pod.uid);
    this.#count(pod, node);
  }

  /** The pod was not bound after all. */
  forget(pod: PodInfo): void {
    if (!this.#assumed.delete(pod.uid)) return;
    this.#uncount(pod.uid);
    this.#tell({ type: "PodGone", pod });
  }

  isAssumed(uid: string): boolean {
    return this.#assumed.has(uid);
  }

  isCounted(uid: string): boolean {
    return this.#where.has(uid);
  }

  putNamespace(name: string, labels: Labels | undefined): void {
    if (labels) this.#namespaces.set(name, labels);
    else this.#namespaces.delete(name);
    this.#relatedChanged = true;
    this.#tell({ type: "RelatedChanged" });
  }

  /** A service or workload; its pods spread even when they do not say so. That is soft, so nobody waits for it. */
  putSelecting(namespace: string, selecting: Selecting): void {
    let here = this.#selecting.get(namespace);
    if (!here) this.#selecting.set(namespace, (here = new Map()));
    here.set(selecting.uid, selecting);
    this.#relatedChanged = true;
  }

  removeSelecting(namespace: string, uid: string): void {
    const here = this.#selecting.get(namespace);
    if (here?.delete(uid) && here.size === 0) this.#selecting.delete(namespace);
    this.#relatedChanged = true;
  }

  putStorage(kind: StorageKind, object: KubeObject): void {
    const old = this.#storage.put(kind, object);
    this.#storageChanged = true;
    this.#tell({ type: "StorageChanged", kind, object, old });
  }

  removeStorage(kind: StorageKind, object: KubeObject): void {
    this.#storage.remove(kind, object);
    this.#storageChanged = true;
    this.#tell({ type: "StorageChanged", kind, object: undefined, old: object });
  }

  /** Volumes and claims as the API has them. */
  get storage(): Pick<StorageState, "volume" | "claim"> {
    return this.#storage;
  }

  /** Volumes and claims count as these from now on, until the cache says otherwise, or {@link withdraw}. */
  promise({ volumes, claims }: Promised): void {
    this.#storage.promise(volumes, claims);
    this.#storageChanged = true;
  }

  /** Devices are given to claims, by uid; nobody else gets them until {@link devicesArrived}. */
  giveDevices(given: ReadonlyMap<string, AllocationResult>): void {
    this.#storage.giveDevices(given);
    this.#storageChanged = true;
  }

  devicesArrived(uids: readonly string[]): void {
    this.#storage.devicesArrived(uids);
    this.#storageChanged = true;
  }

  /** What is known of claims to devices at this moment. */
  devices(): Pick<Storage, "deviceClaims"> {
    return this.#storage.view();
  }

  /** The API answered this claim; the cache will tell it later. */
  answered(claim: ResourceClaim): void {
    this.#storage.answered(claim);
    this.#storageChanged = true;
  }

  withdraw({ volumes, claims }: Promised): void {
    this.#storageChanged = true;
    for (const [kind, object] of this.#storage.withdraw(volumes, claims))
      this.#tell({ type: "StorageChanged", kind, object, old: undefined });
  }

  #placeOf(name: string): Place {
    let place = this.#places.get(name);
    if (!place) this.#places.set(name, (place = { node: undefined, pods: new Map(), info: undefined }));
    return place;
  }

  /** The place's value has to be made anew. */
  #touch(name: string, place: Place): void {
    place.info = undefined;
    if (place.node) this.#changed.add(name);
  }

  #counted(uid: string): PodInfo | undefined {
    return this.#places.get(this.#where.get(uid) ?? "")?.pods.get(uid);
  }

  #count(pod: PodInfo, node: string): void {
    const old = this.#where.get(pod.uid);
    if (old !== undefined && old !== node) this.#uncount(pod.uid);
    const place = this.#placeOf(node);
    const { info } = place;
    const isNew = !place.pods.has(pod.uid);
    place.pods.set(pod.uid, pod);
    this.#where.set(pod.uid, node);
    this.#touch(node, place);
    // One more is added to what is known; a change is counted from the beginning.
    if (isNew && info && place.node) place.info = withPod(info, pod);
  }

  #uncount(uid: string): boolean {
    const name = this.#where.get(uid);
    if (name === undefined) return false;
    this.#where.delete(uid);
    const place = this.#places.get(name);
    if (!place?.pods.delete(uid)) return false;
    this.#touch(name, place);
    if (!place.node && place.pods.size === 0) this.#places.delete(name);
    return true;
  }
}
