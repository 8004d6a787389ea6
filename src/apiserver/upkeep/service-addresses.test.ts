// Addresses of Services and the objects that stand for them: one server, virtual time, no sockets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../base/log.ts";
import { seededRandom } from "../../base/random.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import { Service } from "../../resources/core/service.ts";
import { IPAddress } from "../../resources/networking/ip-address.ts";
import { ServiceCIDR } from "../../resources/networking/service-cidr.ts";
import { hasReason } from "../../schema/meta/status.ts";
import { memoryStore } from "../../store/memory.ts";
import { prepareCluster, standardServer, upkeep } from "../standard.ts";

const RANGE = "10.96.0.0/16";

async function start() {
  const clock = new VirtualClock();
  const store = memoryStore({ clock });
  const log = silentLog;
  const server = await standardServer({ store, clock, random: seededRandom(1), log, serviceCidrs: [RANGE] });
  const client = await prepareCluster({ server, log, serviceCidrs: [RANGE] });
  const stop = new AbortController();
  const keeping = upkeep({ server, store, clock, log }, stop.signal);
  await clock.settle();
  const names = async () => (await client.list(IPAddress)).items.map((ip) => ip.metadata.name);
  const end = async () => {
    stop.abort();
    await clock.settle();
    await keeping;
    await server.close(0);
  };
  return { clock, client, names, end };
}

const service = (name: string, spec: object = {}) => ({
  metadata: { namespace: "default", name },
  spec: { ports: [{ port: 80 }], ...spec },
});

test("the range of the cluster is an object, and each address of a service is one while the service has it", async () => {
  const { clock, client, names, end } = await start();
  assert.deepEqual((await client.get(ServiceCIDR, { name: "kubernetes" })).spec, { cidrs: [RANGE] });
  const made = await client.create(Service, service("a", { clusterIP: "10.96.7.7" }));
  await clock.settle();
  const { metadata, spec } = await client.get(IPAddress, { name: "10.96.7.7" });
  assert.equal(metadata.labels?.["ipaddress.kubernetes.io/ip-family"], "IPv4");
  assert.deepEqual(spec.parentRef, { resource: "services", namespace: "default", name: "a" });
  await client.update(Service, { ...made, spec: { type: "ExternalName", externalName: "example.com" } });
  await clock.settle();
  assert.deepEqual(await names(), []);
  await client.create(Service, service("b", { clusterIP: "10.96.7.7" }));
  await client.create(Service, service("headless", { clusterIP: "None" }));
  await clock.settle();
  assert.deepEqual(await names(), ["10.96.7.7"]);
  // At once, before the object of the old one could go.
  await client.delete(Service, { namespace: "default", name: "b" });
  await client.create(Service, service("c", { clusterIP: "10.96.7.7" }));
  await clock.settle();
  assert.equal((await client.get(IPAddress, { name: "10.96.7.7" })).spec.parentRef.name, "c");
  await end();
});

test("a range that is ready gives addresses, an address that somebody holds by hand is taken", async () => {
  const { clock, client, end } = await start();
  const invalid = (error: unknown) => hasReason(error, "Invalid");
  const asked = service("a", { clusterIP: "198.51.100.5" });
  const range = await client.create(ServiceCIDR, { metadata: { name: "more" }, spec: { cidrs: ["198.51.100.0/28"] } });
  await assert.rejects(client.create(Service, asked), invalid);
  const ready = { type: "Ready", status: "True", reason: "", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" };
  const status = { conditions: [ready] } as typeof range.status;
  await client.update(ServiceCIDR, { ...range, status }, { subresource: "status" });
  const parentRef = { group: "example.com", resource: "gateways", name: "g" };
  await client.create(IPAddress, { metadata: { name: "198.51.100.5" }, spec: { parentRef } });
  await assert.rejects(client.create(Service, asked), /provided IP is already allocated/);
  await client.delete(IPAddress, { name: "198.51.100.5" });
  await client.create(Service, asked);
  await clock.settle();
  assert.equal((await client.get(IPAddress, { name: "198.51.100.5" })).spec.parentRef.resource, "services");
  await end();
});
