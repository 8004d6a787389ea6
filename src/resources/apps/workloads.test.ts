// Workloads through the whole of decoding, defaults, prepare and rules.
import assert from "node:assert/strict";
import { test } from "node:test";
import { applyDefaults } from "../../schema/default.ts";
import { walkIn } from "../../schema/decode.ts";
import type { KubeObject, RequestFacts, Resource } from "../../schema/resource.ts";
import { validate } from "../../schema/validate.ts";
import { PodTemplate } from "../core/pod-template.ts";
import { ReplicationController } from "../core/replication-controller.ts";
import { ControllerRevision } from "./controller-revision.ts";
import { DaemonSet } from "./daemon-set.ts";
import { Deployment } from "./deployment.ts";
import { ReplicaSet } from "./replica-set.ts";
import { StatefulSet } from "./stateful-set.ts";
import { labelsText, selectorText } from "./workload-columns.ts";

const request = (operation: "create" | "update", subresource = ""): RequestFacts => ({
  operation,
  subresource,
  user: { name: "someone", groups: [] },
  now: 0,
  enabled: (gate) => gate !== "StatefulSetRecreateStrategy",
});
const META = { name: "x", namespace: "n", uid: "u", resourceVersion: "1", generation: 1 };
const template = { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "c", image: "nginx" }] } };
const selector = { matchLabels: { app: "x" } };

function made<T extends KubeObject>(kind: Resource<T>, fields: object, old?: T, subresource = ""): T {
  const sent = walkIn(kind.schema, { metadata: META, ...fields }) as unknown as T;
  const defaulted = applyDefaults(kind.schema, sent as never) as T;
  return kind.prepare ? kind.prepare(defaulted, old, request(old ? "update" : "create", subresource)) : defaulted;
}
function said<T extends KubeObject>(kind: Resource<T>, fields: object, old?: T, subresource = ""): string[] {
  const context = { ...(old && { old }), request: request(old ? "update" : "create", subresource) };
  return validate(kind, made(kind, fields, old, subresource), context).errors.map(
    ({ field, body }) => `${field}: ${body}`,
  );
}
const workload = (more: object = {}) => ({ spec: { selector, template, ...more } });

test("defaults of each workload", () => {
  const { spec } = made(Deployment, workload());
  assert.equal(spec.replicas, 1);
  assert.equal(spec.progressDeadlineSeconds, 600);
  const rollingUpdate = { maxUnavailable: "25%", maxSurge: "25%" };
  assert.deepEqual(spec.strategy, { type: "RollingUpdate", rollingUpdate });
  assert.deepEqual(made(Deployment, workload({ strategy: { type: "Recreate" } })).spec.strategy, { type: "Recreate" });
  // Only pods get this one.
  assert.equal(spec.template.spec.enableServiceLinks, undefined);
  assert.deepEqual(made(StatefulSet, workload()).spec.updateStrategy, {
    type: "RollingUpdate",
    rollingUpdate: { partition: 0, maxUnavailable: 1 },
  });
  assert.deepEqual(made(DaemonSet, workload()).spec.updateStrategy, {
    type: "RollingUpdate",
    rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
  });
  const controller = made(ReplicationController, { spec: { template } });
  assert.deepEqual([controller.spec.selector, controller.metadata.labels], [{ app: "x" }, { app: "x" }]);
});

test("a template settles as a pod does, where that is about the template", () => {
  const spec = {
    containers: [{ name: "c", image: "a", resources: { limits: { cpu: "1.0005" } } }],
    serviceAccountName: "a",
  };
  const { template: settled } = made(PodTemplate, { template: { spec } });
  assert.equal(settled.spec.serviceAccount, "a");
  assert.deepEqual(settled.spec.containers[0]?.resources, { limits: { cpu: "1001m" } });
});

test("claims of a StatefulSet say what they are", () => {
  const [claim] = made(StatefulSet, workload({ volumeClaimTemplates: [{ metadata: { name: "d" }, spec: {} }] })).spec
    .volumeClaimTemplates!;
  assert.deepEqual([claim?.apiVersion, claim?.kind, claim?.status.phase], ["v1", "PersistentVolumeClaim", "Pending"]);
});

test("the selector must be there, hold something, and find the template", () => {
  const mismatch = { selector: { matchLabels: { app: "y" } } };
  for (const kind of [Deployment, ReplicaSet, StatefulSet, DaemonSet] as Resource[]) {
    const absent = said(kind, workload({ selector: undefined }));
    assert.equal(absent[0], "spec.selector: Required value", kind.kind);
    assert.match(absent[1] ?? "", /^spec.template.metadata.labels: .*`selector` does not match template `labels`$/);
    assert.match(
      said(kind, workload({ selector: {} }))[0] ?? "",
      /^spec.selector: Invalid value: \{\}: empty selector is/,
    );
    assert.equal(said(kind, workload(mismatch)).length, 1, kind.kind);
    assert.deepEqual(said(kind, workload()), [], kind.kind);
  }
});

