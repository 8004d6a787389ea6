// What the scheduler writes of volumes before a pod is bound, and the waiting until the controller of volumes has done the
// rest. It refuses to choose volumes: plugins/volume-binding.ts does.
import type { Clock } from "../base/clock.ts";
import { revisionOf } from "../client/cache.ts";
import type { Client } from "../client/client.ts";
import { keyOf } from "../client/client.ts";
import type { Node } from "../resources/core/node.ts";
import { PersistentVolumeClaim } from "../resources/core/persistent-volume-claim.ts";
import { SELECTED_NODE, boundTo, isFullyBound, isReachable } from "../resources/core/persistent-volume/binding.ts";
import { PersistentVolume } from "../resources/core/persistent-volume.ts";
import type { Cluster, Promised } from "./cluster.ts";
import type { PodInfo } from "./node-info.ts";
import { claimsFor, planFor } from "./plugins/volume-binding.ts";
import type { Storage } from "./storage.ts";

/** How often the API's state is looked at, and for how long. */
const LOOK_MS = 100;
const LONGEST_MS = 600_000;

/** Volumes that are to be claimed for a pod, and claims whose volumes are to be made where it goes. */
export interface VolumeWork extends Promised {
  readonly node: Node;
  /** The claims of `volumes`, in the same order. */
  readonly claimedBy: readonly PersistentVolumeClaim[];
}

/** What has to be done for the pod's claims on the node; undefined when they are all bound. */
export function volumeWork(pod: PodInfo, node: Node, storage: Storage): VolumeWork | undefined {
  if (pod.claims.length === 0) return undefined;
  const claims = claimsFor(pod, storage);
  if (typeof claims === "string" || claims.waiting.length === 0) return undefined;
  const plan = planFor(claims, node, storage);
  if (!("bind" in plan)) return undefined;
  return {
    node,
    volumes: plan.bind.map(({ volume, claim }) => boundTo(volume, claim)),
    claimedBy: plan.bind.map(({ claim }) => claim),
    claims: plan.provision.map((claim) => {
      const annotations = { ...claim.metadata.annotations, [SELECTED_NODE]: node.metadata.name ?? "" };
      return { ...claim, metadata: { ...claim.metadata, annotations } };
    }),
  };
}

export interface VolumeWritesOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly cluster: Cluster;
}

export class VolumeWrites {
  readonly #options: VolumeWritesOptions;

  constructor(options: VolumeWritesOptions) {
    this.#options = options;
  }

  /**
   * Claims volumes, tells provisioners the node, and waits until every claim is bound. Throws when that cannot come
   * about any more. Gives false when `isWanted` says that nobody waits for it.
   */
  async bind(pod: PodInfo, work: VolumeWork, isWanted: () => boolean, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const written = await this.#write(pod, work);
    const until = clock.monotonic() + LONGEST_MS;
    for (;;) {
      if (!isWanted()) return false;
      if (this.#isDone(work, written)) return true;
      if (clock.monotonic() >= until) throw new Error("binding volumes: context deadline exceeded");
      await clock.sleep(LOOK_MS, signal);
    }
  }

  /** The objects as the API has them now. */
  async #write(pod: PodInfo, { volumes, claims }: VolumeWork): Promise<Promised> {
    const client = this.#options.client.because([pod.pod.metadata.resourceVersion ?? ""]);
    const written = { volumes: [] as PersistentVolume[], claims: [] as PersistentVolumeClaim[] };
    for (const volume of volumes) written.volumes.push(await client.update(PersistentVolume, volume));
    for (const claim of claims) written.claims.push(await client.update(PersistentVolumeClaim, claim));
    return written;
  }

  #isDone({ node, claimedBy }: VolumeWork, written: Promised): boolean {
    const { storage } = this.#options.cluster;
    let done = true;
    for (const [i, { metadata }] of written.volumes.entries()) {
      const name = metadata.name ?? "";
      const claim = claimedBy[i]!;
      const volume = storage.volume(name);
      if (volume && isOlder(volume, metadata)) return false;
      if (!volume || volume.spec.claimRef?.uid !== claim.metadata.uid)
        throw new Error(`binding volumes: ClaimRef got reset for pv ${JSON.stringify(name)}`);
      done &&= isBound(storage.claim(keyOf(claim)));
    }
    for (const { metadata } of written.claims) {
      const name = keyOf({ metadata });
      const claim = storage.claim(name);
      if (claim && isOlder(claim, metadata)) return false;
      if (!claim) throw new Error(`binding volumes: failed to get pvc ${JSON.stringify(name)} from cache`);
      // A provisioner that cannot make a volume there takes the node away again.
      if (claim.metadata.annotations?.[SELECTED_NODE] !== node.metadata.name)
        throw new Error(`binding volumes: selectedNode annotation reset for PVC ${JSON.stringify(metadata.name)}`);
      const volume = claim.spec.volumeName ? storage.volume(claim.spec.volumeName) : undefined;
      if (volume && !isReachable(volume, node)) {
        const [what, where] = [volume, node].map((one) => JSON.stringify(one.metadata.name));
        throw new Error(`binding volumes: pv ${what} node affinity doesn't match node ${where}`);
      }
      done &&= isBound(claim);
    }
    return done;
  }
}

const isBound = (claim: PersistentVolumeClaim | undefined): boolean => {
  if (!claim) throw new Error("binding volumes: failed to get pvc from cache");
  return isFullyBound(claim);
};

const isOlder = (
  { metadata }: PersistentVolume | PersistentVolumeClaim,
  { resourceVersion }: { readonly resourceVersion?: string | undefined },
): boolean => revisionOf(metadata.resourceVersion) < revisionOf(resourceVersion);
