// The table and its changes as nft commands, in pieces, so that neither the text nor the time for it comes at once. It refuses
// to apply anything, and to decide what is in the table (ledger.ts).
import type { MapName, SetName } from "./elements.ts";
import { MAPS, SETS, visitElements } from "./elements.ts";
import type { TableOptions } from "./chains.ts";
import { baseChains, chainRules } from "./chains.ts";
import type { Change, Half } from "./ledger.ts";

/** Named types and not `typeof`: nft 1.0.6 cannot read its own listing of the latter when it adds elements later. */
const TYPES: Readonly<Record<MapName | SetName, string>> = {
  services: "ipv4_addr . inet_proto . inet_service : mark",
  endpoints: "ipv4_addr . inet_proto . inet_service . mark : ipv4_addr . inet_service",
  draws: "ipv4_addr . inet_proto . inet_service . mark : mark",
  node_ports: "inet_proto . inet_service : mark",
  node_endpoints: "inet_proto . inet_service . mark : ipv4_addr . inet_service",
  node_draws: "inet_proto . inet_service . mark : mark",
  no_endpoints: "ipv4_addr . inet_proto . inet_service",
  no_node_endpoints: "inet_proto . inet_service",
  hairpin: "ipv4_addr . ipv4_addr",
  guarded: "ipv4_addr . inet_proto . inet_service",
  allowed: "ipv4_addr . inet_proto . inet_service . ipv4_addr",
};

/** One transaction that puts the table there, whatever was there before: no packet meets a half-made one. */
export function* wholeTable(everything: Change, options: TableOptions): Generator<string> {
  const t = `ip ${options.table}`;
  const lines = [`table ${t}`, `delete table ${t}`, `table ${t} {`];
  lines.push("  map chains {", "    type mark : verdict", "  }");
  for (const map of MAPS) lines.push(`  map ${map} {`, `    type ${TYPES[map]}`, "  }");
  for (const set of SETS) {
    lines.push(`  set ${set} {`, `    type ${TYPES[set]}`);
    // Ranges of addresses stand in this one alone: nft reads all of such a set before it adds to it.
    if (set === "allowed") lines.push("    flags interval");
    lines.push("  }");
  }
  lines.push(...affinityMaps(), ...baseChains(options), "}");
  yield `${lines.join("\n")}\n`;
  yield* commands(everything, options);
}

/** Which endpoint a client had last; entries go by themselves. */
const affinityMaps = () =>
  ["affinity", "node_affinity"].flatMap((name) => [
    `  map ${name} {`,
    `    type ipv4_addr . ${name === "affinity" ? TYPES.no_endpoints : TYPES.no_node_endpoints} : mark`,
    "    flags dynamic,timeout",
    "    size 262144",
    "  }",
  ]);

/** The commands of a change, in an order that nft accepts; none when nothing changes. */
export function* commands(change: Change, options: TableOptions): Generator<string> {
  const { newChains, oldChains, gone, come, numberOf } = change;
  const t = `ip ${options.table}`;
  // All names before the first rule, since chains go to each other.
  for (const { name } of newChains) yield `add chain ${t} ${name}\n`;
  for (const { name } of newChains)
    yield chainRules(name, options)
      .map((rule) => `add rule ${t} ${name} ${rule}\n`)
      .join("");
  for (const { name, number } of newChains) yield `add element ${t} chains { ${number} : goto ${name} }\n`;
  yield* elements("delete", t, gone, numberOf);
  yield* elements("add", t, come, numberOf);
  for (const { number } of oldChains) yield `delete element ${t} chains { ${number} }\n`;
  for (const { name } of oldChains) yield `flush chain ${t} ${name}\n`;
  for (const { name } of oldChains) yield `delete chain ${t} ${name}\n`;
}

/** Lines of about this many elements: nft's parser takes time that grows with a line's length. */
const ELEMENTS_PER_LINE = 500;

function* elements(verb: "add" | "delete", table: string, half: Half, numberOf: Change["numberOf"]): Generator<string> {
  for (const name of [...MAPS, ...SETS]) {
    const isOfChains = name === "services" || name === "node_ports";
    const line: string[] = [];
    const visit = (key: string, value: string) => {
      if (verb === "delete" || value === "") line.push(key);
      else line.push(`${key} : ${isOfChains ? numberOf(value) : value}`);
    };
    const written = () => `${verb} element ${table} ${name} { ${line.splice(0).join(", ")} }\n`;
    for (const element of half.elements) if (element.in === name) visit(element.key, element.value);
    for (const frontend of half.frontends) {
      visitElements(frontend, name, visit);
      if (line.length >= ELEMENTS_PER_LINE) yield written();
    }
    if (line.length > 0) yield written();
  }
}

/** The command that takes the table away. */
export const removeTable = (table: string): string => `table ip ${table}\ndelete table ip ${table}\n`;
