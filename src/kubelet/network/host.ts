// What the host's network must have for pods and services: forwarding, bridged packets seen by the tables, the DNS address.
// It refuses to change what is set already, and notes nothing it did not change.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import type { Log } from "../../base/log.ts";

/** Runs a program; rejects with its stderr in the message. */
export function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { encoding: "utf8", timeout: 20_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ${args.join(" ")}: ${stderr.trim() || error.message}`, { cause: error }));
      else resolve(stdout);
    });
  });
}

const SETTINGS: readonly (readonly [file: string, value: string, without: string])[] = [
  ["/proc/sys/net/ipv4/ip_forward", "1", "pods reach nothing outside of their node"],
  ["/proc/sys/net/bridge/bridge-nf-call-iptables", "1", "pods on one node cannot reach each other through services"],
];

/** Sets what is not set; what cannot be set is told in the log with what follows from it. */
export async function prepareHostNetwork(log: Log): Promise<void> {
  await loadBridgeFilter(log);
  for (const [file, value, without] of SETTINGS) {
    try {
      if ((await readFile(file, "utf8")).trim() !== value) await writeFile(file, value);
    } catch (error) {
      log.warn(`${file} cannot be set: ${without}`, { error: (error as Error).message });
    }
  }
}

async function loadBridgeFilter(log: Log): Promise<void> {
  try {
    await readFile("/proc/sys/net/bridge/bridge-nf-call-iptables", "utf8");
  } catch {
    await run("modprobe", ["br_netfilter"]).catch((error: unknown) =>
      log.warn("br_netfilter cannot be loaded", { error: String(error) }),
    );
  }
}

/** Gives the loopback device the cluster's DNS address, on which this node's DNS listens. */
export async function ensureDnsAddress(address: string): Promise<void> {
  if ((await run("ip", ["-4", "-o", "addr", "show", "dev", "lo"])).includes(` ${address}/32 `)) return;
  await run("ip", ["addr", "add", `${address}/32`, "dev", "lo"]);
}

/** Takes the DNS address and the bridge back. */
export async function removeHostNetwork({ dnsAddress, bridge }: { dnsAddress: string; bridge: string }): Promise<void> {
  for (const args of [
    ["addr", "del", `${dnsAddress}/32`, "dev", "lo"],
    ["link", "del", bridge],
  ]) {
    try {
      await run("ip", args);
    } catch (error) {
      // Absent already: what was wanted.
      if (!/Cannot find|Cannot assign|not found|does not exist/i.test(String(error))) throw error;
    }
  }
}

/** A remembered flow of UDP packets: to `port` of `address` (undefined: of the node), translated to `target` (undefined: or not). */
interface UdpFlow {
  readonly address: string | undefined;
  readonly port: number;
  readonly target: { readonly ip: string; readonly port: number } | undefined;
}

/** The arguments with which conntrack forgets such a flow. */
export function forgettingOf({ address, port, target }: UdpFlow): string[] {
  const to = address === undefined ? [] : ["--orig-dst", address];
  const from = target ? ["--reply-src", target.ip, "--reply-port-src", String(target.port)] : [];
  return ["-D", "-p", "udp", ...to, "--orig-port-dst", String(port), ...from];
}
