// VolumeZone: a volume with the label of a zone or region is for nodes of that zone or region. It refuses to look at the
// node affinity of volumes: that is VolumeBinding's.
import { classOfClaim } from "../../resources/core/persistent-volume/binding.ts";
import type { PodInfo } from "../node-info.ts";
import { plugin, unresolvable } from "../plugin.ts";
import type { Storage } from "../storage.ts";
import { claimKey, isOwnClaim, relabelled } from "./claims.ts";

const ELSEWHERE = "node(s) had no available volume zone";
const ZONE = "topology.kubernetes.io/zone";
const REGION = "topology.kubernetes.io/region";
/** How the labels were called once → how they are called. */
const LABELS: Readonly<Record<string, string>> = {
  [ZONE]: ZONE,
  [REGION]: REGION,
  "failure-domain.beta.kubernetes.io/zone": ZONE,
  "failure-domain.beta.kubernetes.io/region": REGION,
};

interface Demand {
  readonly label: string;
  readonly values: ReadonlySet<string>;
}

/** Where the pod's volumes are, or why that cannot be said. */
function demandsOf(pod: PodInfo, { claims, volumes, classes }: Storage): readonly Demand[] | string {
  const demands: Demand[] = [];
  for (const use of pod.claims) {
    const claim = claims.get(claimKey(pod, use));
    if (!claim) return `persistentvolumeclaim ${JSON.stringify(use.name)} not found`;
    const { volumeName } = claim.spec;
    if (!volumeName) {
      const name = classOfClaim(claim);
      if (name === "") return "PersistentVolumeClaim had no pv name and storageClass name";
      const storageClass = classes.get(name);
      if (!storageClass) return `storageclass.storage.k8s.io ${JSON.stringify(name)} not found`;
      if (storageClass.volumeBindingMode === "WaitForFirstConsumer") continue;
      return "PersistentVolume had no name";
    }
    const volume = volumes.get(volumeName);
    if (!volume) return `persistentvolume ${JSON.stringify(volumeName)} not found`;
    for (const [label, value] of Object.entries(volume.metadata.labels ?? {})) {
      if (Object.hasOwn(LABELS, label)) demands.push({ label, values: new Set(value.split("__")) });
    }
  }
  return demands;
}

const isAnywhere = (labels: Readonly<Record<string, string>>) => !Object.keys(LABELS).some((label) => label in labels);

/** The label by either of its names. */
const valueOf = (labels: Readonly<Record<string, string>>, label: string): string | undefined =>
  labels[label] ?? Object.keys(LABELS).flatMap((one) => (LABELS[one] === LABELS[label] ? (labels[one] ?? []) : []))[0];

export const volumeZone = plugin<readonly Demand[]>({
  name: "VolumeZone",
  prepare(pod, { related }) {
    if (pod.claims.length === 0) return { state: [], skip: true };
    const demands = demandsOf(pod, related.storage);
    if (typeof demands === "string") return { state: [], refusal: demands };
    return { state: demands, skip: demands.length === 0 };
  },
  filter(_pod, { node }, demands) {
    const labels = node.metadata.labels ?? {};
    // A node that says nothing about zones is none of a cloud's.
    if (isAnywhere(labels)) return undefined;
    const fits = demands.every(({ label, values }) => values.has(valueOf(labels, label) ?? ""));
    return fits ? undefined : unresolvable(ELSEWHERE);
  },
  wakes(event, pod) {
    switch (event.type) {
      case "NodeAdded":
        return true;
      case "NodeUpdated":
        return relabelled(event);
      case "StorageChanged":
        if (event.kind === "StorageClass") return event.object !== undefined && event.old === undefined;
        return isOwnClaim(event, pod) || (event.kind === "PersistentVolume" && event.object !== undefined);
      default:
        return false;
    }
  },
});
