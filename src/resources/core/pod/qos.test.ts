// The class of a pod by its resources.
import assert from "node:assert/strict";
import { test } from "node:test";
import { qosClass } from "./qos.ts";
import type { ResourceList } from "./resources.ts";

const of = (...resources: { limits?: ResourceList; requests?: ResourceList }[]) =>
  qosClass({ spec: { containers: resources.map((one, i) => ({ name: `c${i}`, resources: one })) } });
const full = { cpu: "1", memory: "1Gi" };

test("by what the containers ask for and may use", () => {
  assert.equal(of({}), "BestEffort");
  assert.equal(of({ requests: { "example.com/gpu": "1" }, limits: { "example.com/gpu": "1" } }), "BestEffort");
  assert.equal(of({ requests: { cpu: "0" } }), "BestEffort");
  assert.equal(of({ requests: { cpu: "1m" } }), "Burstable");
  assert.equal(of({ limits: full, requests: full }), "Guaranteed");
  assert.equal(of({ limits: full, requests: { cpu: "1000m", memory: "1024Mi" } }), "Guaranteed");
  assert.equal(of({ limits: full, requests: { cpu: "500m", memory: "1Gi" } }), "Burstable");
  assert.equal(of({ limits: { cpu: "1" }, requests: { cpu: "1" } }), "Burstable");
  assert.equal(of({ limits: full, requests: full }, {}), "Burstable");
});

test("init containers count, and what the pod says as a whole counts instead of containers", () => {
  const containers = [{ name: "a", resources: { limits: full, requests: full } }];
  assert.equal(qosClass({ spec: { containers, initContainers: [{ name: "i" }] } }), "Burstable");
  const whole = { limits: full, requests: full };
  assert.equal(qosClass({ spec: { containers: [{ name: "a" }], resources: whole } }), "Guaranteed");
  assert.equal(qosClass({ spec: { containers, resources: { requests: { cpu: "1" } } } }), "Burstable");
});
