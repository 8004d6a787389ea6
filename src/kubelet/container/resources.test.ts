// A container's figures for the kernel: sidecars and pods that ask as a whole.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../resources/core/pod.ts";
import { containerResources, oomScoreAdj } from "./resources.ts";

const GI = 2 ** 30;
const NODE = { milliCpu: 2000, memoryBytes: 10 * GI, ephemeralBytes: 0 };
const asks = (memory: string) => ({ resources: { requests: { memory } } });

test("a sidecar is no likelier to go than the container that asked for least", () => {
  const spec = {
    containers: [asks("4Gi"), asks("2Gi")],
    initContainers: [{ restartPolicy: "Always", ...asks("1Gi") }],
  };
  const pod = { spec } as unknown as Pod;
  assert.equal(oomScoreAdj(pod, GI, NODE.memoryBytes), 900);
  assert.equal(oomScoreAdj(pod, GI, NODE.memoryBytes, true), 800);
  assert.equal(oomScoreAdj(pod, 5 * GI, NODE.memoryBytes, true), 500);
});

test("what the pod asked for as a whole is shared; its limits are those of containers without", () => {
  const resources = { requests: { memory: "4Gi" }, limits: { cpu: "1", memory: "5Gi" } };
  const pod = { spec: { resources, containers: [asks("2Gi"), {}] } } as unknown as Pod;
  // 2 GiB are nobody's: 1 GiB for each of two.
  assert.equal(oomScoreAdj(pod, 2 * GI, NODE.memoryBytes), 700);
  assert.equal(oomScoreAdj(pod, 0, NODE.memoryBytes), 900);
  const of = (own: object) => {
    const { cpuQuota, memoryLimitInBytes } = containerResources(pod, own, NODE);
    return [cpuQuota, memoryLimitInBytes];
  };
  assert.deepEqual(of({}), [100_000, 5 * GI]);
  assert.deepEqual(of({ limits: { memory: "1Gi" } }), [100_000, GI]);
});
