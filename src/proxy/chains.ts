// The chains of the proxy's table, as nft text: those that every table has, and those that verdicts go to, which say by their
// names what they do. It refuses to know services: they are elements of maps.
//
// A packet to a service is looked up in `services` (address, protocol, port → the number of a chain) and then in `chains`:
// the kernel looks through all of a map of verdicts with every change of it, so that one has to be small. The chain draws
// a number and looks up the endpoint under it. Ports of the node likewise, for packets to an address of the node itself.
//
// What has to come back through this node is masqueraded on its way out: packets from outside of the pods, packets to
// addresses for the world outside, and those that a pod sends itself through a service. Connections to services without
// endpoints are refused at once instead of timing out.
import { FIRST_LOCAL_MARK, FIRST_MARK } from "./elements.ts";

export interface TableOptions {
  /** The table's name: `kaji_` and the cluster's id. */
  readonly table: string;
  /** All pods' addresses: what leaves them for elsewhere is masqueraded. */
  readonly podCidr: string;
  /** All services' addresses: packets to those that are none's, or to none of its ports, are refused. */
  readonly serviceCidr?: string | undefined;
  /** Where this node's DNS listens: while it is away for a moment, askers wait instead of being refused. */
  readonly dnsAddress?: string | undefined;
}

/** Bit of the connection mark: masquerade on the way out. */
const MASQUERADE = "0x4000";
const MARK_IT = `ct mark set ct mark or ${MASQUERADE}`;

const SERVICE_KEY = "ip daddr . meta l4proto . th dport";
const NODE_KEY = "meta l4proto . th dport";
/** A connection to the node from itself by the loopback cannot reach a pod. */
const TO_NODE = "fib daddr type local ip daddr != 127.0.0.0/8";

/** The chains of every table, hooks included. */
export function baseChains({ podCidr, serviceCidr, dnsAddress }: TableOptions): string[] {
  return [
    ...chain("dispatch", [
      `meta mark set ${SERVICE_KEY} map @services meta mark vmap @chains`,
      `${TO_NODE} meta mark set ${NODE_KEY} map @node_ports meta mark vmap @chains`,
    ]),
    ...chain("prerouting", ["type nat hook prerouting priority dstnat; policy accept;", "jump dispatch"]),
    ...chain("output", ["type nat hook output priority -100; policy accept;", "jump dispatch"]),
    ...chain("postrouting", [
      "type nat hook postrouting priority srcnat; policy accept;",
      `ct mark and ${MASQUERADE} == ${MASQUERADE} masquerade`,
      "ip saddr . ip daddr @hairpin masquerade",
      `ip saddr ${podCidr} ip daddr != ${podCidr} ip daddr != 224.0.0.0/4 masquerade`,
    ]),
    ...chain("refuse", [
      ...refusing(`${SERVICE_KEY} @no_endpoints`),
      ...refusing(`${TO_NODE} ${NODE_KEY} @no_node_endpoints`),
      // What is the node's own (its DNS) answers for itself.
      ...(serviceCidr ? refusing(`ip daddr ${serviceCidr} fib daddr type != local`) : []),
    ]),
    ...(dnsAddress ? patience(dnsAddress) : []),
    ...["input", "forward", "output"].flatMap((hook) =>
      chain(`refuse_${hook}`, [`type filter hook ${hook} priority filter; policy accept;`, "ct state new jump refuse"]),
    ),
    // Who may use a load balancer is asked before its address is gone from the packet.
    ...["prerouting", "output"].flatMap((hook) =>
      chain(`guard_${hook}`, [
        `type filter hook ${hook} priority -110; policy accept;`,
        `ct state new ${SERVICE_KEY} @guarded ${SERVICE_KEY} . ip saddr != @allowed drop`,
      ]),
    ),
  ];
}

const chain = (name: string, rules: readonly string[]): string[] => [
  `  chain ${name} {`,
  ...rules.map((rule) => `    ${rule}`),
  "  }",
];

const refusing = (match: string): string[] => [
  `${match} meta l4proto tcp reject with tcp reset`,
  `${match} reject with icmp port-unreachable`,
];

/** Resolvers give up at once when they are told that a port is closed, and ask again when they are told nothing. */
const patience = (dnsAddress: string): string[] =>
  chain("patience", [
    "type filter hook output priority filter; policy accept;",
    `ip saddr ${dnsAddress} icmp type destination-unreachable icmp code port-unreachable drop`,
  ]);

/**
 * The rules of a chain that verdicts go to: `spread_3` spreads over three endpoints, `external_3` does for addresses of the world
 * outside, `local_1_3` over the one on this node, but over all three for pods and for the node itself. `node_` in front: for
 * ports of the node. `_for_10800` behind: a client stays with its endpoint for so many seconds. `silent` lets nothing through
 * and says nothing.
 */
export function chainRules(name: string, { podCidr }: Pick<TableOptions, "podCidr">): string[] {
  if (name === "silent") return ["drop"];
  const parts = /^(node_)?(spread|external|local)_(\d+)(?:_(\d+))?(?:_for_(\d+))?$/.exec(name);
  if (!parts) throw new Error(`no chain is called ${name}`);
  const [, node = "", kind, count, all, seconds] = parts;
  const draw = drawing({ node, count: Number(count), isLocal: kind === "local", seconds });
  switch (kind) {
    case "spread":
      return [`ip saddr != ${podCidr} ${MARK_IT}`, ...draw];
    case "external":
      return [MARK_IT, ...draw];
    default: {
      const spread = `${node}spread_${all}${seconds ? `_for_${seconds}` : ""}`;
      return [
        `ip saddr ${podCidr} goto ${spread}`,
        `fib saddr type local goto ${spread}`,
        // Nothing is said to the client: its load balancer asks for the node's health and goes elsewhere.
        ...(Number(count) === 0 ? ["drop"] : draw),
      ];
    }
  }
}

interface Drawing {
  readonly node: string;
  readonly count: number;
  readonly isLocal: boolean;
  readonly seconds: string | undefined;
}

function drawing({ node, count, isLocal, seconds }: Drawing): string[] {
  const key = node ? NODE_KEY : SERVICE_KEY;
  const first = isLocal ? FIRST_LOCAL_MARK : FIRST_MARK;
  const draw = `meta mark set numgen random mod ${count} offset ${first}`;
  const to = `dnat ip to ${key} . meta mark map @${node}endpoints`;
  if (seconds === undefined) return [`${draw} ${to}`];
  const client = `ip saddr . ${key}`;
  const forget = `delete @${node}affinity { ${client} : meta mark }`;
  const remember = `update @${node}affinity { ${client} timeout ${seconds}s : meta mark }`;
  // A client whose endpoint has gone misses in the last lookup of the first rule and draws anew by the second; so does one
  // that was remembered for all endpoints where only this node's may answer now. It is forgotten first: the kernel's update
  // of an element that is there renews its time and leaves its value.
  const still = `meta mark and 0xffff0000 == 0x${first.toString(16)}`;
  return [
    `meta mark set ${client} map @${node}affinity ${still} ${remember} ${to}`,
    `${draw} meta mark set ${key} . meta mark map @${node}draws ${forget} ${remember} ${to}`,
  ];
}
