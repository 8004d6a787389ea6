// NodeVolumeLimits: a node can use so many volumes of a driver at a time. It refuses to count volumes of drivers that state
// no number.
import { classOfClaim } from "../../resources/core/persistent-volume/binding.ts";
import type { NodeInfo, PodInfo } from "../node-info.ts";
import { plugin, rejected } from "../plugin.ts";
import type { Storage } from "../storage.ts";
import { claimKey } from "./claims.ts";

const TOO_MANY = "node(s) exceed max volume count";

/** Adds the volumes of drivers that a pod uses: handle → driver. One that is not made yet has its claim's name. */
function addVolumes(found: Map<string, string>, pod: PodInfo, { claims, volumes, classes }: Storage): void {
  for (const use of pod.claims) {
    const key = claimKey(pod, use);
    const claim = claims.get(key);
    if (!claim) continue;
    const volume = claim.spec.volumeName ? volumes.get(claim.spec.volumeName) : undefined;
    if (volume) {
      const { csi } = volume.spec;
      if (csi) found.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
      continue;
    }
    const provisioner = classes.get(classOfClaim(claim))?.provisioner;
    if (provisioner) found.set(`${provisioner}/${classOfClaim(claim)}-${key}`, provisioner);
  }
}

/** What the node uses already: by its pods, and by what is attached to it still. */
function inUse(node: NodeInfo, storage: Storage): Map<string, string> {
  const found = new Map<string, string>();
  for (const pod of node.pods) addVolumes(found, pod, storage);
  for (const { spec } of storage.attachments.values()) {
    const csi = storage.volumes.get(spec.source.persistentVolumeName ?? "")?.spec.csi;
    if (spec.nodeName === node.name && csi) found.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
  }
  return found;
}

export const nodeVolumeLimits = plugin<Storage>({
  name: "NodeVolumeLimits",
  prepare: (pod, { related }) => ({ state: related.storage, skip: pod.claims.length === 0 }),
  filter(pod, node, storage) {
    const drivers = storage.nodes.get(node.name)?.spec.drivers ?? [];
    const limits = drivers.filter(({ allocatable }) => allocatable?.count !== undefined);
    if (limits.length === 0) return undefined;
    const wanted = new Map<string, string>();
    addVolumes(wanted, pod, storage);
    if (wanted.size === 0) return undefined;
    const used = inUse(node, storage);
    for (const { name, allocatable } of limits) {
      const isIts = (driver: string) => driver === name;
      const fresh = [...wanted].filter(([handle, driver]) => isIts(driver) && !used.has(handle)).length;
      if (fresh > 0 && [...used.values()].filter(isIts).length + fresh > allocatable!.count!) return rejected(TOO_MANY);
    }
    return undefined;
  },
  wakes(event) {
    if (event.type === "PodGone") return event.pod.claims.length > 0;
    if (event.type !== "StorageChanged") return event.type === "NodeAdded";
    if (event.kind === "VolumeAttachment") return event.object === undefined;
    return event.kind === "CSINode" || (event.kind === "PersistentVolumeClaim" && event.object !== undefined);
  },
});
