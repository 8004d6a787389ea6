// What objects count for in quotas, where admission's own examples do not reach.
import assert from "node:assert/strict";
import { it } from "node:test";
import type { PersistentVolumeClaim } from "./persistent-volume-claim-object.ts";
import type { Pod } from "./pod.ts";
import { fallsUnder, podUsage, usageOf } from "./quota-usage.ts";
import type { Usage } from "./quota-usage.ts";
import type { ResourceQuota } from "./resource-quota.ts";
import type { Service } from "./service.ts";

const NOW = Date.UTC(2030, 0, 1);
const text = (usage: Usage) => Object.fromEntries(Object.entries(usage).map(([name, amount]) => [name, `${amount}`]));
const pod = (rest: object, spec: object = {}) =>
  ({ metadata: {}, spec: { containers: [{ name: "c" }], ...spec }, ...rest }) as unknown as Pod;

it("pods that have ended, or whose deletion is overdue, count in count/pods only", () => {
  const ended = { "count/pods": "1" };
  assert.deepEqual(text(podUsage(pod({ status: { phase: "Failed" } }), NOW)), ended);
  const deleted = (seconds: number) => ({
    metadata: { deletionTimestamp: "2029-12-31T23:59:50Z", deletionGracePeriodSeconds: seconds },
  });
  assert.deepEqual(text(podUsage(pod(deleted(9)), NOW)), ended);
  assert.deepEqual(text(podUsage(pod(deleted(11)), NOW)), { ...ended, pods: "1" });
});

it("sidecars, overhead and what a node has set aside count", () => {
  const cpu = (amount: string) => ({ resources: { requests: { cpu: amount } } });
  const spec = {
    containers: [{ name: "c", ...cpu("1") }],
    initContainers: [{ name: "s", restartPolicy: "Always", ...cpu("500m") }],
    overhead: { cpu: "100m" },
  };
  const status = { containerStatuses: [{ name: "c", allocatedResources: { cpu: "2" } }] };
  assert.equal(`${podUsage(pod({ status }, spec), NOW)["requests.cpu"]}`, "2600m");
});

it("a balancer without node ports of its own counts those that are stated", () => {
  const ports = [{ port: 80 }, { port: 81, nodePort: 30_000 }];
  const spec = { type: "LoadBalancer", allocateLoadBalancerNodePorts: false, ports };
  const used = usageOf({ group: "", plural: "services" }, { metadata: {}, spec } as unknown as Service, NOW);
  assert.deepEqual(text(used), {
    "count/services": "1",
    services: "1",
    "services.nodeports": "1",
    "services.loadbalancers": "1",
  });
});

it("claims count by their class as well, and while they grow by the larger figure", () => {
  const claim = {
    metadata: {},
    spec: { storageClassName: "fast", resources: { requests: { storage: "2Gi" } } },
    status: { allocatedResources: { storage: "3Gi" } },
  } as unknown as PersistentVolumeClaim;
  assert.deepEqual(text(usageOf({ group: "", plural: "persistentvolumeclaims" }, claim, NOW)), {
    "count/persistentvolumeclaims": "1",
    persistentvolumeclaims: "1",
    "requests.storage": "3Gi",
    "fast.storageclass.storage.k8s.io/persistentvolumeclaims": "1",
    "fast.storageclass.storage.k8s.io/requests.storage": "3Gi",
  });
});

it("affinity across namespaces is a scope, and a scope for pods takes no other kind", () => {
  const quota = (scopeName: string) =>
    ({
      metadata: {},
      spec: { scopes: [scopeName] },
      status: { hard: { pods: "1", configmaps: "1" } },
    }) as unknown as ResourceQuota;
  const term = (rest: object) => ({
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "t", ...rest }] } },
  });
  const pods = { group: "", plural: "pods" };
  const across = quota("CrossNamespacePodAffinity");
  assert.ok(fallsUnder(across, pods, pod({}, term({ namespaceSelector: {} }))));
  assert.ok(!fallsUnder(across, pods, pod({}, term({}))));
  assert.ok(!fallsUnder(quota("BestEffort"), { group: "", plural: "configmaps" }, { metadata: {} }));
  assert.ok(!fallsUnder(quota("Unknown"), pods, pod({})));
});
