// What creating and updating a pod sets and keeps, defaults included.
import assert from "node:assert/strict";
import { test } from "node:test";
import { applyDefaults } from "../../../schema/default.ts";
import { walkIn } from "../../../schema/decode.ts";
import type { RequestFacts } from "../../../schema/resource.ts";
import type { Pod } from "./object.ts";
import { podSchema } from "./object.ts";
import { preparePod } from "./prepare.ts";

const request = (operation: "create" | "update", subresource = ""): RequestFacts => ({
  operation,
  subresource,
  user: { name: "someone", groups: [] },
  now: 0,
  enabled: () => true,
});
/** A pod as it is stored: decoded, defaulted, prepared. */
const made = (spec: object, metadata: object = {}, status: object = {}): Pod =>
  preparePod(applyDefaults(podSchema, walkIn(podSchema, { metadata, spec, status })), undefined, request("create"));
const one = (container: object, more: object = {}) =>
  made({ containers: [{ name: "c", image: "nginx", ...container }], ...more });

test("defaults: constants, by the image's tag, of probes and volumes", () => {
  const { spec, status } = one({ image: "r.example.com:5000/a:1", livenessProbe: { httpGet: { port: 1 } } });
  const [container] = spec.containers;
  assert.equal(container?.imagePullPolicy, "IfNotPresent");
  assert.equal(container?.terminationMessagePath, "/dev/termination-log");
  assert.deepEqual(container?.livenessProbe, {
    httpGet: { path: "/", port: 1, scheme: "HTTP" },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  assert.equal(one({ image: "r.example.com:5000/a" }).spec.containers[0]?.imagePullPolicy, "Always");
  assert.equal(one({ image: "a@sha256:0" }).spec.containers[0]?.imagePullPolicy, "IfNotPresent");
  assert.deepEqual(
    [spec.restartPolicy, spec.dnsPolicy, spec.terminationGracePeriodSeconds, spec.enableServiceLinks],
    ["Always", "ClusterFirst", 30, true],
  );
  assert.deepEqual(status, { phase: "Pending", qosClass: "BestEffort" });
  const { volumes } = one({}, { volumes: [{ name: "v" }, { name: "s", secret: { secretName: "x" } }] }).spec;
  assert.deepEqual(volumes, [
    { name: "v", emptyDir: {} },
    { name: "s", secret: { secretName: "x", defaultMode: 420 } },
  ]);
});

test("requests follow limits one by one, rounded to thousandths", () => {
  const { resources } = one({ resources: { limits: { cpu: "1.0005", memory: "1Gi" }, requests: { memory: "64Mi" } } })
    .spec.containers[0]!;
  assert.deepEqual(resources?.limits, { cpu: "1001m", memory: "1Gi" });
  assert.deepEqual(resources?.requests, { cpu: "1001m", memory: "64Mi" });
});

test("the pod's own requests: what its containers ask for, else its limit", () => {
  const pod = one({ resources: { requests: { cpu: "100m" } } }, { resources: { limits: { cpu: "1", memory: "1Gi" } } });
  assert.deepEqual(pod.spec.resources?.requests, { cpu: "100m", memory: "1Gi" });
  assert.equal(pod.status.qosClass, "Burstable");
});

test("both account fields say the same, the newer wins", () => {
  assert.equal(one({}, { serviceAccount: "a" }).spec.serviceAccountName, "a");
  assert.equal(one({}, { serviceAccountName: "b", serviceAccount: "a" }).spec.serviceAccount, "b");
});

test("ports of a pod in the node's network are ports of the node", () => {
  const ports = [{ containerPort: 80 }];
  assert.equal(one({ ports }, { hostNetwork: true }).spec.containers[0]?.ports?.[0]?.hostPort, 80);
  assert.equal(one({ ports }).spec.containers[0]?.ports?.[0]?.hostPort, undefined);
});

test("status that is sent is ignored, gates become a condition, a negative grace period one second", () => {
  const pod = made(
    { containers: [{ name: "c" }], schedulingGates: [{ name: "g" }], terminationGracePeriodSeconds: -5 },
    {},
    { phase: "Running", podIP: "1.2.3.4" },
  );
  assert.equal(pod.status.phase, "Pending");
  assert.equal(pod.status.podIP, undefined);
  assert.equal(pod.status.conditions?.[0]?.reason, "SchedulingGated");
  assert.equal(pod.spec.terminationGracePeriodSeconds, 1);
});

test("label keys become part of selectors, AppArmor annotations become fields", () => {
  const constraint = {
    maxSkew: 1,
    topologyKey: "z",
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: {},
    matchLabelKeys: ["app", "absent"],
  };
  const annotations = { "container.apparmor.security.beta.kubernetes.io/c": "localhost/p" };
  const pod = made(
    { containers: [{ name: "c" }], topologySpreadConstraints: [constraint] },
    { labels: { app: "x" }, annotations },
  );
  const [spread] = pod.spec.topologySpreadConstraints ?? [];
  assert.deepEqual(spread?.labelSelector?.matchExpressions, [{ key: "app", operator: "In", values: ["x"] }]);
  const profile = pod.spec.containers[0]?.securityContext?.appArmorProfile;
  assert.deepEqual(profile, { type: "Localhost", localhostProfile: "p" });
});

test("a write of the pod keeps its status, a write of the status keeps the rest and fills in addresses", () => {
  const old = { ...one({}), status: { phase: "Running" as const, qosClass: "BestEffort" as const } };
  const changed = { ...old, spec: { ...old.spec, activeDeadlineSeconds: 5 }, status: {} };
  const written = preparePod(changed, old, request("update"));
  assert.deepEqual(written.status, old.status);
  assert.equal(written.spec.activeDeadlineSeconds, 5);
  const reported = preparePod({ ...changed, status: { podIP: "10.0.0.1" } }, old, request("update", "status"));
  assert.equal(reported.spec.activeDeadlineSeconds, undefined);
  assert.deepEqual(reported.status, { podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }], qosClass: "BestEffort" });
});
