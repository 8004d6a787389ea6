// Endpoints on a real server in virtual time: the test is kubelet.
import assert from "node:assert/strict";
import { test } from "node:test";
import { endpointSlice } from "../../src/controllers/endpointslice.ts";
import { Event } from "../../src/resources/core/event.ts";
import { Node } from "../../src/resources/core/node.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { Service } from "../../src/resources/core/service.ts";
import { EndpointSlice } from "../../src/resources/discovery/endpoint-slice.ts";
import { openWorld } from "./world.ts";
import type { World } from "./world.ts";

const SECOND = 1000;
const ZONE = "topology.kubernetes.io/zone";
const in_ = (name: string) => ({ namespace: "demo", name });

async function open(annotations: Readonly<Record<string, string>> = {}): Promise<World> {
  const world = await openWorld({ controllers: [endpointSlice] });
  const { client } = world;
  await client.create(Service, {
    metadata: { ...in_("web"), annotations },
    spec: { selector: { app: "web" }, ports: [{ port: 80 }], trafficDistribution: "PreferSameZone" },
  } as unknown as Service);
  await client.create(Pod, {
    metadata: { ...in_("p"), labels: { app: "web" } },
    spec: { nodeName: "n", containers: [{ name: "c", image: "app:1" }] },
  } as unknown as Pod);
  const conditions = [{ type: "Ready", status: "True" }];
  const status = { phase: "Running", podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }], conditions };
  await client.patch(Pod, in_("p"), { type: "merge", body: { status } }, { subresource: "status" });
  await world.pass(SECOND);
  return world;
}
const endpoints = async ({ client }: World) =>
  (await client.list(EndpointSlice, { namespace: "demo" })).items.flatMap((slice) => slice.endpoints ?? []);
const appear = (world: World) =>
  world.client.create(Node, { metadata: { name: "n", labels: { [ZONE]: "a" } }, spec: {} } as unknown as Node);

test("a pod whose node is not there is left out and told of, until the node appears", async () => {
  const world = await open();
  assert.deepEqual(await endpoints(world), []);
  const { items } = await world.client.list(Event, { namespace: "demo" });
  assert.deepEqual(
    items.map(({ type, reason, message }) => [type, reason, message]),
    [
      [
        "Warning",
        "FailedToUpdateEndpointSlices",
        "Error updating Endpoint Slices for Service demo/web: skipping Pod p for Service demo/web: Node n Not Found",
      ],
    ],
  );
  await appear(world);
  await world.pass(SECOND);
  assert.deepEqual(
    (await endpoints(world)).map(({ addresses, hints }) => [addresses, hints]),
    [[["10.0.0.1"], { forZones: [{ name: "a" }] }]],
  );
  await world.stop();
});

test("who asks for balanced zones gets no hints for the nearest", async () => {
  const world = await open({ "service.kubernetes.io/topology-mode": "Auto" });
  await appear(world);
  await world.pass(SECOND);
  assert.deepEqual(
    (await endpoints(world)).map(({ hints }) => hints),
    [undefined],
  );
  await world.stop();
});
