// `kaji down`: ends the cluster's processes and takes what it left on the host away. It refuses to remove data that something is
// still mounted below.
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { jsonLog } from "../base/json-log.ts";
import { endNoted, keepAlive } from "../base/processes.ts";
import { writeWhole } from "../base/whole-file.ts";
import type { DataOption } from "../cli/command-line.ts";
import { CommandFailed, EXIT } from "../cli/exit.ts";
import { kubeconfigText, parseKubeconfig, withoutContext } from "../client/kubeconfig.ts";
import { cleanNode } from "../kubelet/cleanup.ts";
import { removeRules } from "../proxy/proxy.ts";
import { nft } from "../wire/nftables/nft.ts";
import type { ClusterSettings } from "./data-folder.ts";
import { DataFolder } from "./data-folder.ts";
import { Neighbours } from "./neighbours.ts";
import { cgroupRoot, nodePlace, tableName } from "./node-place.ts";

export async function down(options: DataOption & { readonly delete?: true }): Promise<number> {
  const release = keepAlive();
  try {
    const folder = new DataFolder(options.data);
    const settings = await folder.settings();
    if (!settings) throw new CommandFailed(`no cluster in ${folder.dir}`, EXIT.conflict);
    await endProcesses(folder, settings);
    await cleanHost(folder, settings);
    await leaveUsersKubeconfig(settings);
    if (options.delete) {
      await removeData(folder);
      await new Neighbours(systemClock).forget(settings.id);
    }
    process.stderr.write(`cluster ${settings.id} is down${options.delete ? ", its data removed" : ""}\n`);
    return EXIT.ok;
  } finally {
    release();
  }
}

async function endProcesses(folder: DataFolder, settings: ClusterSettings): Promise<void> {
  await Promise.all(settings.nodes.map((node) => endNoted(folder.note(`agent-${node.name}`), systemClock)));
  await endNoted(folder.note("control-plane"), systemClock);
}

async function cleanHost(folder: DataFolder, settings: ClusterSettings): Promise<void> {
  const real = settings.nodes.filter((n) => !n.simulated);
  if (real.length === 0) return;
  const log = jsonLog({ clock: systemClock, level: "warn", destination: 2 });
  for (const node of real) {
    const place = nodePlace(folder, settings.id, node.name);
    await cleanNode({
      clusterId: settings.id,
      containerdFolder: place.containerd,
      runFolder: place.run,
      mountRoots: [folder.node(node.name)],
      cgroupRoot: cgroupRoot(settings.id),
      dnsAddress: settings.dnsIP,
      clock: systemClock,
      log,
    });
  }
  await removeRules(nft(), tableName(settings.id));
  await rm(join("/run/kaji", settings.id), { recursive: true, force: true });
}

async function leaveUsersKubeconfig(settings: ClusterSettings): Promise<void> {
  const [path = ""] = (process.env["KUBECONFIG"] ?? "").split(delimiter).filter(Boolean);
  const target = path || join(homedir(), ".kube/config");
  if (!existsSync(target)) return;
  const before = parseKubeconfig(await readFile(target, "utf8"));
  const name = `kaji-${settings.id}`;
  if (before.contexts?.some((c) => c.name === name))
    await writeWhole(target, kubeconfigText(withoutContext(before, name)));
}

async function removeData(folder: DataFolder): Promise<void> {
  const mounts = (await readFile("/proc/self/mounts", "utf8").catch(() => ""))
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "");
  const below = mounts.find((place) => place.startsWith(`${folder.dir}/`));
  if (below) throw new CommandFailed(`${below} is still mounted; unmount it, then try again`, EXIT.conflict);
  await rm(folder.dir, { recursive: true, force: true });
}
