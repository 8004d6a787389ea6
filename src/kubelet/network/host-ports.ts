// Ports of the node that lead to pods (hostPort), as one nft table beside the proxy's: without iptables and without a
// CNI plug-in. It refuses packets to the loopback that come from pods.
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { isTerminal } from "../../resources/core/pod/readiness.ts";
import type { Nft } from "../../wire/nftables/nft.ts";

const RETRY_MS = 2000;

export const hostPortTable = (clusterId: string): string => `kaji_${clusterId}_ports`;

/**
 * The whole table for the pods that have an address; "" when none of them takes a port of the node. `bridge`: the device that
 * the pods are behind.
 */
export function hostPortRules(pods: readonly Pod[], { table, bridge }: HostPortNames): string {
  const anywhere: string[] = [];
  const somewhere: string[] = [];
  const own = new Set<string>();
  const targets = new Set<string>();
  for (const { spec, status } of pods.filter((pod) => !pod.spec.hostNetwork && !isTerminal(pod))) {
    const ip = status.podIPs?.map((one) => one.ip).find((one) => one.includes("."));
    if (ip === undefined) continue;
    for (const { hostPort, hostIP = "", protocol = "TCP", containerPort } of [
      ...spec.containers,
      ...(spec.initContainers ?? []),
    ].flatMap((c) => c.ports ?? [])) {
      if (!hostPort || protocol === "SCTP" || hostIP.includes(":")) continue;
      own.add(`${ip} . ${ip}`);
      targets.add(ip);
      const key = `${protocol.toLowerCase()} . ${hostPort}`;
      if (hostIP === "" || hostIP === "0.0.0.0") anywhere.push(`${key} : ${ip} . ${containerPort}`);
      else somewhere.push(`${hostIP} . ${key} : ${ip} . ${containerPort}`);
    }
  }
  if (own.size === 0) return "";
  const elements = (list: Iterable<string>) => [...list].sort().join(", ");
  const map = (name: string, type: string, list: readonly string[]) =>
    `  map ${name} { type ${type} : ipv4_addr . inet_service; ${list.length > 0 ? `elements = { ${elements(list)} }; ` : ""}}`;
  const hook = (name: string, which: string) =>
    // Before the proxy's chains: the first translation counts.
    `  chain ${name} { type nat hook ${name} priority -101; policy accept; fib daddr type local ${which}jump dispatch; }`;
  return [
    `table ip ${table} {`,
    map("anywhere", "inet_proto . inet_service", anywhere),
    map("somewhere", "ipv4_addr . inet_proto . inet_service", somewhere),
    // A pod that asks the node's port of its own must see the answer come from there.
    `  set hairpin { type ipv4_addr . ipv4_addr; elements = { ${elements(own)} }; }`,
    `  set targets { type ipv4_addr; elements = { ${elements(targets)} }; }`,
    "  chain dispatch {",
    "    dnat ip to ip daddr . meta l4proto . th dport map @somewhere",
    "    dnat ip to meta l4proto . th dport map @anywhere",
    "  }",
    hook("prerouting", "ip daddr != 127.0.0.0/8 "),
    hook("output", ""),
    "  chain postrouting { type nat hook postrouting priority 100; policy accept;",
    "    ip saddr . ip daddr @hairpin masquerade",
    // No answer would find its way to another host's loopback.
    "    ip saddr 127.0.0.0/8 ip daddr @targets masquerade",
    "  }",
    // The bridge takes answers for the loopback (route_localnet): what pods send there by themselves goes nowhere.
    "  chain input { type filter hook input priority -1; policy accept;",
    `    iifname "${bridge}" ip daddr 127.0.0.0/8 ct state != { established, related } drop`,
    "  }",
    "}",
    "",
  ].join("\n");
}

/** Removes the table whether or not it is there. */
export const withoutHostPorts = (table: string): string => `table ip ${table}\ndelete table ip ${table}\n`;

/** What makes the kernel route between the loopback and the pods behind a bridge. */
const loopbackAnswers = (bridge: string): string => `/proc/sys/net/ipv4/conf/${bridge}/route_localnet`;

export interface HostPortNames {
  readonly table: string;
  readonly bridge: string;
}

export interface HostPortsOptions extends HostPortNames {
  readonly pods: { list(): readonly Pod[]; listen(listener: () => void): () => void; readonly synced: Promise<void> };
  readonly nft: Nft;
  /** Sets a setting of the kernel, by its file. */
  readonly set: (file: string, value: string) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps the table as the pods want it until `signal` aborts; it stays then, as the pods do. */
export async function runHostPorts(
  { pods, nft, set, table, bridge, clock, log }: HostPortsOptions,
  signal: AbortSignal,
): Promise<void> {
  let wake = Promise.withResolvers<void>();
  const stop = pods.listen(() => wake.resolve());
  signal.addEventListener("abort", () => wake.resolve(), { once: true });
  let applied: string | undefined;
  let hasAnswers = false;
  await Promise.race([pods.synced, wake.promise]);
  while (!signal.aborted) {
    wake = Promise.withResolvers<void>();
    const wanted = hostPortRules(pods.list(), { table, bridge });
    try {
      if (wanted !== applied) await nft.apply(withoutHostPorts(table) + wanted);
      // The bridge is there as soon as a pod has an address. The rule that shuts pods out comes first.
      if (wanted !== "" && !hasAnswers) await set(loopbackAnswers(bridge), "1");
      hasAnswers ||= wanted !== "";
      applied = wanted;
    } catch (error) {
      log.error("ports of the node were not set", { error: String(error) });
      clock.after(RETRY_MS, () => wake.resolve());
    }
    await wake.promise;
  }
  stop();
}
