// The recorded behaviours of controllers, against `bin/kaji apiserver` with `bin/kaji controllers` beside it; the replay
// program plays kubelets and scheduler. It refuses new failures in the areas of the controllers that exist.
import { after, before, test } from "node:test";
import { startApiserver, withoutReference } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";
import { judge, replayTwice } from "./replay.ts";

const AREAS = [
  "Deployment|ReplicaSet|StatefulSet|DaemonSet|EndpointSlice|Namespace|GarbageCollection|Node|Job|CronJob",
  "PodDisruptionBudget|ResourceQuota|ClusterRole|ServiceCIDR|PersistentVolume|CertificateSigningRequest",
].join("|");
const AT_LEAST = 228;

const KNOWN: readonly string[] = [];

/** What the recordings shorten: how soon a silent node is noticed, and how many nodes may be emptied in a second. */
const SETTINGS = {
  KAJI_NODE_MONITOR_PERIOD: "1s",
  KAJI_NODE_MONITOR_GRACE_PERIOD: "8s",
  KAJI_NODE_STARTUP_GRACE_PERIOD: "10s",
  KAJI_NODE_EVICTION_RATE: "50",
};

let cluster: Cluster;
before(async () => {
  if (withoutReference !== false) return;
  cluster = await startApiserver();
  cluster.component(["controllers"], SETTINGS);
});
after(() => cluster?.stop());

test("recorded controller cases", { skip: withoutReference }, async (t) => {
  const program = { program: "controller-replay.mjs", cases: "controllers", filter: `^(${AREAS})/` };
  const result = await replayTwice(cluster, { ...program, arguments: ["--jobs", "20"] }, KNOWN);
  t.diagnostic(judge(result, { atLeast: AT_LEAST, known: KNOWN }));
  for (const name of result.again) t.diagnostic(`passed only with nothing beside it: ${name}`);
});
