// Once nothing goes wrong any more, everything becomes as it was asked for. It refuses to say how long that may
// take: run.ts does.
import type { Deployment } from "../../../src/resources/apps/deployment.ts";
import type { ReplicaSet } from "../../../src/resources/apps/replica-set.ts";
import type { Namespace } from "../../../src/resources/core/namespace.ts";
import type { Node } from "../../../src/resources/core/node.ts";
import type { Pod } from "../../../src/resources/core/pod.ts";
import { NODES } from "../cluster.ts";
import type { SimNode } from "../node.ts";
import { NODE_CPU_MILLI, NODE_PODS } from "../node.ts";
import type { Truth } from "../truth.ts";
import type { World } from "../world.ts";
import type { Finding, Invariant } from "./invariant.ts";
import { controllerOf, cpuMilli, hasEnded, isActive, isEvent, isLeaving, isReady, placeOf } from "./pods.ts";

export const convergence: Invariant = {
  name: "convergence",
  judge: ({ cluster }: World) => ({
    unsettled: () =>
      nothingLeaves(cluster.truth) ??
      nodesServe(cluster.truth) ??
      namespacesReady(cluster.truth) ??
      podsRun(cluster.truth) ??
      setsAreFull(cluster.truth) ??
      deploymentsAreDone(cluster.truth) ??
      runtimesAreClean(cluster.truth, cluster.nodes),
  }),
};

function nothingLeaves(truth: Truth): Finding {
  for (const key of truth.keys())
    if (!isEvent(key) && isLeaving(truth.get(key)!.object)) return `${key} is still leaving`;
  return undefined;
}

function nodesServe(truth: Truth): Finding {
  const nodes = [...truth.list<Node>("core/nodes")];
  if (nodes.length !== NODES) return `${nodes.length} nodes are there`;
  for (const { metadata, spec, status } of nodes) {
    if (!status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"))
      return `node ${metadata.name} is not ready`;
    if (spec?.taints?.length)
      return `node ${metadata.name} is tainted ${spec.taints.map(({ key, effect }) => `${key}:${effect}`).join()}`;
  }
  return undefined;
}

function namespacesReady(truth: Truth): Finding {
  for (const { metadata } of truth.list<Namespace>("core/namespaces")) {
    if (!truth.get(`core/serviceaccounts/${metadata.name}/default`))
      return `namespace ${metadata.name} has no default service account`;
    if (!truth.get(`core/configmaps/${metadata.name}/kube-root-ca.crt`))
      return `namespace ${metadata.name} has no root certificate`;
  }
  return undefined;
}

function podsRun(truth: Truth): Finding {
  const pods = [...truth.list<Pod>("core/pods")].filter((pod) => !hasEnded(pod));
  for (const pod of pods) {
    if (pod.spec.nodeName) {
      if (!isReady(pod))
        return `pod ${placeOf(pod)} on ${pod.spec.nodeName} is not ready: ${JSON.stringify(pod.status.containerStatuses?.map(({ state }) => state))}`;
      // The room that it takes will be somebody's.
      if (pod.spec.restartPolicy === "Never") return `pod ${placeOf(pod)} has not come to its end`;
    } else if (fitsSomewhere(pod, pods)) return `pod ${placeOf(pod)} has no node though there is room`;
  }
  return undefined;
}

function fitsSomewhere(pod: Pod, pods: readonly Pod[]): boolean {
  for (let i = 1; i <= NODES; i++) {
    const there = pods.filter(({ spec }) => spec.nodeName === `node-${i}`);
    const cpu = there.reduce((sum, one) => sum + cpuMilli(one), 0);
    if (there.length < NODE_PODS && cpu + cpuMilli(pod) <= NODE_CPU_MILLI) return true;
  }
  return false;
}

function setsAreFull(truth: Truth): Finding {
  for (const set of truth.list<ReplicaSet>("apps/replicasets")) {
    const active = [...truth.list<Pod>("core/pods")].filter(
      (pod) => controllerOf(pod)?.uid === set.metadata.uid && isActive(pod),
    );
    const { replicas = 1 } = set.spec;
    if (active.length !== replicas) return `ReplicaSet ${placeOf(set)} wants ${replicas} pods and has ${active.length}`;
    if (set.status.replicas !== replicas || set.status.observedGeneration !== set.metadata.generation)
      return `ReplicaSet ${placeOf(set)} does not report its ${replicas} pods: ${JSON.stringify(set.status)}`;
    const ready = active.filter(isReady).length;
    const { readyReplicas = 0, availableReplicas = 0 } = set.status;
    if (readyReplicas !== ready || availableReplicas !== ready)
      return `ReplicaSet ${placeOf(set)} has ${ready} ready pods and reports ${readyReplicas}, ${availableReplicas} of them available`;
  }
  return undefined;
}

function deploymentsAreDone(truth: Truth): Finding {
  const waits = [...truth.list<Pod>("core/pods")].some((pod) => !pod.spec.nodeName && !hasEnded(pod));
  for (const deployment of truth.list<Deployment>("apps/deployments")) {
    const { spec, status, metadata } = deployment;
    if (status.observedGeneration !== metadata.generation) return `Deployment ${placeOf(deployment)} was not looked at`;
    // Without room for all a rollout may stand still; paused ones do.
    if (spec.paused || waits) continue;
    const counts = [status.replicas, status.updatedReplicas, status.readyReplicas, status.availableReplicas];
    if (counts.some((count) => (count ?? 0) !== spec.replicas))
      return `Deployment ${placeOf(deployment)} wants ${spec.replicas}: ${JSON.stringify({ ...status, conditions: undefined })}`;
  }
  return undefined;
}

/** What runs is wanted, and nothing is left of pods that are gone. */
function runtimesAreClean(truth: Truth, nodes: readonly SimNode[]): Finding {
  const wanted = new Map([...truth.list<Pod>("core/pods")].map((pod) => [pod.metadata.uid, pod]));
  for (const { name, runtime } of nodes) {
    for (const { config, ready } of runtime.state.sandboxes.values()) {
      const pod = wanted.get(config.metadata?.uid);
      if (pod === undefined)
        return `${name} keeps a sandbox of ${config.metadata?.namespace}/${config.metadata?.name}, which is gone`;
      if (ready && pod.spec.nodeName !== name) return `${name} runs ${placeOf(pod)} of ${pod.spec.nodeName}`;
    }
  }
  return undefined;
}
