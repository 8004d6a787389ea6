// The ruleset as nft commands: the whole table, and the difference between two. It refuses to apply anything.
//
// A packet to a service is looked up in `services` (address, protocol, port → chain); the chain draws a number and looks up
// the endpoint under it. Node ports likewise, for packets to an address of the node itself. Packets sent through a node port are
// masqueraded on their way out, so that replies come back through this node; so are those that a pod sends itself through a
// service. Connections to services without endpoints are refused at once instead of timing out.
import type { Ruleset } from "./ruleset.ts";
import { FIRST_MARK, MAPS, SETS } from "./ruleset.ts";

export interface TableOptions {
  /** The table's name: `kaji_` and the cluster's id. */
  readonly table: string;
  /** All pods' addresses: what leaves them for elsewhere is masqueraded. */
  readonly podCidr: string;
  /** Where this node's DNS listens: while it is away for a moment, askers wait instead of being refused. */
  readonly dnsAddress?: string | undefined;
}

/** Bit of the connection mark: masquerade on the way out. */
const MASQUERADE = "0x4000";

const SERVICE_KEY = "ip daddr . meta l4proto . th dport";
const NODE_KEY = "meta l4proto . th dport";

/** Named types and not `typeof`: nft 1.0.6 cannot read its own listing of the latter when it adds elements later. */
const MAP_TYPES: Readonly<Record<(typeof MAPS)[number], string>> = {
  services: "ipv4_addr . inet_proto . inet_service : verdict",
  endpoints: "ipv4_addr . inet_proto . inet_service . mark : ipv4_addr . inet_service",
  node_ports: "inet_proto . inet_service : verdict",
  node_endpoints: "inet_proto . inet_service . mark : ipv4_addr . inet_service",
};
const SET_TYPES: Readonly<Record<(typeof SETS)[number], string>> = {
  no_endpoints: "ipv4_addr . inet_proto . inet_service",
  no_node_endpoints: "inet_proto . inet_service",
  hairpin: "ipv4_addr . ipv4_addr",
};

/** One transaction that puts the table there, whatever was there before: no packet meets a half-made one. */
export function wholeTable(ruleset: Ruleset, options: TableOptions): string {
  const t = `ip ${options.table}`;
  const lines = [`table ${t}`, `delete table ${t}`, `table ${t} {`];
  for (const map of MAPS) lines.push(`  map ${map} {`, `    type ${MAP_TYPES[map]}`, "  }");
  for (const set of SETS) lines.push(`  set ${set} {`, `    type ${SET_TYPES[set]}`, "  }");
  lines.push(...affinityMaps(), ...baseChains(options), "}");
  return `${lines.join("\n")}\n${difference(EMPTY, ruleset, options)}`;
}

export const EMPTY: Ruleset = {
  chains: new Set(),
  maps: Object.fromEntries(MAPS.map((m) => [m, new Map()])) as unknown as Ruleset["maps"],
  sets: Object.fromEntries(SETS.map((s) => [s, new Set()])) as unknown as Ruleset["sets"],
};

/** Which endpoint a client had last; entries go by themselves. */
const affinityMaps = () =>
  ["affinity", "node_affinity"].flatMap((name) => [
    `  map ${name} {`,
    `    type ipv4_addr . ${name === "affinity" ? SET_TYPES.no_endpoints : SET_TYPES.no_node_endpoints} : mark`,
    "    flags dynamic,timeout",
    "    size 262144",
    "  }",
  ]);

function baseChains({ podCidr, dnsAddress }: TableOptions): string[] {
  return [
    "  chain dispatch {",
    `    ${SERVICE_KEY} vmap @services`,
    `    fib daddr type local ${NODE_KEY} vmap @node_ports`,
    "  }",
    "  chain prerouting {",
    "    type nat hook prerouting priority dstnat; policy accept;",
    "    jump dispatch",
    "  }",
    "  chain output {",
    "    type nat hook output priority -100; policy accept;",
    "    jump dispatch",
    "  }",
    "  chain postrouting {",
    "    type nat hook postrouting priority srcnat; policy accept;",
    `    ct mark and ${MASQUERADE} == ${MASQUERADE} masquerade`,
    "    ip saddr . ip daddr @hairpin masquerade",
    `    ip saddr ${podCidr} ip daddr != ${podCidr} ip daddr != 224.0.0.0/4 masquerade`,
    "  }",
    "  chain refuse {",
    `    ${SERVICE_KEY} @no_endpoints meta l4proto tcp reject with tcp reset`,
    `    ${SERVICE_KEY} @no_endpoints reject with icmp port-unreachable`,
    `    fib daddr type local ${NODE_KEY} @no_node_endpoints meta l4proto tcp reject with tcp reset`,
    `    fib daddr type local ${NODE_KEY} @no_node_endpoints reject with icmp port-unreachable`,
    "  }",
    ...(dnsAddress ? patience(dnsAddress) : []),
    ...["input", "forward", "output"].flatMap((hook) => [
      `  chain refuse_${hook} {`,
      `    type filter hook ${hook} priority filter; policy accept;`,
      "    ct state new jump refuse",
      "  }",
    ]),
  ];
}

