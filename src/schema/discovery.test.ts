// Discovery documents of a few invented kinds. It refuses to compare with upstream (test/golden/openapi.test.ts does).
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  compareVersions,
  groupVersions,
} from "./discovery.ts";
import { metadata, typeMeta } from "./meta/object-meta.ts";
import { object, plain } from "./node.ts";
import { command, connect, resource, scale, view } from "./resource.ts";
import type { ResourceInit, KubeObject } from "./resource.ts";

const schema = object("test.Thing", { ...typeMeta, metadata, status: plain(2, object("test.Status", {}), "") });
const make = (init: Partial<ResourceInit<KubeObject>> & { kind: string; plural: string }) =>
  resource<KubeObject>({ group: "", version: "v1", scope: "Namespaced", schema, ...init });

const identity = (o: object) => o as never;
const kinds = [
  make({
    kind: "Pod",
    plural: "pods",
    shortNames: ["po"],
    categories: ["all"],
    subresources: {
      status: view(["status"]),
      log: connect("log"),
      exec: connect("exec", ["create", "get"]),
      binding: command("binding", ["create"], { group: "", version: "v1", kind: "Binding" }),
      eviction: command("eviction", ["create"], { group: "policy", version: "v1", kind: "Eviction" }),
    },
  }),
  make({ kind: "ConfigMap", plural: "configmaps", subresources: {} }),
  make({
    kind: "Deployment",
    plural: "deployments",
    group: "apps",
    subresources: { scale: scale(), status: view(["status"]) },
  }),
  make({
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    group: "autoscaling",
    version: "v2",
    subresources: {},
    versions: { v1: { schema, toHub: identity, fromHub: identity } },
  }),
  make({ kind: "Review", plural: "reviews", group: "apps", verbs: ["create"], subresources: {}, scope: "Cluster" }),
];
const groups = groupVersions(kinds);

test("versions in Kubernetes' order", () => {
  const versions = ["v1alpha1", "v2", "foo", "v1beta2", "v10", "v1", "v1beta10", "bar"];
  assert.deepEqual(versions.sort(compareVersions), [
    "v10",
    "v2",
    "v1",
    "v1beta10",
    "v1beta2",
    "v1alpha1",
    "bar",
    "foo",
  ]);
});

test("a version's resources, each followed by its subresources", () => {
  const list = apiResourceList(groups, "", "v1")!;
  assert.equal(list.groupVersion, "v1");
  assert.deepEqual(
    list.resources.map((r) => r.name),
    ["configmaps", "pods", "pods/binding", "pods/eviction", "pods/exec", "pods/log", "pods/status"],
  );
  assert.deepEqual(list.resources[3], {
    name: "pods/eviction",
    singularName: "",
    namespaced: true,
    group: "policy",
    version: "v1",
    kind: "Eviction",
    verbs: ["create"],
  });
  assert.equal(list.resources[4]!.kind, "PodExecOptions");
  assert.equal(list.resources[1]!.storageVersionHash, "xPOwRZ+Yhw8=", "the hash that a real server sends for pods");
});

test("what is not stored has no hash; what another version shows has the hub's", () => {
  const apps = apiResourceList(groups, "apps", "v1")!;
  assert.equal(apps.resources.find((r) => r.kind === "Review")?.storageVersionHash, undefined);
  assert.equal(apps.resources.find((r) => r.name === "deployments")?.storageVersionHash, "8aSe+NMegvE=");
  const hash = (version: string) => apiResourceList(groups, "autoscaling", version)!.resources[0]!.storageVersionHash;
  assert.equal(hash("v1"), hash("v2"));
  assert.equal(hash("v2"), "qwQve8ut294=");
});

test("groups", () => {
  assert.deepEqual(
    apiGroupList(groups).groups.map((g) => g.name),
    ["apps", "autoscaling"],
  );
  const group = apiGroup(groups, "autoscaling")!;
  assert.deepEqual(
    group.versions.map((v) => v.version),
    ["v2", "v1"],
  );
  assert.equal(group.preferredVersion.groupVersion, "autoscaling/v2");
  assert.equal(apiGroup(groups, "nothing"), undefined);
  assert.equal(apiGroup(groups, ""), undefined);
  assert.equal(apiResourceList(groups, "apps", "v9"), undefined);
});

test("aggregated", () => {
  const core = aggregatedDiscovery(groups, "api", "v2");
  assert.equal(core.apiVersion, "apidiscovery.k8s.io/v2");
  assert.deepEqual(core.items[0]!.metadata, {});
  const pods = core.items[0]!.versions[0]!.resources[1]!;
  assert.deepEqual(pods.subresources?.find((s) => s.subresource === "binding")?.responseKind, {
    group: "",
    version: "",
    kind: "Binding",
  });
  const others = aggregatedDiscovery(groups, "apis", "v2beta1");
  assert.deepEqual(
    others.items.map((g) => [g.metadata.name, g.versions.map((v) => v.version)]),
    [
      ["apps", ["v1"]],
      ["autoscaling", ["v2", "v1"]],
    ],
  );
});
