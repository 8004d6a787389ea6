// The scheduler's picture of the cluster, kept in step with the caches: nodes, the pods on them, those assumed there though not yet
// bound, and those nominated. It refuses to decide; it gives snapshots and tells what changed.
import type { Node } from "../resources/core/node.ts";
import type { Pod } from "../resources/core/pod.ts";
import { isTerminal } from "../resources/core/pod/readiness.ts";
import type { ClusterEvent } from "./plugin.ts";
import type { NodeInfo, PodInfo, Snapshot } from "./snapshot.ts";
import { nodeInfo, podInfo, withPod } from "./snapshot.ts";

interface Place {
  readonly node: Node | undefined;
  readonly pods: Map<string, PodInfo>;
  info: NodeInfo | undefined;
}

const uidOf = (pod: Pod) => pod.metadata.uid ?? "";

export class Cluster {
  readonly #places = new Map<string, Place>();
  /** uid → where it is counted. */
  readonly #where = new Map<string, string>();
  /** uids that are counted on our word alone. */
  readonly #assumed = new Set<string>();
  readonly #nominated = new Map<string, PodInfo>();
  readonly #tell: (event: ClusterEvent) => void;
  #snapshot: Snapshot | undefined;

  constructor(tell: (event: ClusterEvent) => void) {
    this.#tell = tell;
  }

  /** The present state. The same value until something changes. */
  snapshot(): Snapshot {
    if (!this.#snapshot) {
      const nodes: NodeInfo[] = [];
      for (const place of this.#places.values()) {
        if (!place.node) continue;
        place.info ??= nodeInfo(place.node, [...place.pods.values()]);
        nodes.push(place.info);
      }
      this.#snapshot = { nodes, byName: new Map(nodes.map((n) => [n.name, n])) };
    }
    return this.#snapshot;
  }

  /** The state as this pod has to see it: room nominated to others of at least its priority is taken. */
  snapshotFor(pod: PodInfo): Snapshot {
    const base = this.snapshot();
    const others = [...this.#nominated.values()].filter((n) => n.priority >= pod.priority && uidOf(n.pod) !== uidOf(pod.pod) && !this.#where.has(uidOf(n.pod)));
    if (others.length === 0) return base;
    const byName = new Map(base.byName);
    for (const other of others) {
      const node = byName.get(other.pod.status.nominatedNodeName ?? "");
      if (node) byName.set(node.name, withPod(node, other));
    }
    return { nodes: base.nodes.map((n) => byName.get(n.name)!), byName };
  }

  putNode(node: Node): void {
    const name = node.metadata.name ?? "";
    const before = this.#places.get(name);
    this.#places.set(name, { node, pods: before?.pods ?? new Map(), info: undefined });
    this.#snapshot = undefined;
    if (before?.node) this.#tell({ type: "NodeUpdated", node, old: before.node });
    else this.#tell({ type: "NodeAdded", node });
  }

  removeNode(node: Node): void {
    const name = node.metadata.name ?? "";
    const before = this.#places.get(name);
    if (!before) return;
    // Pods may be told to be gone later than their node.
    if (before.pods.size > 0) this.#places.set(name, { node: undefined, pods: before.pods, info: undefined });
    else this.#places.delete(name);
    this.#snapshot = undefined;
    this.#tell({ type: "NodeRemoved", node });
  }

  /** A pod with a node, new or changed. One that is over takes no room. */
  putPlaced(pod: Pod): void {
    const uid = uidOf(pod);
    this.#nominated.delete(uid);
    if (isTerminal(pod)) return this.removePod(pod);
    const before = this.#counted(uid);
    const wasAssumed = this.#assumed.delete(uid);
    this.#count(podInfo(pod), pod.spec.nodeName ?? "");
    if (!before || wasAssumed) this.#tell({ type: "PodPlaced", pod });
    else if (before.pod !== pod) this.#tell({ type: "PodChanged", pod, old: before.pod });
  }

  removePod(pod: Pod): void {
    const uid = uidOf(pod);
    this.#nominated.delete(uid);
    if (!this.#where.has(uid)) return;
    this.#uncount(uid);
    this.#assumed.delete(uid);
    this.#tell({ type: "PodGone", pod });
  }

  /** Remembers or forgets a waiting pod's nomination, as its status tells. */
  putWaiting(pod: Pod): void {
    if (pod.status.nominatedNodeName) this.#nominated.set(uidOf(pod), podInfo(pod));
    else this.#nominated.delete(uidOf(pod));
  }

  /** Counts the pod on the node until the cache says so, or {@link forget}. */
  assume(pod: PodInfo, node: string): void {
    this.#assumed.add(uidOf(pod.pod));
    this.#count(pod, node);
  }

  /** The pod was not bound after all. */
  forget(pod: PodInfo): void {
    const uid = uidOf(pod.pod);
    if (!this.#assumed.delete(uid)) return;
    this.#uncount(uid);
    this.#tell({ type: "PodGone", pod: pod.pod });
  }

  isCounted(uid: string): boolean {
    return this.#where.has(uid);
  }

  #counted(uid: string): PodInfo | undefined {
    return this.#places.get(this.#where.get(uid) ?? "")?.pods.get(uid);
  }

  #count(pod: PodInfo, node: string): void {
    const uid = uidOf(pod.pod);
    const old = this.#where.get(uid);
    if (old !== undefined && old !== node) this.#uncount(uid);
    let place = this.#places.get(node);
    if (!place) this.#places.set(node, (place = { node: undefined, pods: new Map(), info: undefined }));
    place.pods.set(uid, pod);
    place.info = undefined;
    this.#where.set(uid, node);
    this.#snapshot = undefined;
  }

  #uncount(uid: string): void {
    const name = this.#where.get(uid) ?? "";
    const place = this.#places.get(name);
    this.#where.delete(uid);
    if (!place) return;
    place.pods.delete(uid);
    place.info = undefined;
    this.#snapshot = undefined;
    if (!place.node && place.pods.size === 0) this.#places.delete(name);
  }
}
