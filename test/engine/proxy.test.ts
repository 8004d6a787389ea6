// The proxy's shell against a server in virtual time: which objects it follows, that it gathers changes, what it does when nft fails,
// and that ports for health checks come and go. What is in the text is tested beside the proxy.
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../src/base/log.ts";
import { seededRandom } from "../../src/base/random.ts";
import { VirtualClock } from "../../src/base/virtual-clock.ts";
import { CacheSet } from "../../src/client/cache-set.ts";
import { Cache } from "../../src/client/cache.ts";
import type { Client } from "../../src/client/client.ts";
import type { HealthAnswer } from "../../src/proxy/health.ts";
import { runProxy } from "../../src/proxy/proxy.ts";
import { Namespace } from "../../src/resources/core/namespace.ts";
import { Node } from "../../src/resources/core/node.ts";
import { Service } from "../../src/resources/core/service.ts";
import { EndpointSlice } from "../../src/resources/discovery/endpoint-slice.ts";
import { resources } from "../../src/resources/index.ts";
import type { UdpFlow } from "../../src/wire/conntrack/conntrack.ts";
import { recorded } from "../../src/wire/nftables/nft.ts";
import { bareServer } from "../client/carriers.ts";

async function open(remembered: readonly UdpFlow[] = [], fill?: (client: Client) => Promise<void>) {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const server = await bareServer(resources, clock);
  const client: Client = server.localClient({ name: "user", groups: ["system:masters"] });
  const common = { client, clock, random: seededRandom(7), log: silentLog };
  await client.create(Namespace, { metadata: { name: "demo" }, spec: {} });
  await client.create(Node, {
    metadata: { name: "n1", labels: { "topology.kubernetes.io/zone": "z1" } },
    spec: {},
  });
  await fill?.(client);
  const caches = new CacheSet(common);
  const node = new Cache(Node, { ...common, fieldSelector: "metadata.name=n1" });
  const nft = recorded();
  const forgotten: UdpFlow[] = [];
  const answers = new Map<number, () => HealthAnswer>();
  const stop = new AbortController();
  const running = runProxy(
    {
      ...common,
      caches,
      nft,
      node,
      nodeName: "n1",
      table: "t",
      podCidr: "10.244.0.0/16",
      forgetFlow: async (flow) => void forgotten.push(flow),
      rememberedFlows: async () => remembered,
      listenHealth: async (port, answer) => {
        if (answers.has(port)) throw new Error(`${port} is taken`);
        answers.set(port, answer);
        return { close: async () => void answers.delete(port) };
      },
    },
    stop.signal,
  );
  const filling = Promise.all([caches.run(stop.signal), node.run(stop.signal)]);
  await clock.advance(1000);
  return {
    clock,
    client,
    nft,
    forgotten,
    answers,
    /** Batches since the last call. */
    batches: () => nft.batches.splice(0),
    async [Symbol.asyncDispose]() {
      stop.abort(new Error("the test is over"));
      await clock.settle();
      await Promise.all([running, filling]);
      assert.equal(answers.size, 0, "ports are closed at the end");
    },
  };
}

const service = (name: string, spec: Partial<Service["spec"]>): Pick<Service, "metadata" | "spec"> => ({
  metadata: { name, namespace: "demo" },
  spec: { ports: [{ protocol: "UDP", port: 53 }], ...spec },
});
const slice = (name: string, of: string, ips: readonly string[], zone = "z1", labels = {}) => ({
  metadata: { name, namespace: "demo", labels: { "kubernetes.io/service-name": of, ...labels } },
  addressType: "IPv4" as const,
  endpoints: ips.map((ip) => ({
    addresses: [ip],
    nodeName: "n1",
    conditions: { ready: true },
    hints: { forZones: [{ name: zone }] },
  })),
  ports: [{ name: "", protocol: "UDP" as const, port: 5353 }],
});

