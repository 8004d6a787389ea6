// Takes everything of a node away from its host: pods, the runtime, mounts, links, cgroups. It refuses to remove data.
import { readFile, readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { endNoted, readNote } from "../base/processes.ts";
import { RuntimeService } from "../wire/cri/service.ts";
import { nft } from "../wire/nftables/nft.ts";
import { connectGrpc } from "../wire/grpc/client.ts";
import { bridgeName } from "./network/cni.ts";
import { withdrawForwarding } from "./network/firewall.ts";
import { hostPortTable, withoutHostPorts } from "./network/host-ports.ts";
import { removeHostNetwork, run } from "./network/host.ts";
import { containerdNote, containerdSocket } from "./runtime/containerd-process.ts";

export interface NodeRemains {
  readonly clusterId: string;
  readonly containerdFolder: string;
  readonly runFolder: string;
  /** Folders below which nothing may stay mounted. */
  readonly mountRoots: readonly string[];
  readonly cgroupRoot: string;
  readonly dnsAddress: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** May be repeated; what is gone already is no failure. */
export async function cleanNode(remains: NodeRemains): Promise<void> {
  await removePods(remains);
  await endNoted(containerdNote(remains.containerdFolder), remains.clock);
  await endShims(remains);
  for (const root of [...remains.mountRoots, remains.runFolder])
    for (const mount of await mountsBelow(root)) await run("umount", ["-l", mount]);
  await removeHostNetwork({ dnsAddress: remains.dnsAddress, bridge: bridgeName(remains.clusterId) });
  await withdrawForwarding(remains.clusterId);
  await nft().apply(withoutHostPorts(hostPortTable(remains.clusterId)));
  await removeCgroups(remains.cgroupRoot);
  await rm(remains.runFolder, { recursive: true, force: true });
}

async function removePods({ containerdFolder, runFolder, clock, log }: NodeRemains): Promise<void> {
  if (!(await readNote(containerdNote(containerdFolder)))) return;
  const connection = connectGrpc({ address: `unix://${containerdSocket(runFolder)}`, clock });
  try {
    const runtime = connection.client(RuntimeService);
    const { items } = await runtime.listPodSandbox({}, { timeoutMs: 10_000 });
    await Promise.all(
      items.map(async ({ id }) => {
        await runtime.stopPodSandbox({ podSandboxId: id }, { timeoutMs: 30_000 });
        await runtime.removePodSandbox({ podSandboxId: id }, { timeoutMs: 30_000 });
      }),
    );
  } catch (error) {
    log.warn("the runtime did not take its pods away; their processes are ended by their cgroups", {
      error: String(error),
    });
  } finally {
    connection.close();
  }
}

/** Shims of a runtime that was killed: every process whose command line names this node's socket. */
async function endShims({ runFolder, clock }: NodeRemains): Promise<void> {
  const socket = containerdSocket(runFolder);
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "");
    if (command.includes("containerd-shim") && command.split("\0").includes(socket)) {
      process.kill(Number(entry), "SIGKILL");
      await clock.sleep(1);
    }
  }
}

async function mountsBelow(folder: string): Promise<string[]> {
  const lines = (await readFile("/proc/self/mounts", "utf8")).split("\n");
  return lines
    .map((line) => (line.split(" ")[1] ?? "").replaceAll("\\040", " "))
    .filter((place) => place === folder || place.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}

/** The tree of the cluster's groups in every hierarchy (v1) and in the one (v2); their processes are killed first. */
async function removeCgroups(root: string): Promise<void> {
  const hierarchies = [
    "/sys/fs/cgroup",
    ...(await readdir("/sys/fs/cgroup", { withFileTypes: true }))
      .filter((e) => e.isDirectory())
      .map((e) => join("/sys/fs/cgroup", e.name)),
  ];
  for (const hierarchy of hierarchies) await removeGroup(join(hierarchy, root));
}

async function removeGroup(group: string): Promise<void> {
  let entries;
  try {
    entries = await readdir(group, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  for (const entry of entries) if (entry.isDirectory()) await removeGroup(join(group, entry.name));
  for (const pid of (await readFile(join(group, "cgroup.procs"), "utf8")).split("\n").filter(Boolean)) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
  await rmdir(group).catch((error: NodeJS.ErrnoException) => {
    // A process that was just killed may still count; a second `down` finds the group empty.
    if (error.code !== "EBUSY" && error.code !== "ENOENT") throw error;
  });
}
