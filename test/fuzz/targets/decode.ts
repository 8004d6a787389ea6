// JSON bodies of kinds (schema/decode.ts), and what every write does with them next: defaults, facts, rules.
import assert from "node:assert/strict";
import { decodeJson, DecodeError, JsonSyntaxError } from "../../../src/schema/decode.ts";
import type { AnyObjectNode } from "../../../src/schema/node.ts";
import { writeJson } from "../../../src/schema/write.ts";
import { goldenInputs, recordedRequests } from "../corpus.ts";
import { only } from "../target.ts";
import type { Target } from "../target.ts";
import { GOLDEN, judge, kindOf } from "./kinds.ts";

export const SMALL_OBJECTS: readonly object[] = [
  {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", labels: { x: "y" } },
    spec: {
      containers: [
        {
          name: "c",
          image: "i",
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: "1", memory: "1Gi" } },
          env: [{ name: "E", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
        },
      ],
      volumes: [{ name: "v", configMap: { name: "m" } }],
    },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "d" },
    spec: {
      replicas: 3,
      strategy: { rollingUpdate: { maxSurge: "25%", maxUnavailable: 1 } },
      selector: { matchLabels: { a: "b" } },
      template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } },
    },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s" },
    spec: {
      selector: { a: "b" },
      ports: [{ port: 80, targetPort: "http", protocol: "TCP", nodePort: 30000 }],
      clusterIP: "10.0.0.1",
    },
  },
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "s" },
    type: "Opaque",
    data: { a: "YQ==" },
    stringData: { b: "c" },
  },
  {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: { name: "l" },
    spec: { limits: [{ type: "Container", max: { cpu: "2" }, default: { cpu: "1" } }] },
  },
  {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "p" },
    spec: { minAvailable: "50%", selector: { matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] } },
  },
];

/** Bodies of the recorded writes. */
export function recordedBodies(suite: string): string[] {
  return recordedRequests(suite).flatMap(({ body }) =>
    typeof body === "string" ? [body] : typeof body === "object" && body !== null ? [JSON.stringify(body)] : [],
  );
}

export const decode: Target = {
  name: "decode",
  text: true,
  mostBytes: 24 * 1024,
  slowMs: 600,
  words: [
    '"metadata":',
    '"spec":',
    '"status":',
    '"labels":{',
    '"name":"',
    "null",
    "{}",
    "[]",
    '"100m"',
    '"1Gi"',
    '"2026-01-01T00:00:00Z"',
    '"a/b"',
    "1.5",
    "true",
    '"containers":[',
    '"managedFields":[',
    '"ownerReferences":[{',
    '"10.0.0.1"',
    '"YQ=="',
    '"50%"',
    '"annotations":{',
  ],
  *seeds() {
    yield* SMALL_OBJECTS.map((one) => JSON.stringify(one));
    yield* goldenInputs("json", GOLDEN);
    yield* recordedBodies("validation")
      .filter((body) => body.length < 4000)
      .slice(0, 400);
  },
  allows: only(DecodeError, JsonSyntaxError),
  run(input) {
    const resource = kindOf(input);
    const schema: AnyObjectNode = resource.schema;
    const { value, problems } = decodeJson(schema, input.toString("utf8"), { strictness: "Warn" });
    assert.ok(Object.isFrozen(value), "what is decoded is frozen");
    const text = writeJson(schema, value as never);
    const again = decodeJson(schema, text, { strictness: "Strict" });
    assert.deepEqual(again.problems, []);
    assert.equal(writeJson(schema, again.value as never), text, "what is written is read as the same");
    return `${resource.kind} ${problems.length} ${judge(resource, value as object)}`;
  },
};
