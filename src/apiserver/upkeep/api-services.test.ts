// APIServices of custom groups come and go with their definitions; those of other servers say whether they can be reached,
// and discovery shows them in order. Virtual time, no sockets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../base/log.ts";
import { seededRandom } from "../../base/random.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import { IncompleteDiscoveryError } from "../../client/incomplete-discovery.ts";
import { CustomResourceDefinition } from "../../resources/apiextensions/custom-resource-definition.ts";
import { APIService } from "../../resources/apiregistration/api-service.ts";
import { findCondition } from "../../resources/conditions.ts";
import { ConfigMap } from "../../resources/core/config-map.ts";
import { Service } from "../../resources/core/service.ts";
import { EndpointSlice } from "../../resources/discovery/endpoint-slice.ts";
import { hasReason } from "../../schema/meta/status.ts";
import { groupVersions } from "../../schema/discovery.ts";
import { memoryStore } from "../../store/memory.ts";
import type { ServiceQuestion, ServiceReply } from "../aggregation/dialer.ts";
import { prepareCluster, standardServer, upkeep } from "../standard.ts";

const REMOTE = "v1alpha1.wardle.example.com";

async function start() {
  const clock = new VirtualClock();
  const log = silentLog;
  const store = memoryStore({ clock });
  const asked: ServiceQuestion[] = [];
  const other = { answer: (): ServiceReply => ({ status: 200, etag: undefined, body: LIST }) };
  const server = await standardServer({
    store,
    clock,
    random: seededRandom(1),
    log,
    serviceCidrs: ["10.96.0.0/16"],
    aggregation: {
      tls: { cert: "", key: "" },
      dial: async (question) => {
        asked.push(question);
        return other.answer();
      },
    },
  });
  const client = await prepareCluster({ server, log });
  const stop = new AbortController();
  const trust = { clientCa: "CA", frontProxyCa: "FP", frontProxyNames: ["front-proxy-client"] };
  const keeping = upkeep({ server, store, clock, log, trust }, stop.signal);
  await clock.settle();
  const end = async () => {
    stop.abort();
    await clock.settle();
    await keeping;
    await server.close(0);
  };
  return { server, client, clock, asked, other, end };
}

type Running = Awaited<ReturnType<typeof start>>;

const LIST = JSON.stringify({
  kind: "APIResourceList",
  groupVersion: "wardle.example.com/v1alpha1",
  resources: [
    { name: "flunders", singularName: "flunder", namespaced: true, kind: "Flunder", verbs: ["get", "list"] },
    { name: "flunders/status", singularName: "", namespaced: true, kind: "Flunder", verbs: ["get"] },
    { name: "fischers", singularName: "", namespaced: false, kind: "Fischer", verbs: ["get"], shortNames: ["f"] },
  ],
});

const verdict = async ({ client }: Running): Promise<unknown> => {
  const { status } = await client.get(APIService, { name: REMOTE });
  const found = findCondition(status.conditions, "Available");
  return found && [found.status, found.reason, found.message];
};

const register = ({ client }: Running) =>
  client.create(APIService, {
    metadata: { name: REMOTE },
    spec: {
      group: "wardle.example.com",
      version: "v1alpha1",
      groupPriorityMinimum: 2000,
      versionPriority: 200,
      service: { namespace: "default", name: "api", port: 7443 },
      caBundle: "Q0E=",
    },
  });

async function define({ client, clock }: Running, plural: string, ...versions: readonly string[]): Promise<void> {
  const schema = { openAPIV3Schema: { type: "object" } };
  await client.create(CustomResourceDefinition, {
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural, kind: plural.toUpperCase() },
      versions: versions.map((name, i) => ({ name, served: true, storage: i === 0, schema })),
    },
  });
  await clock.settle();
}

test("each served version of a custom group has its APIService, which comes back and goes", async () => {
  const running = await start();
  const { client, clock } = running;
  await define(running, "widgets", "v1", "v2");
  const made = await client.get(APIService, { name: "v2.example.com" });
  assert.deepEqual(made.metadata.labels, { "kube-aggregator.kubernetes.io/automanaged": "true" });
  const spec = { group: "example.com", version: "v2", groupPriorityMinimum: 1000, versionPriority: 100 };
  assert.deepEqual(made.spec, spec);
  assert.equal(findCondition(made.status.conditions, "Available")?.reason, "Local");
  await client.delete(APIService, { name: "v2.example.com" });
  await client.update(APIService, {
    ...(await client.get(APIService, { name: "v1.example.com" })),
    spec: { ...spec, version: "v1", versionPriority: 7 },
  });
  await clock.settle();
  assert.deepEqual((await client.get(APIService, { name: "v2.example.com" })).spec, spec);
  assert.equal((await client.get(APIService, { name: "v1.example.com" })).spec.versionPriority, 100);
  await client.delete(CustomResourceDefinition, { name: "widgets.example.com" });
  await clock.settle();
  for (const name of ["v1.example.com", "v2.example.com"])
    await assert.rejects(client.get(APIService, { name }), (error) => hasReason(error, "NotFound"));
  await running.end();
});

