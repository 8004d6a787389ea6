// The first start of a cluster: which addresses, ranges and ports it gets. They are kept from then on (data-folder.ts).
// It refuses what collides with the host's own networks, and says which port was taken instead of the wished one.
import { createServer } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { readFile } from "node:fs/promises";
import { cidrsOverlap, nthAddress, nthSubnet, parseCIDR } from "../base/cidr.ts";
import { formatIP } from "../base/ip.ts";
import type { Random } from "../base/random.ts";
import { CommandFailed, EXIT } from "../cli/exit.ts";
import type { ClusterSettings, NodeSettings } from "./data-folder.ts";
import { newClusterId } from "./data-folder.ts";
import type { Neighbour } from "./neighbours.ts";

/** Pairs of pod and service ranges, tried in order. The first is what everyone expects. */
const RANGES: readonly (readonly [pods: string, services: string])[] = [
  ["10.244.0.0/16", "10.96.0.0/16"],
  ["10.245.0.0/16", "10.97.0.0/16"],
  ["10.246.0.0/16", "10.98.0.0/16"],
  ["10.247.0.0/16", "10.99.0.0/16"],
  ["10.240.0.0/16", "10.100.0.0/16"],
  ["10.241.0.0/16", "10.101.0.0/16"],
  ["10.242.0.0/16", "10.102.0.0/16"],
  ["10.243.0.0/16", "10.103.0.0/16"],
  ["172.28.0.0/16", "172.29.0.0/16"],
  ["192.168.128.0/18", "192.168.192.0/18"],
];

export interface FirstStart {
  readonly port: number;
  readonly nodes: number;
  readonly simulated: boolean;
  readonly random: Random;
  /** Other clusters of this machine, running or not. */
  readonly others?: readonly Neighbour[];
}

/** Chooses everything that a new cluster keeps. */
export async function chooseSettings({
  port,
  nodes,
  simulated,
  random,
  others = [],
}: FirstStart): Promise<Omit<ClusterSettings, "format">> {
  const [podCidr, serviceCidr] = await freeRanges(others.map(({ settings }) => settings));
  const soonTaken = portsOf(others);
  const apiPort = await freePort(port, "the API server", soonTaken);
  const names: NodeSettings[] = [];
  for (let i = 0; i < nodes; i++) {
    const taken = new Set([...soonTaken, apiPort, ...names.map((n) => n.kubeletPort)]);
    const kubeletPort = await freePort(10250 + i, "a kubelet", taken);
    names.push({ name: nodeName(i, nodes), podCidr: subnet(podCidr, i), kubeletPort, simulated });
  }
  return { id: newClusterId(random), apiPort, podCidr, serviceCidr, dnsIP: nth(serviceCidr, 10), nodes: names };
}

/** Ports that clusters have chosen which do not listen yet. */
const portsOf = (others: readonly Neighbour[]): ReadonlySet<number> =>
  new Set(
    others
      .filter(({ begins }) => begins)
      .flatMap(({ settings }) => [settings.apiPort, ...settings.nodes.map((node) => node.kubeletPort)]),
  );

/** One node is called as its host is (made a DNS label); several are numbered. */
function nodeName(i: number, nodes: number): string {
  if (nodes > 1) return `node-${i + 1}`;
  const label = hostname()
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, "-")
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
  return label || "node-1";
}

export function nth(cidr: string, n: number): string {
  return formatIP(nthAddress(parseCIDR(cidr)!, n)!);
}

/** The n-th /24 of the pod range. */
function subnet(podCidr: string, n: number): string {
  const { first } = nthSubnet(parseCIDR(podCidr)!, 24, n)!;
  return `${formatIP({ family: "IPv4", value: first })}/24`;
}

/** The host's IPv4 networks in CIDR form: of its addresses, and of its routes. */
async function hostNetworks(): Promise<string[]> {
  const own = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).filter((a) => a.family === "IPv4" && a.cidr).map((a) => a.cidr!),
  );
  return [...own, ...(await routes())];
}

/** /proc/net/route has little-endian hexadecimal destinations and masks; the default route is no network. */
async function routes(): Promise<string[]> {
  let table: string;
  try {
    table = await readFile("/proc/net/route", "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"))
    .filter((fields) => fields.length > 7 && fields[7] !== "00000000")
    .map((fields) => {
      const bytes = fields[1]!.match(/../g)!.reverse();
      const mask = Number.parseInt(fields[7]!.match(/../g)!.reverse().join(""), 16);
      const bits = mask === 0 ? 0 : 32 - Math.log2((~mask >>> 0) + 1);
      return `${bytes.map((b) => Number.parseInt(b, 16)).join(".")}/${bits}`;
    });
}

/** Ranges of stopped clusters are left to them as long as there are others. */
async function freeRanges(others: readonly ClusterSettings[]): Promise<readonly [string, string]> {
  const networks = await hostNetworks();
  const chosen = others.flatMap(({ podCidr, serviceCidr }) => [podCidr, serviceCidr]);
  const found = rangesBeside([...networks, ...chosen]) ?? rangesBeside(networks);
  if (!found)
    throw new CommandFailed(
      "no range of addresses is free for pods and services: the host's routes cover all that Kaji knows",
      EXIT.conflict,
    );
  return found;
}

function rangesBeside(networks: readonly string[]): readonly [string, string] | undefined {
  const taken = networks.flatMap((text) => parseCIDR(text) ?? []);
  const free = (text: string) => !taken.some((cidr) => cidrsOverlap(cidr, parseCIDR(text)!));
  return RANGES.find(([pods, services]) => free(pods) && free(services));
}

/** `wished`, or the next of a hundred that nobody listens on. */
export async function freePort(wished: number, whose: string, not: ReadonlySet<number> = new Set()): Promise<number> {
  for (let port = wished; port < Math.min(wished + 100, 65536); port++) {
    if (!not.has(port) && (await canListen(port))) return port;
  }
  throw new CommandFailed(`no port from ${wished} to ${wished + 99} is free for ${whose}`, EXIT.conflict);
}

export function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "0.0.0.0", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The IPv4 address under which this host is known: the first that is not a loopback nor some bridge's. */
export function hostAddress(): string {
  for (const [name, list] of Object.entries(networkInterfaces())) {
    if (/^(lo|docker|br-|veth|cni|kaji|virbr)/.test(name)) continue;
    const found = list?.find((a) => a.family === "IPv4" && !a.internal);
    if (found) return found.address;
  }
  return "127.0.0.1";
}
