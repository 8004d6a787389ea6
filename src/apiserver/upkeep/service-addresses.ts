// That addresses of Services are taken, as objects: the ServiceCIDR `kubernetes` and an IPAddress for each cluster IP. It
// refuses to give addresses: the allocator does, by what Services say, so that these objects may come a moment later.
import { isAbortOf } from "../../base/scope.ts";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { pause } from "../../base/pause.ts";
import { canonicalIP } from "../../base/ip.ts";
import type { Client } from "../../client/client.ts";
import { Service } from "../../resources/core/service.ts";
import { IPAddress } from "../../resources/networking/ip-address.ts";
import { isGivenAddress, MANAGED_BY, MANAGER } from "../../resources/networking/given-address.ts";
import { ServiceCIDR } from "../../resources/networking/service-cidr.ts";
import { hasReason } from "../../schema/meta/status.ts";
import { ensure } from "./ensure.ts";

const DEFAULT_RANGE = "kubernetes";
const RETRY_MS = 1000;

/** The range that the server was started with, as an object. Runs at start; one that is there is left alone. */
export async function ensureServiceCidr(client: Client, cidrs: readonly string[]): Promise<void> {
  await ensure(client, ServiceCIDR, { metadata: { name: DEFAULT_RANGE }, spec: { cidrs: [...cidrs] } });
}

export interface ServiceAddressesOptions {
  readonly client: Client;
  /** What is there now, without a request. */
  readonly services: () => readonly Service[];
  readonly addresses: () => readonly IPAddress[];
  readonly address: (name: string) => IPAddress | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Follows the Services until `signal` aborts. */
export async function keepServiceAddresses(options: ServiceAddressesOptions, signal: AbortSignal): Promise<void> {
  const { clock, log } = options;
  while (!signal.aborted) {
    try {
      await follow(options, signal);
    } catch (error) {
      if (isAbortOf(signal, error)) return;
      log.info("addresses of services are looked at again", { error: String(error) });
    }
    if (!signal.aborted) await pause(clock, RETRY_MS, signal);
  }
}

async function follow(options: ServiceAddressesOptions, signal: AbortSignal): Promise<void> {
  const { client } = options;
  /** What each service was seen with, by namespace and name. */
  const seen = new Map<string, readonly string[]>();
  for await (const event of client.watch(Service, { sendInitialEvents: true, signal })) {
    if (event.type === "BOOKMARK") {
      if (event.initialEnd) await dropOrphans(options);
      continue;
    }
    const service = event.object;
    const key = keyOf(service);
    const before = seen.get(key) ?? [];
    const now = event.type === "DELETED" ? [] : addressesOf(service);
    if (now.length > 0) seen.set(key, now);
    else seen.delete(key);
    for (const ip of before) if (!now.includes(ip)) await release(options, ip, service);
    for (const ip of now) if (!before.includes(ip)) await take(options, ip, service);
  }
}

const keyOf = ({ metadata: { namespace = "", name = "" } }: Service) => `${namespace}/${name}`;

const addressesOf = ({ spec }: Service): readonly string[] =>
  (spec?.clusterIPs ?? []).flatMap((text) => canonicalIP(text) ?? []);

const isOf = ({ spec: { parentRef } }: IPAddress, { metadata }: Service) =>
  parentRef?.resource === "services" && parentRef.namespace === metadata.namespace && parentRef.name === metadata.name;

/** Removes what stands for services that are gone. */
async function dropOrphans({ client, services, addresses }: ServiceAddressesOptions): Promise<void> {
  const owners = new Map(services().flatMap((service) => addressesOf(service).map((ip) => [ip, service] as const)));
  for (const address of addresses()) {
    const owner = owners.get(address.metadata.name ?? "");
    if (isGivenAddress(address) && !(owner && isOf(address, owner))) await drop(client, address);
  }
}

async function take({ client, address }: ServiceAddressesOptions, ip: string, service: Service): Promise<void> {
  const found = address(ip);
  if (found && isOf(found, service)) return;
  // The parent of an address never changes: that of a service that went is replaced.
  if (found && isGivenAddress(found)) await drop(client, found);
  const { namespace, name = "" } = service.metadata;
  const labels = { "ipaddress.kubernetes.io/ip-family": ip.includes(":") ? "IPv6" : "IPv4", [MANAGED_BY]: MANAGER };
  const parentRef = { group: "", resource: "services", namespace, name };
  try {
    await client.create(IPAddress, { metadata: { name: ip, labels }, spec: { parentRef } });
  } catch (error) {
    // Another server was faster, or somebody holds the address by hand.
    if (!hasReason(error, "AlreadyExists")) throw error;
  }
}

async function release({ client, address }: ServiceAddressesOptions, ip: string, service: Service): Promise<void> {
  const found = address(ip);
  if (found && isGivenAddress(found) && isOf(found, service)) await drop(client, found);
}

async function drop(client: Client, { metadata: { name = "", uid } }: IPAddress): Promise<void> {
  try {
    await client.delete(IPAddress, { name }, { preconditions: { uid } });
  } catch (error) {
    if (!hasReason(error, "NotFound", "Conflict")) throw error;
  }
}
