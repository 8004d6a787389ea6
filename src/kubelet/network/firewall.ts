// The host's own firewall: where another program (Docker, say) drops what is forwarded, pods' packets are let through by rules of
// our own, which are taken back. It refuses to change policies or other rules.
import type { Log } from "../../base/log.ts";
import { run } from "./host.ts";

export interface ForwardingRules {
  /** Marks our rules, so that they are found again. */
  readonly clusterId: string;
  readonly podCidr: string;
}

const comment = (clusterId: string) => `kaji-${clusterId}`;

/** Rules of iptables, or undefined where there is none (then nothing of it drops our packets). */
async function listed(): Promise<string | undefined> {
  try {
    return await run("iptables", ["-w", "5", "-S"]);
  } catch {
    return undefined; // No iptables here, or no right to read it: forwarding is not its matter then.
  }
}

/** Lets pods' packets through where the policy of FORWARD is to drop. In Docker's own chain for it, if there is one. */
export async function allowForwarding({ clusterId, podCidr }: ForwardingRules, log: Log): Promise<void> {
  const rules = await listed();
  if (rules === undefined || !/^-P FORWARD DROP$/m.test(rules)) return;
  const chain = /^-N DOCKER-USER$/m.test(rules) ? "DOCKER-USER" : "FORWARD";
  for (const direction of ["-s", "-d"]) {
    if (rules.includes(`-A ${chain} ${direction} ${podCidr} -m comment --comment ${comment(clusterId)} -j ACCEPT`))
      continue;
    await run("iptables", [
      "-w",
      "5",
      "-I",
      chain,
      direction,
      podCidr,
      "-m",
      "comment",
      "--comment",
      comment(clusterId),
      "-j",
      "ACCEPT",
    ]);
  }
  log.info("forwarded packets are dropped by another program; ours are let through", { chain });
}

/** Takes our rules back, in whatever chain they are. */
export async function withdrawForwarding(clusterId: string): Promise<void> {
  const rules = (await listed()) ?? "";
  for (const line of rules.split("\n")) {
    if (!line.startsWith("-A ") || !line.includes(`--comment ${comment(clusterId)} `)) continue;
    await run("iptables", ["-w", "5", "-D", ...line.slice(3).split(" ")]);
  }
}
