// The proxy's table for a small cluster, and how it changes, as nft commands. Rewrite with GOLDEN=write, and read the difference.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { partOf } from "../../src/proxy/frontends.ts";
import { Ledger } from "../../src/proxy/ledger.ts";
import { commands, wholeTable } from "../../src/proxy/text.ts";
import type { Service } from "../../src/resources/core/service.ts";
import type { EndpointSlice } from "../../src/resources/discovery/endpoint-slice.ts";

const OPTIONS = {
  table: "kaji_demo",
  podCidr: "10.244.0.0/16",
  serviceCidr: "10.96.0.0/16",
  dnsAddress: "10.96.0.10",
};

interface Given {
  readonly spec: Partial<Service["spec"]>;
  readonly ends: readonly string[];
  readonly balancer?: string;
}

const HTTP = [{ protocol: "TCP" as const, port: 80, nodePort: 30080 }];
const START: Readonly<Record<string, Given>> = {
  "demo/web": { spec: { clusterIP: "10.96.0.7", ports: HTTP, type: "NodePort" }, ends: ["10.244.0.5", "10.244.1.5"] },
  "demo/none": { spec: { clusterIP: "10.96.0.8", ports: [{ protocol: "UDP", port: 53 }] }, ends: [] },
  "demo/sticky": {
    spec: { clusterIP: "10.96.0.9", ports: [{ protocol: "TCP", port: 443 }], sessionAffinity: "ClientIP" },
    ends: ["10.244.0.6", "10.244.1.6"],
  },
  "demo/balanced": {
    spec: {
      clusterIP: "10.96.0.11",
      type: "LoadBalancer",
      externalTrafficPolicy: "Local",
      loadBalancerSourceRanges: ["192.168.0.0/16"],
      ports: [{ protocol: "TCP", port: 80 }],
    },
    ends: ["10.244.0.7", "10.244.1.7"],
    balancer: "198.51.100.1",
  },
};
/** One endpoint of one service went, one service came, one is gone. */
const NEXT: typeof START = {
  "demo/web": { ...START["demo/web"]!, ends: ["10.244.0.5"] },
  "demo/sticky": START["demo/sticky"]!,
  "demo/balanced": START["demo/balanced"]!,
  "demo/new": { spec: { clusterIP: "10.96.0.12", ports: [{ protocol: "SCTP", port: 9 }] }, ends: ["10.244.0.8"] },
};

function put(ledger: Ledger, key: string, { spec, ends, balancer }: Given): void {
  const [namespace = "", name = ""] = key.split("/");
  const ingress = balancer ? [{ ip: balancer, ipMode: "VIP" }] : [];
  const service = { metadata: { namespace, name }, spec, status: { loadBalancer: { ingress } } } as unknown as Service;
  const slice: EndpointSlice = {
    metadata: { namespace, name },
    addressType: "IPv4",
    endpoints: ends.map((ip) => ({ addresses: [ip], nodeName: ip.startsWith("10.244.0.") ? "n1" : "n2" })),
    ports: spec.ports!.map(({ protocol }) => ({ name: "", protocol, port: 8080 })),
  };
  ledger.set(key, partOf(service, [slice], { nodeName: "n1", zone: "" }));
}

function golden(name: string, text: string): void {
  const file = new URL(`proxy/${name}.txt`, import.meta.url);
  if (process.env["GOLDEN"] === "write") writeFileSync(file, text);
  else assert.equal(text, readFileSync(file, "utf8"));
}

test("proxy: the whole table, and a change of it", () => {
  const ledger = new Ledger();
  for (const [key, given] of Object.entries(START)) put(ledger, key, given);
  golden("whole-table", [...wholeTable(ledger.take(), OPTIONS)].join(""));
  for (const key of Object.keys(START)) if (!(key in NEXT)) ledger.set(key, undefined);
  for (const [key, given] of Object.entries(NEXT)) put(ledger, key, given);
  golden("change", [...commands(ledger.take(), OPTIONS)].join(""));
});
