// The Service `kubernetes` in `default`, through which pods reach the API, and its endpoints: the API servers themselves.
// It refuses to watch over other servers: each writes its own address, and one alone is right with one address.
import type { Client } from "../../client/client.ts";
import { Endpoints } from "../../resources/core/endpoints.ts";
import { Service } from "../../resources/core/service.ts";
import { EndpointSlice } from "../../resources/discovery/endpoint-slice.ts";
import { ensure } from "./ensure.ts";

const PLACE = { name: "kubernetes", namespace: "default" } as const;

export interface KubernetesServiceOptions {
  /** Speaks as the API server itself. */
  readonly client: Client;
  /** The first address of the service range. */
  readonly clusterIP: string;
  /** Where this server can be reached from pods. */
  readonly address: string;
  readonly port: number;
}

/** Runs at start, after the namespaces are there. */
export async function ensureKubernetesService({
  client,
  clusterIP,
  address,
  port,
}: KubernetesServiceOptions): Promise<void> {
  const family = address.includes(":") ? "IPv6" : "IPv4";
  const service = await ensure(client, Service, {
    metadata: { ...PLACE, labels: { component: "apiserver", provider: "kubernetes" } },
    spec: {
      type: "ClusterIP",
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: [family],
      ipFamilyPolicy: "SingleStack",
      sessionAffinity: "None",
      ports: [{ name: "https", protocol: "TCP", port: 443, targetPort: port }],
    },
  });
  const targetPort = service.spec?.ports?.[0]?.targetPort;
  if (targetPort !== port) {
    const ports = (service.spec?.ports ?? []).map((p) => (p.name === "https" ? { ...p, targetPort: port } : p));
    await client.update(Service, { ...service, spec: { ...service.spec, ports } });
  }
  await ensureEndpoints(client, address, port);
  await ensureSlice(client, address, port, family);
}

async function ensureEndpoints(client: Client, ip: string, port: number): Promise<void> {
  const subsets = [{ addresses: [{ ip }], ports: [{ name: "https", port, protocol: "TCP" as const }] }];
  const labels = { "endpointslice.kubernetes.io/skip-mirror": "true" };
  const found = await ensure(client, Endpoints, { metadata: { ...PLACE, labels }, subsets });
  if (JSON.stringify(found.subsets) !== JSON.stringify(subsets)) await client.update(Endpoints, { ...found, subsets });
}

async function ensureSlice(client: Client, ip: string, port: number, addressType: "IPv4" | "IPv6"): Promise<void> {
  const endpoints = [{ addresses: [ip], conditions: { ready: true } }];
  const ports = [{ name: "https", protocol: "TCP" as const, port }];
  const labels = { "kubernetes.io/service-name": "kubernetes" };
  const found = await ensure(client, EndpointSlice, { metadata: { ...PLACE, labels }, addressType, endpoints, ports });
  const same = found.endpoints?.[0]?.addresses[0] === ip && found.ports?.[0]?.port === port;
  if (!same) await client.update(EndpointSlice, { ...found, endpoints, ports });
}
