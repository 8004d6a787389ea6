// What the scheduler writes of claims to devices: what they get and which pod may use it, before the pod is bound; and what
// it takes back. It refuses to choose devices: devices/allocator.ts does.
import type { Clock } from "../base/clock.ts";
import { formatTime } from "../base/timestamp.ts";
import type { Client } from "../client/client.ts";
import { keyOf } from "../client/client.ts";
import type { Node } from "../resources/core/node.ts";
import { ResourceClaim } from "../resources/resource/resource-claim.ts";
import type { AllocationResult } from "../resources/resource/resource-claim.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { Cluster } from "./cluster.ts";
import { deviceClaimsOf, isReservedFor } from "./devices/claims.ts";
import type { PodInfo } from "./node-info.ts";
import { given, supplyOf } from "./plugins/dynamic-resources.ts";
import type { Storage } from "./storage.ts";

const FINALIZER = "resource.kubernetes.io/delete-protection";
/** A claim that others write at the same time is tried so often. */
const ATTEMPTS = 5;

export interface DeviceWork {
  /** Claims that the pod is not yet among the users of. */
  readonly claims: readonly ResourceClaim[];
  /** What those that have nothing get, by uid. */
  readonly given: ReadonlyMap<string, AllocationResult>;
}

/** What has to be done for the pod's claims to devices on the node; undefined when there is nothing. */
export function deviceWork({ pod }: PodInfo, node: Node, storage: Storage): DeviceWork | undefined {
  if (!pod.spec.resourceClaims?.length) return undefined;
  const all = deviceClaimsOf(pod, storage);
  if (typeof all === "string") return undefined;
  const claims = all.filter((claim) => !isReservedFor(claim, pod));
  if (claims.length === 0) return undefined;
  const waiting = all.filter(({ status }) => !status.allocation);
  const results = waiting.length > 0 ? given(waiting, node, supplyOf(storage)) : [];
  if (!results) throw new Error("claim allocation not found for node");
  return { claims, given: new Map(waiting.map(({ metadata }, i) => [metadata.uid ?? "", results[i]!])) };
}

export interface DeviceWritesOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly cluster: Cluster;
}

export class DeviceWrites {
  readonly #options: DeviceWritesOptions;

  constructor(options: DeviceWritesOptions) {
    this.#options = options;
  }

  /** Writes what each claim gets, and that the pod uses it. Throws when that cannot come about any more. */
  async bind(pod: PodInfo, { claims, given: results }: DeviceWork): Promise<void> {
    for (const claim of claims) await this.#bindOne(pod, claim, results.get(claim.metadata.uid ?? ""));
  }

  async #bindOne({ pod }: PodInfo, first: ResourceClaim, result: AllocationResult | undefined): Promise<void> {
    const { clock, cluster } = this.#options;
    const client = this.#options.client.because([pod.metadata.resourceVersion ?? ""]);
    const { namespace, name = "" } = first.metadata;
    let claim = first;
    for (let attempt = 1; ; attempt++) {
      if (claim.metadata.deletionTimestamp) throw new Error(`claim ${keyOf(claim)} got deleted in the meantime`);
      const { allocation: before } = claim.status;
      if (result && before) throw new Error(`claim ${keyOf(claim)} got allocated elsewhere in the meantime`);
      const allocation = result ?? before;
      if (!allocation) throw new Error(`claim ${keyOf(claim)} got deallocated elsewhere in the meantime`);
      try {
        const finalizers = claim.metadata.finalizers ?? [];
        if (result && !finalizers.includes(FINALIZER)) {
          const metadata = { ...claim.metadata, finalizers: [...finalizers, FINALIZER] };
          claim = await client.update(ResourceClaim, { ...claim, metadata });
        }
        const user = { resource: "pods", name: pod.metadata.name ?? "", uid: pod.metadata.uid ?? "" };
        const status = {
          ...claim.status,
          allocation: { ...allocation, allocationTimestamp: allocation.allocationTimestamp ?? formatTime(clock.now()) },
          reservedFor: [...(claim.status.reservedFor ?? []), user],
        };
        cluster.answered(await client.update(ResourceClaim, { ...claim, status }, { subresource: "status" }));
        return;
      } catch (error) {
        if (!hasReason(error, "Conflict") || attempt === ATTEMPTS) throw error;
        claim = await client.get(ResourceClaim, { namespace, name });
      }
    }
  }

  /** The pod was not bound after all: it uses none of them. What cannot be written is found out by others. */
  async release({ pod }: PodInfo, { claims }: DeviceWork): Promise<void> {
    for (const { metadata } of claims) {
      const { namespace, name = "" } = metadata;
      try {
        const claim = await this.#options.client.get(ResourceClaim, { namespace, name });
        if (!isReservedFor(claim, pod)) continue;
        const reservedFor = (claim.status.reservedFor ?? []).filter(({ uid }) => uid !== pod.metadata.uid);
        await this.#options.client.update(
          ResourceClaim,
          { ...claim, status: { ...claim.status, reservedFor } },
          { subresource: "status" },
        );
      } catch (error) {
        if (!hasReason(error, "NotFound", "Conflict")) throw error;
      }
    }
  }

  /** Devices that the claim has go back to all: nobody uses them, and they are of no use where they are. */
  async deallocate(claim: ResourceClaim): Promise<void> {
    const { allocation: _, reservedFor: __, devices: ___, ...status } = claim.status;
    await this.#options.client.update(ResourceClaim, { ...claim, status }, { subresource: "status" });
  }
}