test("what stands in the way of another server is said, one thing after the other", async () => {
  const running = await start();
  const { client, clock, asked, other } = running;
  const turn = async () => {
    await clock.advance(1100);
    await clock.settle();
  };
  await register(running);
  await turn();
  assert.deepEqual(await verdict(running), ["False", "ServiceNotFound", 'service/api in "default" is not present']);
  const service = { metadata: { name: "api", namespace: "default" } };
  await client.create(Service, { ...service, spec: { ports: [{ name: "x", port: 443 }] } });
  await turn();
  assert.deepEqual(await verdict(running), [
    "False",
    "ServicePortError",
    'service/api in "default" is not listening on port 7443',
  ]);
  const made = await client.get(Service, { namespace: "default", name: "api" });
  await client.update(Service, {
    ...made,
    spec: { ...made.spec, ports: [{ name: "https", port: 7443, protocol: "TCP" }] },
  });
  await turn();
  assert.deepEqual(await verdict(running), [
    "False",
    "EndpointsNotFound",
    'cannot find endpointslices for service/api in "default"',
  ]);
  const slice = await client.create(EndpointSlice, {
    metadata: { name: "api-1", namespace: "default", labels: { "kubernetes.io/service-name": "api" } },
    addressType: "IPv4",
    ports: [{ name: "https", port: 443, protocol: "TCP" }],
    endpoints: [{ addresses: ["10.1.1.1"], conditions: { ready: false } }],
  });
  await turn();
  assert.deepEqual(await verdict(running), [
    "False",
    "MissingEndpoints",
    'endpointslices for service/api in "default" have no addresses with port name "https"',
  ]);
  assert.equal(asked.length, 0);
  other.answer = () => ({ status: 404, etag: undefined, body: "" });
  await client.update(EndpointSlice, {
    ...slice,
    endpoints: [{ addresses: ["10.1.1.1"], conditions: { ready: true } }],
  });
  await turn();
  const { clusterIP = "" } = made.spec;
  const url = `https://${clusterIP}:7443/apis/wardle.example.com/v1alpha1`;
  assert.deepEqual(await verdict(running), [
    "False",
    "FailedDiscoveryCheck",
    `failing or missing response from ${url}: bad status from ${url}: 404`,
  ]);
  const [question] = asked;
  assert.deepEqual(
    [question?.host, question?.servername, question?.ca, question?.headers["X-Remote-User"]],
    [clusterIP, "api.default.svc", "CA", "system:kube-aggregator"],
  );
  other.answer = () => ({ status: 200, etag: undefined, body: LIST });
  await clock.advance(5500);
  await clock.settle();
  assert.deepEqual(await verdict(running), ["True", "Passed", "all checks passed"]);
  const found = running.server.aggregation!.discovery.get("wardle.example.com/v1alpha1");
  assert.equal(found.freshness, "Current");
  assert.deepEqual(
    found.resources.map((one) => [one.resource, one.scope, one.subresources?.map(({ subresource }) => subresource)]),
    [
      ["flunders", "Namespaced", ["status"]],
      ["fischers", "Cluster", undefined],
    ],
  );
  // The server's own components discover them with all else.
  const discovered = () => new Set(running.server.discovered().map((one) => one.plural));
  assert.ok(discovered().isSupersetOf(new Set(["flunders", "fischers", "pods", "deployments"])));
  // Conditions of others stay.
  const seen = await client.get(APIService, { name: REMOTE });
  const mine = { type: "StatusUpdated", status: "True", reason: "E2E", message: "Set by a test" };
  const conditions = [...(seen.status.conditions ?? []), mine];
  await client.update(APIService, { ...seen, status: { conditions } }, { subresource: "status" });
  await client.delete(Service, { namespace: "default", name: "api" });
  await turn();
  const { status } = await client.get(APIService, { name: REMOTE });
  assert.deepEqual(
    status.conditions?.map(({ type, reason }) => [type, reason]),
    [
      ["Available", "ServiceNotFound"],
      ["StatusUpdated", "E2E"],
    ],
  );
  assert.equal(running.server.aggregation!.discovery.get("wardle.example.com/v1alpha1").freshness, "Stale");
  assert.throws(discovered, (error) => {
    assert.ok(error instanceof IncompleteDiscoveryError);
    assert.deepEqual(error.stale, ["wardle.example.com/v1alpha1"]);
    return error.kinds.some((one) => one.plural === "pods") && !error.kinds.some((one) => one.plural === "flunders");
  });
  await running.end();
});

test("groups stand in the order of their priorities", async () => {
  const running = await start();
  await define(running, "widgets", "v1");
  await register(running);
  await running.clock.settle();
  const { services } = running.server.aggregation!;
  const local = groupVersions(
    running.server.kinds
      .groups()
      .flatMap(({ versions }) => versions.flatMap(({ kinds }) => kinds.map(({ resource }) => resource))),
  );
  const names = [...services.merged(local, "service").keys()];
  assert.deepEqual(names.slice(0, 3), ["apiregistration.k8s.io", "", "apps"]);
  assert.deepEqual(names.slice(-2), ["wardle.example.com", "example.com"]);
  await running.end();
});

test("extension servers are told whom to believe, whatever others write there", async () => {
  const running = await start();
  const place = { namespace: "kube-system", name: "extension-apiserver-authentication" };
  const read = () => running.client.get(ConfigMap, place);
  const { data, ...rest } = await read();
  assert.deepEqual(data, {
    "client-ca-file": "CA",
    "requestheader-allowed-names": '["front-proxy-client"]',
    "requestheader-client-ca-file": "FP",
    "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
    "requestheader-group-headers": '["X-Remote-Group"]',
    "requestheader-username-headers": '["X-Remote-User"]',
  });
  await running.client.update(ConfigMap, { ...rest, data: { ...data, "client-ca-file": "other" } });
  await running.clock.settle();
  assert.equal((await read()).data?.["client-ca-file"], "CA");
  await running.client.delete(ConfigMap, place);
  await running.clock.settle();
  assert.equal((await read()).data?.["requestheader-client-ca-file"], "FP");
  await running.end();
});