/** Resolvers give up at once when they are told that a port is closed, and ask again when they are told nothing. */
const patience = (dnsAddress: string): string[] => [
  "  chain patience {",
  "    type filter hook output priority filter; policy accept;",
  `    ip saddr ${dnsAddress} icmp type destination-unreachable icmp code port-unreachable drop`,
  "  }",
];

/** The rules of a chain that verdicts go to. Its name says what it does: `spread_3`, `affine_node_2_10800`. */
function chainRules(name: string): string[] {
  const parts = /^(affine_)?(spread|node_local|node)_(\d+)(?:_(\d+))?$/.exec(name);
  if (!parts) throw new Error(`no chain is called ${name}`);
  const [, affine, base, count, seconds] = parts;
  const isNode = base !== "spread";
  const key = isNode ? NODE_KEY : SERVICE_KEY;
  const mark = base === "node" ? `ct mark set ct mark or ${MASQUERADE} ` : "";
  const draw = `meta mark set numgen random mod ${count} offset ${FIRST_MARK}`;
  const to = `${mark}dnat ip to ${key} . meta mark map @${isNode ? "node_endpoints" : "endpoints"}`;
  if (!affine) return [`${draw} ${to}`];
  const map = isNode ? "node_affinity" : "affinity";
  const client = `ip saddr . ${key}`;
  const remember = `update @${map} { ${client} timeout ${seconds}s : meta mark }`;
  // A client whose endpoint has gone misses in the last lookup of the first rule and draws anew by the second.
  return [`meta mark set ${client} map @${map} ${remember} ${to}`, `${draw} ${remember} ${to}`];
}

/** The commands that turn `from` into `to`, in an order that nft accepts; "" when they are equal. */
export function difference(from: Ruleset, to: Ruleset, { table }: TableOptions): string {
  const t = `ip ${table}`;
  const removed: string[] = [];
  const added: string[] = [];
  for (const name of MAPS) {
    const before = from.maps[name];
    const after = to.maps[name];
    // Ten thousands of entries, most of them equal: nothing is made for those.
    const gone: string[] = [];
    const come: string[] = [];
    for (const [key, value] of before) if (after.get(key) !== value) gone.push(key);
    for (const [key, value] of after) if (before.get(key) !== value) come.push(`${key} : ${value}`);
    removed.push(...elements("delete", t, name, gone));
    added.push(...elements("add", t, name, come));
  }
  for (const name of SETS) {
    removed.push(...elements("delete", t, name, missingIn(to.sets[name], from.sets[name])));
    added.push(...elements("add", t, name, missingIn(from.sets[name], to.sets[name])));
  }
  const newChains = [...to.chains].filter((c) => !from.chains.has(c)).sort();
  const oldChains = [...from.chains].filter((c) => !to.chains.has(c)).sort();
  const lines = [
    ...newChains.flatMap((c) => [`add chain ${t} ${c}`, ...chainRules(c).map((rule) => `add rule ${t} ${c} ${rule}`)]),
    ...removed,
    ...added,
    ...oldChains.flatMap((c) => [`flush chain ${t} ${c}`, `delete chain ${t} ${c}`]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function missingIn(set: ReadonlySet<string>, other: ReadonlySet<string>): string[] {
  const missing: string[] = [];
  for (const key of other) if (!set.has(key)) missing.push(key);
  return missing;
}

/** Lines of at most this many elements: nft's parser takes time that grows with a line's length. */
const ELEMENTS_PER_LINE = 500;

function elements(verb: "add" | "delete", table: string, name: string, list: readonly string[]): string[] {
  const sortedList = [...list].sort();
  const lines: string[] = [];
  for (let i = 0; i < sortedList.length; i += ELEMENTS_PER_LINE) {
    lines.push(`${verb} element ${table} ${name} { ${sortedList.slice(i, i + ELEMENTS_PER_LINE).join(", ")} }`);
  }
  return lines;
}

/** The command that takes the table away. */
export const removeTable = (table: string): string => `table ip ${table}\ndelete table ip ${table}\n`;
