// The three forms of what a node uses, from one set of figures: no sample twice, text that Prometheus can read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../base/clock.ts";
import { Metrics } from "../../base/metrics.ts";
import { seededRandom } from "../../base/random.ts";
import type { NodeUse, PodUse } from "../node/usage.ts";
import { measuredCri, operationType } from "../runtime/measured.ts";
import { simulatedRuntime } from "../runtime/simulated.ts";
import { subresourceOf } from "./access.ts";
import { cadvisorMetrics, resourceMetrics, summary } from "./stats.ts";

const at = Date.parse("2026-01-01T00:00:00Z");
const used = {
  cpu: { time: at, coreNanoseconds: 2.5e9, nanoCores: 1e7 },
  memory: { workingSet: 100, usage: 150, rss: 80, pageFaults: 3, majorPageFaults: 1 },
};
const node: NodeUse = {
  ...used,
  name: "n",
  bootedAt: at,
  availableMemory: 1000,
  disk: { capacity: 100, available: 40, inodes: 10, inodesFree: 4 },
};
const container = { ...used, name: "c", startedAt: at, rootBytes: 7, rootInodes: 2 };
const pod: PodUse = {
  ...used,
  name: "p",
  namespace: "ns",
  uid: "u",
  startedAt: at,
  network: { rxBytes: 5, rxErrors: 0, txBytes: 6, txErrors: 0 },
  containers: [container],
};

test("the summary names pods, containers and rates", () => {
  const text = JSON.parse(JSON.stringify(summary(node, [pod])));
  assert.equal(text.node.fs.usedBytes, 60);
  assert.deepEqual(text.pods[0].podRef, { name: "p", namespace: "ns", uid: "u" });
  assert.deepEqual(text.pods[0].containers[0].cpu, {
    time: "2026-01-01T00:00:00Z",
    usageNanoCores: 1e7,
    usageCoreNanoSeconds: 2.5e9,
  });
  assert.equal(text.pods[0].network.rxBytes, 5);
});

test("metrics are lines of name, labels, figure and time, none twice", () => {
  for (const text of [resourceMetrics(node, [pod]), cadvisorMetrics([pod])]) {
    const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    for (const line of samples) assert.match(line, /^[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [\d.e+]+( \d+)?$/);
    assert.equal(new Set(samples.map((line) => line.split(" ")[0])).size, samples.length);
  }
  assert.match(
    resourceMetrics(node, [pod]),
    /^container_cpu_usage_seconds_total\{container="c",namespace="ns",pod="p"\} 2\.5 1767225600000$/m,
  );
});

test("parts of a node that roles can name", () => {
  const paths = [["metrics", "cadvisor"], ["stats", "summary"], ["logs"], ["exec", "ns", "p", "c"], ["pods"]];
  assert.deepEqual(paths.map(subresourceOf), ["metrics", "stats", "log", "proxy", "proxy"]);
});

test("calls of the runtime are counted, failures too", async () => {
  const metrics = new Metrics();
  const cri = measuredCri(simulatedRuntime({ clock: systemClock, random: seededRandom(1) }), metrics, systemClock);
  await cri.runtime.listPodSandbox({});
  await assert.rejects(cri.runtime.containerStatus({ containerId: "none" }));
  const text = metrics.text();
  assert.match(text, /kubelet_runtime_operations_total\{operation_type="list_podsandbox"\} 1/);
  assert.match(text, /kubelet_runtime_operations_errors_total\{operation_type="container_status"\} 1/);
  assert.equal(operationType("runPodSandbox"), "run_podsandbox");
});
