// Nodes, pods and clusters in few words, for tests of this room. It refuses to be used by the scheduler itself.
import type { Node } from "../resources/core/node.ts";
import type { Pod } from "../resources/core/pod.ts";
import type { KubeObject } from "../schema/resource.ts";
import { Cluster } from "./cluster.ts";
import { objection, prepare } from "./cycle.ts";
import { podInfo } from "./node-info.ts";
import type { ClusterEvent, Plugin } from "./plugin.ts";
import type { Related } from "./related.ts";
import { NO_RELATED } from "./related.ts";
import type { StorageKind } from "./storage.ts";

type Labels = Readonly<Record<string, string>>;

export interface NodeWords {
  readonly labels?: Labels;
  readonly cpu?: string;
  readonly memory?: string;
  /** Further amounts. */
  readonly amounts?: Readonly<Record<string, string>>;
  readonly pods?: number;
  readonly zone?: string;
  readonly spec?: Node["spec"];
  readonly images?: Node["status"]["images"];
  readonly uid?: string;
}

/** A node of 4 cpus and 8 GiB, labelled with its name as host. */
export function aNode(name: string, words: NodeWords = {}): Node {
  const {
    labels,
    cpu = "4",
    memory = "8Gi",
    amounts,
    pods = 110,
    zone,
    spec = {},
    images,
    uid = `node-${name}`,
  } = words;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      uid,
      labels: { "kubernetes.io/hostname": name, ...(zone && { "topology.kubernetes.io/zone": zone }), ...labels },
    },
    spec,
    status: { allocatable: { cpu, memory, pods: String(pods), ...amounts }, ...(images && { images }) },
  } as Node;
}

export interface PodWords {
  readonly on?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly amounts?: Readonly<Record<string, string>>;
  readonly labels?: Labels;
  readonly priority?: number;
  readonly namespace?: string;
  readonly spec?: Partial<Pod["spec"]>;
  readonly status?: Partial<Pod["status"]>;
  readonly metadata?: Partial<Pod["metadata"]>;
  readonly uid?: string;
  readonly hostPort?: number;
}

/** A pod of one container; what it does not ask for it does not ask for. */
export function aPod(name: string, words: PodWords = {}): Pod {
  const { on, cpu, memory, amounts, labels, priority, namespace = "demo", spec, status, metadata, hostPort } = words;
  const requests = { ...(cpu && { cpu }), ...(memory && { memory }), ...amounts };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      uid: words.uid ?? `pod-${name}`,
      ...(labels && { labels }),
      generation: 1,
      ...metadata,
    },
    spec: {
      containers: [
        {
          name: "c",
          image: "pause:1",
          resources: { requests },
          ...(hostPort && { ports: [{ containerPort: hostPort, hostPort, protocol: "TCP" }] }),
        },
      ],
      ...(on && { nodeName: on }),
      ...(priority !== undefined && { priority }),
      ...spec,
    },
    status: { phase: "Pending", ...status },
  } as Pod;
}

/** A cluster of these, and the events that it tells from now on. */
export function aCluster(
  nodes: readonly Node[],
  pods: readonly Pod[] = [],
  storage: readonly KubeObject[] = [],
): { cluster: Cluster; events: ClusterEvent[] } {
  const events: ClusterEvent[] = [];
  const cluster = new Cluster((event) => events.push(event));
  for (const node of nodes) cluster.putNode(node);
  for (const pod of pods) if (pod.spec.nodeName) cluster.putPlaced(pod);
  for (const object of storage) cluster.putStorage(object.kind as StorageKind, object);
  events.length = 0;
  return { cluster, events };
}

/**
 * What one plug-in says of each node: "yes", or its reasons; those that no removal would cure end in "!". Where it refuses
 * the pod without looking at nodes, that text alone.
 */
export function verdicts(
  plugin: Plugin,
  pod: Pod,
  { nodes, pods, storage }: { nodes: readonly Node[]; pods?: readonly Pod[]; storage?: readonly KubeObject[] },
): string[] {
  const snapshot = aCluster(nodes, pods, storage).cluster.snapshot();
  const info = podInfo(pod);
  const preparation = prepare(info, snapshot, [plugin]);
  if (preparation.refusal) return [preparation.refusal.text];
  return snapshot.nodes.map((node, at) => {
    const rejection = objection(info, node, at, preparation);
    return rejection ? `${rejection.reasons.join(", ")}${rejection.unresolvable ? "!" : ""}` : "yes";
  });
}

/** What one plug-in scores each node, normalized; undefined when it has nothing to say. */
export function scores(
  plugin: Plugin,
  pod: Pod,
  { nodes, pods, related }: { nodes: readonly Node[]; pods?: readonly Pod[]; related?: Related },
): number[] | undefined {
  const taken = aCluster(nodes, pods).cluster.snapshot();
  const snapshot = related ? { ...taken, related } : taken;
  const info = podInfo(pod);
  const [ready] = prepare(info, snapshot, [plugin]).scorers;
  if (!ready) return undefined;
  const feasible = Int32Array.from(snapshot.nodes.keys());
  const prepared = plugin.prepareScore?.(info, snapshot, feasible) ?? { state: ready.state };
  if (prepared.skip) return undefined;
  const found = Float64Array.from(snapshot.nodes, (node, at) => plugin.score!(info, node, prepared.state, at));
  plugin.normalize?.(found, prepared.state);
  return [...found];
}

/** Whether a plug-in wakes a pod that it rejected. */
export const wakes = (plugin: Plugin, pod: Pod, event: ClusterEvent): boolean =>
  plugin.wakes!(event, podInfo(pod), NO_RELATED);

type Of<T> = Partial<Omit<T, "metadata">> & { readonly metadata?: object };
const stored = (
  kind: StorageKind,
  name: string,
  namespace: string | undefined,
  { metadata, ...rest }: Of<KubeObject>,
) =>
  ({
    kind,
    metadata: { name, ...(namespace && { namespace }), uid: `${kind}-${name}`, resourceVersion: "1", ...metadata },
    ...rest,
  }) as unknown as KubeObject;

/** A volume of 1 GiB and no class; `words` replace parts of its spec. */
export const aVolume = (name: string, spec: object = {}, rest: object = {}): KubeObject =>
  stored("PersistentVolume", name, undefined, {
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], volumeMode: "Filesystem", ...spec },
    status: { phase: "Available" },
    ...rest,
  } as object);

/** A claim to 1 GiB in the namespace demo. */
export const aClaim = (name: string, spec: object = {}, rest: object = {}): KubeObject =>
  stored("PersistentVolumeClaim", name, "demo", {
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      volumeMode: "Filesystem",
      ...spec,
    },
    status: { phase: "Pending" },
    ...rest,
  } as object);

/** A claim that is bound to this volume. */
export const aBoundClaim = (name: string, volumeName: string, spec: object = {}): KubeObject =>
  aClaim(
    name,
    { volumeName, ...spec },
    { metadata: { annotations: { "pv.kubernetes.io/bind-completed": "yes" } }, status: { phase: "Bound" } },
  );

/** Any other object about storage. */
export const aStored = (kind: StorageKind, name: string, rest: object): KubeObject =>
  stored(kind, name, undefined, rest as Of<KubeObject>);

/** Volumes of a pod that stand for these claims. */
export const claiming = (...names: string[]): { readonly spec: Partial<Pod["spec"]> } => ({
  spec: { volumes: names.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })) },
});