test("pods of a workload restart always, and the rules of pods hold in templates", () => {
  const never = { ...template, spec: { ...template.spec, restartPolicy: "Never" } };
  assert.deepEqual(said(ReplicaSet, workload({ template: never })), [
    'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ]);
  const nameless = { ...template, spec: { containers: [{ image: "a" }] } };
  assert.deepEqual(said(DaemonSet, workload({ template: nameless })), [
    "spec.template.spec.containers[0].name: Required value",
  ]);
  assert.deepEqual(said(PodTemplate, { template: { spec: { containers: [] } } }), [
    "template.spec.containers: Required value",
  ]);
});

test("containers of a StatefulSet mount its claims", () => {
  const container = { name: "c", image: "a", volumeMounts: [{ name: "d", mountPath: "/d" }] };
  const mounting = { ...template, spec: { containers: [container] } };
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1" } } };
  const claims = [{ metadata: { name: "d" }, spec }];
  assert.deepEqual(said(StatefulSet, workload({ template: mounting, volumeClaimTemplates: claims })), []);
  assert.deepEqual(said(StatefulSet, workload({ template: mounting })), [
    'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "d"',
  ]);
  assert.deepEqual(said(StatefulSet, workload({ volumeClaimTemplates: [{ ...claims[0], spec: { resources: {} } }] })), [
    "spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required",
    "spec.volumeClaimTemplates[0].spec.resources[storage]: Required value",
  ]);
  assert.equal(said(Deployment, workload({ template: mounting })).length, 1);
});

test("limits of an update that could never go on", () => {
  const rolling = (rollingUpdate: object) => workload({ strategy: { rollingUpdate } });
  assert.deepEqual(said(Deployment, rolling({ maxUnavailable: 0, maxSurge: "0%" })), [
    "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
  ]);
  assert.deepEqual(said(Deployment, rolling({ maxUnavailable: "101%" })), [
    'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
  ]);
  const daemon = (rollingUpdate: object) => workload({ updateStrategy: { rollingUpdate } });
  assert.deepEqual(said(DaemonSet, daemon({ maxUnavailable: 1, maxSurge: 1 })), [
    "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero",
  ]);
});

test("what cannot change", () => {
  const other = { metadata: { labels: { app: "y" } }, spec: template.spec };
  const changed = { selector: { matchLabels: { app: "y" } }, template: other };
  for (const kind of [Deployment, ReplicaSet, DaemonSet, StatefulSet] as Resource[]) {
    const found = said(kind, workload(changed), made(kind, workload()));
    assert.deepEqual(
      found.map((text) => text.replace(/\{.*\}/, "…")),
      ["spec.selector: Invalid value: …: field is immutable"],
    );
  }
  const set = made(StatefulSet, workload({ serviceName: "a" }));
  assert.deepEqual(said(StatefulSet, workload({ serviceName: "b" }), set), [
    'spec.serviceName: Invalid value: "b": field is immutable',
  ]);
  const revision = made(ControllerRevision, { data: { a: 1 }, revision: 1 });
  assert.deepEqual(said(ControllerRevision, { data: { a: 1 }, revision: 2 }, revision), []);
  assert.equal(said(ControllerRevision, { data: { a: 2 }, revision: 1 }, revision).length, 1);
});

test("status belongs to its subresource, and its counts make sense", () => {
  const old = made(Deployment, workload());
  const sent = { ...workload({ replicas: 5 }), status: { replicas: 2, readyReplicas: 3 } };
  assert.deepEqual(made(Deployment, sent, old).status, {});
  assert.equal(made(Deployment, sent, old).spec.replicas, 5);
  assert.equal(made(Deployment, sent, old, "status").spec.replicas, 1);
  assert.deepEqual(said(Deployment, sent, old, "status"), [
    "status.readyReplicas: Invalid value: 3: cannot be greater than status.replicas",
  ]);
});

test("a Deployment's annotations raise its generation, a DaemonSet counts its templates", () => {
  const old = made(Deployment, workload());
  const annotated = { ...workload(), metadata: { ...META, annotations: { a: "b" } } };
  assert.equal(made(Deployment, annotated, old).metadata.generation, 2);
  assert.equal(made(Deployment, workload(), old).metadata.generation, 1);
  const key = "deprecated.daemonset.template.generation";
  const daemon = made(DaemonSet, workload());
  assert.equal(daemon.metadata.annotations?.[key], "1");
  assert.equal(made(DaemonSet, workload(), daemon).metadata.annotations?.[key], "1");
  const image = { ...template, spec: { containers: [{ name: "c", image: "other" }] } };
  assert.equal(made(DaemonSet, workload({ template: image }), daemon).metadata.annotations?.[key], "2");
});

test("selectors and labels as kubectl shows them", () => {
  const matchExpressions = [
    { key: "b", operator: "NotIn", values: ["2", "1"] },
    { key: "a", operator: "Exists" },
    { key: "d", operator: "DoesNotExist" },
  ];
  assert.equal(selectorText({ matchLabels: { c: "x" }, matchExpressions }), "a,b notin (1,2),c=x,!d");
  assert.equal(selectorText({}), "<none>");
  assert.equal(labelsText({ b: "2", a: "1" }), "a=1,b=2");
});