test("writes the table whole at the start, then what changed, gathered", async () => {
  await using world = await open();
  const { client, clock } = world;
  const [whole, ...more] = world.batches();
  assert.match(whole ?? "", /^table ip t\ndelete table ip t\n/);
  assert.deepEqual(more, []);
  await client.create(Service, service("dns", { clusterIP: "10.0.0.7", clusterIPs: ["10.0.0.7"] }));
  await client.create(EndpointSlice, slice("dns-a", "dns", ["10.244.0.5"]));
  await client.create(EndpointSlice, slice("dns-b", "dns", ["10.244.0.6"]));
  await client.create(
    EndpointSlice,
    slice("other", "dns", ["10.244.0.9"], "z1", { "service.kubernetes.io/headless": "" }),
  );
  await clock.advance(100);
  const text = world.batches().join("");
  assert.match(
    text,
    /add element ip t chains \{ (\d+) : goto spread_2 \}[^]* services \{ 10\.0\.0\.7 \. udp \. 53 : \1 \}/,
  );
  assert.doesNotMatch(text, /10\.244\.0\.9/);
  await client.delete(EndpointSlice, { namespace: "demo", name: "dns-b" });
  await clock.advance(100);
  assert.match(world.batches().join(""), /delete element ip t endpoints \{ 10\.0\.0\.7 \. udp \. 53 \. 0x4b000001 \}/);
  const gone = { address: "10.0.0.7", port: 53, target: { ip: "10.244.0.6", port: 5353 } };
  assert.deepEqual(world.forgotten.at(-1), gone);
  await client.delete(Service, { namespace: "demo", name: "dns" });
  await clock.advance(100);
  assert.match(world.batches().join(""), /delete element ip t services/);
  await clock.advance(60_000);
  assert.deepEqual(world.batches(), []);
});

test("forgets at the start what the kernel remembers of endpoints that went before", async () => {
  const target = { ip: "10.244.0.5", port: 5353 };
  const remembered: UdpFlow[] = [
    { address: "10.0.0.7", port: 53, target },
    { address: "10.0.0.7", port: 53, target: { ip: "10.244.0.9", port: 5353 } },
    { address: "192.0.2.1", port: 53, target },
  ];
  await using world = await open(remembered, async (client) => {
    await client.create(Service, service("dns", { clusterIP: "10.0.0.7", clusterIPs: ["10.0.0.7"] }));
    await client.create(EndpointSlice, slice("dns-a", "dns", ["10.244.0.5"]));
  });
  assert.deepEqual(world.forgotten, [remembered[1]]);
});

test("writes the table whole after a failure, at once and then each second", async () => {
  await using world = await open();
  world.batches();
  world.nft.refuse = true;
  await world.client.create(Service, service("dns", { clusterIP: "10.0.0.7", clusterIPs: ["10.0.0.7"] }));
  await world.clock.advance(3000);
  assert.deepEqual(world.batches(), []);
  world.nft.refuse = false;
  await world.clock.advance(1000);
  const batches = world.batches();
  assert.equal(batches.length, 1);
  assert.match(batches[0]!, /^table ip t\ndelete table ip t\n[^]*no_endpoints \{ 10\.0\.0\.7 \. udp \. 53 \}/);
});

test("follows the zone of its node", async () => {
  await using world = await open();
  const { client, clock } = world;
  await client.create(Service, service("dns", { clusterIP: "10.0.0.7", clusterIPs: ["10.0.0.7"] }));
  await client.create(EndpointSlice, slice("dns-a", "dns", ["10.244.0.5"], "z1"));
  await client.create(EndpointSlice, slice("dns-b", "dns", ["10.244.0.6"], "z2"));
  await clock.advance(100);
  assert.match(world.batches().join(""), /: 10\.244\.0\.5 \. 5353/);
  const patch = { type: "merge", body: { metadata: { labels: { "topology.kubernetes.io/zone": "z2" } } } } as const;
  await client.patch(Node, { name: "n1" }, patch);
  await clock.advance(100);
  assert.match(world.batches().join(""), /: 10\.244\.0\.6 \. 5353/);
});

test("tells load balancers whether this node has endpoints", async () => {
  await using world = await open();
  const { client, clock, answers } = world;
  const spec = {
    type: "LoadBalancer",
    clusterIP: "10.0.0.7",
    clusterIPs: ["10.0.0.7"],
    externalTrafficPolicy: "Local",
    healthCheckNodePort: 31234,
  } as const;
  await client.create(Service, service("dns", spec));
  await clock.advance(100);
  assert.equal(answers.get(31234)?.().status, 503);
  await client.create(EndpointSlice, slice("dns-a", "dns", ["10.244.0.5", "10.244.0.6"]));
  await clock.advance(100);
  assert.deepEqual(answers.get(31234)?.(), {
    status: 200,
    headers: {
      "Content-Type": "application/json",
      "X-Content-Type-Options": "nosniff",
      "X-Load-Balancing-Endpoint-Weight": "2",
    },
    body: '{\n\t"service": {\n\t\t"namespace": "demo",\n\t\t"name": "dns"\n\t},\n\t"localEndpoints": 2,\n\t"serviceProxyHealthy": true\n}',
  });
  await client.delete(Service, { namespace: "demo", name: "dns" });
  await clock.advance(100);
  assert.equal(answers.size, 0);
});
