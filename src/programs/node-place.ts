// Where one node of a cluster keeps its things: below the data folder what survives a reboot, below /run what must not.
// Pure; agent and down agree through it.
import { join } from "node:path";
import type { NodeFolders } from "../kubelet/volumes/paths.ts";
import type { DataFolder } from "./data-folder.ts";

export interface NodePlace {
  readonly containerd: string;
  readonly run: string;
  readonly cni: string;
  readonly ipam: string;
  readonly folders: NodeFolders;
}

export function nodePlace(folder: DataFolder, clusterId: string, nodeName: string): NodePlace {
  const own = folder.node(nodeName);
  const run = join("/run/kaji", clusterId, nodeName);
  return {
    containerd: join(own, "containerd"),
    run,
    cni: join(own, "cni"),
    ipam: join(run, "ipam"),
    folders: { root: join(own, "kubelet"), logs: join(own, "logs", "pods"), memory: join(run, "volumes") },
  };
}

/** The nft table and the root of the cgroups of a cluster's nodes. */
export const tableName = (clusterId: string): string => `kaji_${clusterId}`;
export const cgroupRoot = (clusterId: string): string => `/kaji-${clusterId}`;
