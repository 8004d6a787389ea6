// What the walks over a schema cost for one ordinary pod, beside JSON.parse and JSON.stringify of the same pod in the
// same run. It refuses to judge: main.ts prints. Alone: `bin/node test/bench/walks.ts`.
import { systemClock } from "../../src/base/clock.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { decodeJson, walkIn } from "../../src/schema/decode.ts";
import { applyDefaults } from "../../src/schema/default.ts";
import { semanticEqual } from "../../src/schema/equality.ts";
import type { ValueIn } from "../../src/schema/node.ts";
import { decodeProtobuf, encodeProtobuf } from "../../src/schema/protobuf.ts";
import { dropDisabled, prune } from "../../src/schema/prune.ts";
import { readJson } from "../../src/schema/read.ts";
import type { RequestFacts } from "../../src/schema/resource.ts";
import { validate } from "../../src/schema/validate.ts";
import { encodeJson } from "../../src/schema/write.ts";
import type { BenchRow } from "./store.ts";

const HASH = "0123456789abcdef".repeat(4);
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

const probe = (path: string, port: string | number) => ({
  httpGet: { path, port, scheme: "HTTP" },
  initialDelaySeconds: 3,
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
});

const container = (name: string) => ({
  name,
  image: "registry.k8s.io/nginx-slim:0.27",
  args: ["--port=8080", "--verbose"],
  ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
  env: [
    { name: "A", value: "1" },
    { name: "POD_IP", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } } },
  ],
  resources: { limits: { cpu: "500m", memory: "128Mi" }, requests: { cpu: "100m", memory: "64Mi" } },
  volumeMounts: [
    { name: "config", mountPath: "/etc/config" },
    { name: "kube-api-access-abcde", readOnly: true, mountPath: ACCOUNT },
  ],
  livenessProbe: probe("/healthz", 8080),
  readinessProbe: probe("/ready", "http"),
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
  imagePullPolicy: "IfNotPresent",
  securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
});

const tolerate = (key: string) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 });

const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web-7d9c5b6f4d-abcde",
    generateName: "web-7d9c5b6f4d-",
    namespace: "demo",
    uid: "0a1b2c3d-0000-4000-8000-123456789abc",
    generation: 1,
    creationTimestamp: "2026-11-24T08:00:00Z",
    labels: { app: "web", "pod-template-hash": "7d9c5b6f4d" },
    annotations: { "example.com/a": "some text" },
    ownerReferences: [
      {
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        name: "web-7d9c5b6f4d",
        uid: "1a1b2c3d-0000-4000-8000-123456789abc",
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  },
  spec: {
    volumes: [
      { name: "config", configMap: { name: "web-config", defaultMode: 420 } },
      {
        name: "kube-api-access-abcde",
        projected: {
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
            { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
          ],
          defaultMode: 420,
        },
      },
    ],
    containers: [container("web"), container("sidecar")],
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    serviceAccountName: "default",
    serviceAccount: "default",
    nodeName: "node-1",
    securityContext: {},
    schedulerName: "default-scheduler",
    tolerations: [tolerate("node.kubernetes.io/not-ready"), tolerate("node.kubernetes.io/unreachable")],
    priority: 0,
    enableServiceLinks: true,
    preemptionPolicy: "PreemptLowerPriority",
  },
  status: {
    phase: "Running",
    conditions: ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({
      type,
      status: "True",
      lastProbeTime: null,
      lastTransitionTime: "2026-11-24T08:00:05Z",
    })),
    hostIP: "10.0.0.1",
    podIP: "10.244.0.5",
    podIPs: [{ ip: "10.244.0.5" }],
    startTime: "2026-11-24T08:00:01Z",
    containerStatuses: ["web", "sidecar"].map((name) => ({
      name,
      state: { running: { startedAt: "2026-11-24T08:00:04Z" } },
      lastState: {},
      ready: true,
      restartCount: 0,
      image: "registry.k8s.io/nginx-slim:0.27",
      imageID: `registry.k8s.io/nginx-slim@sha256:${HASH}`,
      containerID: `containerd://${HASH}`,
      started: true,
    })),
    qosClass: "Burstable",
  },
};

const REQUEST: RequestFacts = {
  operation: "create",
  subresource: "",
  user: { name: "admin", groups: [] },
  now: 0,
  enabled: () => true,
};

const clock = systemClock;
const WARM = 3000;
const ROUNDS = 5;
const CALLS = 2000;

/** Microseconds a call, the best of a few rounds: the machine is shared. */
function microseconds(work: () => unknown): number {
  for (let i = 0; i < WARM; i++) work();
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const began = clock.monotonic();
    for (let i = 0; i < CALLS; i++) work();
    best = Math.min(best, ((clock.monotonic() - began) / CALLS) * 1000);
  }
  return best;
}

export function benchWalks(): BenchRow[] {
  const { schema } = Pod;
  const text = JSON.stringify(POD);
  const pod = applyDefaults(schema, decodeJson(schema, text).value) as ValueIn<typeof schema> & Pod;
  const other = applyDefaults(schema, decodeJson(schema, text).value);
  const message = encodeProtobuf(schema, pod);
  const parse = microseconds(() => JSON.parse(text));
  const stringify = microseconds(() => JSON.stringify(pod));
  const row = (name: string, baseline: number | undefined, work: () => unknown): BenchRow => {
    const figure = microseconds(work);
    return { name, unit: "µs", figure, baseline, ratio: baseline === undefined ? undefined : baseline / figure };
  };
  return [
    row(`decode a pod of ${text.length} bytes, strictly`, parse, () =>
      decodeJson(schema, text, { strictness: "Strict" }),
    ),
    row("read a pod back from its stored bytes", parse, () => readJson(schema, text)),
    row("take a caller's pod in", undefined, () => walkIn(schema, POD)),
    row("default, prune and validate a pod", undefined, () => {
      const done = prune(schema, applyDefaults(schema, pod)) as Pod;
      return validate(Pod, done, { request: REQUEST });
    }),
    row("drop what gates keep out", undefined, () => dropDisabled(schema, pod, undefined, () => true)),
    row("compare two equal pods", undefined, () => semanticEqual(schema, pod, other)),
    row("write a pod as JSON bytes", stringify, () => encodeJson(schema, pod)),
    row("write a pod as protobuf", stringify, () => encodeProtobuf(schema, pod)),
    row("read a pod from protobuf", parse, () => decodeProtobuf(schema, message)),
  ];
}

if (import.meta.main) console.table(benchWalks());
