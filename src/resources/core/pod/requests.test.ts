// Sums over containers, init containers and sidecars; what the pod says as a whole; overhead; a resize under way.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodAmounts } from "./requests.ts";
import { podLimits, podRequests } from "./requests.ts";

const asks = (name: string, requests: Record<string, string>, restartPolicy?: string) => ({
  name,
  resources: { requests },
  ...(restartPolicy && { restartPolicy }),
});
const text = (amounts: ReturnType<typeof podRequests>) =>
  Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, amount.toString()]));

test("containers add up, the largest init container counts", () => {
  const pod: PodAmounts = {
    spec: {
      containers: [asks("a", { cpu: "100m", memory: "1Gi" }), asks("b", { cpu: "0.4" })],
      initContainers: [asks("i", { cpu: "2" }), asks("j", { cpu: "1", memory: "512Mi" })],
    },
  };
  assert.deepEqual(text(podRequests(pod)), { cpu: "2", memory: "1Gi" });
});

test("a sidecar adds to the containers and to init containers after it, not to those before", () => {
  const pod: PodAmounts = {
    spec: {
      containers: [asks("a", { cpu: "1" })],
      initContainers: [asks("i", { cpu: "3" }), asks("s", { cpu: "1" }, "Always"), asks("j", { cpu: "3" })],
    },
  };
  // i alone: 3; s and j together: 4; a and s together: 2.
  assert.deepEqual(text(podRequests(pod)), { cpu: "4" });
});

test("what the pod says wins for cpu and memory, overhead comes on top", () => {
  const pod: PodAmounts = {
    spec: {
      containers: [asks("a", { cpu: "1", "example.com/gpu": "2" })],
      resources: { requests: { cpu: "3" } },
      overhead: { cpu: "250m", memory: "64Mi" },
    },
  };
  assert.deepEqual(text(podRequests(pod)), { cpu: "3250m", "example.com/gpu": "2", memory: "64Mi" });
  assert.deepEqual(text(podRequests(pod, { withoutOverhead: true })), { cpu: "3", "example.com/gpu": "2" });
  assert.deepEqual(text(podRequests(pod, { withoutOverhead: true, withoutPodLevel: true })), {
    cpu: "1",
    "example.com/gpu": "2",
  });
});

test("overhead raises only limits that there are", () => {
  const pod: PodAmounts = {
    spec: { containers: [{ name: "a", resources: { limits: { cpu: "1" } } }], overhead: { cpu: "1", memory: "1Gi" } },
  };
  assert.deepEqual(text(podLimits(pod)), { cpu: "2" });
});

test("while a resize is under way the larger amount is set aside, an infeasible one does not count", () => {
  const status = {
    containerStatuses: [{ name: "a", allocatedResources: { cpu: "2" }, resources: { requests: { cpu: "2" } } }],
  };
  const pod: PodAmounts = { spec: { containers: [asks("a", { cpu: "1" })] }, status };
  assert.deepEqual(text(podRequests(pod)), { cpu: "1" });
  assert.deepEqual(text(podRequests(pod, { allocated: true })), { cpu: "2" });
  const larger: PodAmounts = { spec: { containers: [asks("a", { cpu: "5" })] }, status };
  assert.deepEqual(text(podRequests(larger, { allocated: true })), { cpu: "5" });
  const conditions = [{ type: "PodResizePending", status: "True", reason: "Infeasible" }];
  assert.deepEqual(text(podRequests({ ...larger, status: { ...status, conditions } }, { allocated: true })), {
    cpu: "2",
  });
});
