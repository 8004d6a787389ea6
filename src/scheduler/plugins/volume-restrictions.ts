// VolumeRestrictions: disks that one pod at a time can write, and claims that only one pod in the cluster may use. It
// refuses to know who else has the disk: clouds and servers do.
import type { Volume } from "../../resources/core/pod/volume.ts";
import type { NodeInfo, PodInfo } from "../node-info.ts";
import { plugin, rejected } from "../plugin.ts";
import type { Snapshot } from "../snapshot.ts";
import { claimKey, isOwnClaim } from "./claims.ts";

const DISK_TAKEN = "node(s) had no available disk";
const CLAIM_TAKEN = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode";

interface State {
  readonly disks: readonly Volume[];
  /** How many pods use claims that only this pod may use. */
  readonly others: number;
}

const isDisk = (v: Volume) => Boolean(v.gcePersistentDisk ?? v.awsElasticBlockStore ?? v.rbd ?? v.iscsi);

/** Whether one of two volumes keeps the other from being used at the same time. */
function clash(a: Volume, b: Volume): boolean {
  const written = (x?: { readonly readOnly?: boolean | undefined }, y?: { readonly readOnly?: boolean | undefined }) =>
    !(x?.readOnly && y?.readOnly);
  if (a.gcePersistentDisk && b.gcePersistentDisk)
    return (
      a.gcePersistentDisk.pdName === b.gcePersistentDisk.pdName && written(a.gcePersistentDisk, b.gcePersistentDisk)
    );
  if (a.awsElasticBlockStore && b.awsElasticBlockStore)
    return a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore.volumeID;
  if (a.iscsi && b.iscsi) return a.iscsi.iqn === b.iscsi.iqn && written(a.iscsi, b.iscsi);
  if (!a.rbd || !b.rbd) return false;
  const { monitors, pool, image } = b.rbd;
  const same = a.rbd.pool === pool && a.rbd.image === image && a.rbd.monitors.some((one) => monitors.includes(one));
  return same && written(a.rbd, b.rbd);
}

const clashes = (disks: readonly Volume[], { pod }: PodInfo) =>
  (pod.spec.volumes ?? []).some((theirs) => isDisk(theirs) && disks.some((ours) => clash(ours, theirs)));

const uses = (info: PodInfo, namespace: string, name: string) =>
  info.pod.metadata.namespace === namespace && info.claims.some((one) => !one.isEphemeral && one.name === name);

function othersWith(pod: PodInfo, names: readonly string[], snapshot: Snapshot): number {
  const namespace = pod.pod.metadata.namespace ?? "";
  let others = 0;
  for (const name of names) {
    const selection = {
      key: `claim ${namespace}/${name}`,
      matches: (info: PodInfo) => uses(info, namespace, name),
    };
    for (const count of snapshot.tallies.pods(snapshot, selection)) others += count;
  }
  return others;
}

export const volumeRestrictions = plugin<State>({
  name: "VolumeRestrictions",
  countsPods: true,
  prepare(pod, snapshot) {
    const { claims } = snapshot.related.storage;
    const disks = (pod.pod.spec.volumes ?? []).filter(isDisk);
    const single: string[] = [];
    for (const use of pod.claims) {
      if (use.isEphemeral) continue;
      const claim = claims.get(claimKey(pod, use));
      if (!claim)
        return { state: { disks, others: 0 }, refusal: `persistentvolumeclaim ${JSON.stringify(use.name)} not found` };
      if (claim.spec.accessModes?.includes("ReadWriteOncePod")) single.push(use.name);
    }
    if (disks.length === 0 && single.length === 0) return { state: { disks, others: 0 }, skip: true };
    return { state: { disks, others: othersWith(pod, single, snapshot) } };
  },
  filter(_pod, node: NodeInfo, { disks, others }) {
    if (disks.length > 0 && node.pods.some((other) => clashes(disks, other))) return rejected(DISK_TAKEN);
    return others > 0 ? rejected(CLAIM_TAKEN) : undefined;
  },
  wakes(event, pod) {
    switch (event.type) {
      case "NodeAdded":
        return true;
      case "PodGone": {
        const { namespace = "" } = pod.pod.metadata;
        if (clashes((pod.pod.spec.volumes ?? []).filter(isDisk), event.pod)) return true;
        return pod.claims.some(({ name }) => uses(event.pod, namespace, name));
      }
      case "StorageChanged":
        return isOwnClaim(event, pod);
      default:
        return false;
    }
  },
});
