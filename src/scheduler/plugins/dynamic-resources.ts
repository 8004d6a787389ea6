// DynamicResources: claims to devices must be allocated for the node, or find devices there that fit. It refuses to write:
// device-writes.ts does what is found here.
import { keyOf } from "../../client/client.ts";
import type { Node } from "../../resources/core/node.ts";
import { selectorMatches } from "../../resources/core/pod/node-affinity.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { AllocationResult, ResourceClaim } from "../../resources/resource/resource-claim.ts";
import { equalJson } from "../../schema/equality.ts";
import { AllocationError, allocate } from "../devices/allocator.ts";
import type { Supply } from "../devices/allocator.ts";
import { canBeReserved, deviceClaimsOf, isReservedFor } from "../devices/claims.ts";
import { deviceId, poolsOf } from "../devices/pools.ts";
import type { PodInfo } from "../node-info.ts";
import { PluginError, normalizeToMax, plugin, unresolvable } from "../plugin.ts";
import type { Storage } from "../storage.ts";
import type { StorageEvent } from "./claims.ts";
import { relabelled } from "./claims.ts";

export const DYNAMIC_RESOURCES = "DynamicResources";
const ELSEWHERE = "resourceclaim not available on the node";
/** So many alternatives a request may have; the first is worth as many points. */
const MOST_ALTERNATIVES = 8;

interface State {
  /** Claims that have their devices. */
  readonly allocated: readonly ResourceClaim[];
  readonly waiting: readonly ResourceClaim[];
  readonly supply: Supply;
  /** What the waiting claims would get, by node. */
  readonly found: Map<string, readonly AllocationResult[]>;
}

/** Ids of all devices that claims have, or are about to have. Who only watches over one does not have it. */
function takenDevices({ deviceClaims, devicesOnTheWay }: Storage): ReadonlySet<string> {
  const taken = new Set<string>();
  const add = (allocation: AllocationResult | undefined) => {
    for (const { driver, pool, device, adminAccess } of allocation?.devices.results ?? [])
      if (!adminAccess) taken.add(deviceId(driver, pool, device));
  };
  for (const { status } of deviceClaims.values()) add(status.allocation);
  for (const allocation of devicesOnTheWay.values()) add(allocation);
  return taken;
}

export function supplyOf(storage: Storage): Supply {
  return {
    pools: poolsOf(storage.deviceSlices.values()),
    classes: storage.deviceClasses,
    rules: [...storage.deviceTaints.values()],
    taken: takenDevices(storage),
  };
}

/** The first class that is named and not there. */
function missingClass({ spec }: ResourceClaim, { deviceClasses }: Storage): string | undefined {
  for (const { name, exactly, firstAvailable } of spec.devices.requests ?? []) {
    const asked = exactly
      ? [{ name, deviceClassName: exactly.deviceClassName }]
      : (firstAvailable ?? []).map((one) => ({ ...one, name: `${name}/${one.name}` }));
    const missing = asked.find(({ deviceClassName }) => !deviceClasses.has(deviceClassName));
    if (missing) return `request ${missing.name}: device class ${missing.deviceClassName} does not exist`;
  }
  return undefined;
}

/** Why the pod cannot go anywhere now. */
function obstacle(pod: Pod, claims: readonly ResourceClaim[], storage: Storage): string | undefined {
  for (const claim of claims) {
    if (claim.status.allocation) {
      if (!canBeReserved(claim) && !isReservedFor(claim, pod)) return "resourceclaim in use";
      continue;
    }
    if (storage.devicesOnTheWay.has(claim.metadata.uid ?? ""))
      return `resource claim ${keyOf(claim)} is in the process of being allocated`;
    const missing = missingClass(claim, storage);
    if (missing) return missing;
  }
  return undefined;
}

const isWithin = ({ status }: ResourceClaim, node: Node): boolean =>
  !status.allocation?.nodeSelector || selectorMatches(status.allocation.nodeSelector, node);

/** Allocated claims of the pod that cannot be used on some of the nodes, and that nobody else uses. */
export function idleElsewhere(pod: Pod, nodes: readonly Node[], storage: Storage): ResourceClaim | undefined {
  const claims = deviceClaimsOf(pod, storage);
  if (typeof claims === "string") return undefined;
  return claims.find((claim) => {
    const others = (claim.status.reservedFor ?? []).filter(({ uid }) => uid !== pod.metadata.uid);
    return claim.status.allocation && others.length === 0 && nodes.some((node) => !isWithin(claim, node));
  });
}

export const dynamicResources = plugin<State>({
  name: DYNAMIC_RESOURCES,
  weight: 2,
  prepare({ pod }, { related: { storage } }) {
    const none = {
      allocated: [],
      waiting: [],
      supply: { pools: [], classes: new Map(), rules: [], taken: new Set<string>() },
      found: new Map(),
    };
    if (!pod.spec.resourceClaims?.length) return { state: none, skip: true };
    const claims = deviceClaimsOf(pod, storage);
    if (typeof claims === "string") return { state: none, refusal: claims };
    if (claims.length === 0) return { state: none, skip: true };
    const refusal = obstacle(pod, claims, storage);
    if (refusal !== undefined) return { state: none, refusal };
    const waiting = claims.filter(({ status }) => !status.allocation);
    const allocated = claims.filter(({ status }) => status.allocation);
    const hasAlternatives = claims.some(({ spec }) => spec.devices.requests?.some((one) => one.firstAvailable?.length));
    const state = {
      allocated,
      waiting,
      supply: waiting.length > 0 ? supplyOf(storage) : none.supply,
      found: new Map(),
    };
    return { state, ...(!hasAlternatives && { skip: "score" as const }) };
  },
  filter(_pod, { node, name }, { allocated, waiting, supply, found }) {
    if (waiting.length > 0) {
      const results = given(waiting, node, supply);
      if (!results) return unresolvable("cannot allocate all claims");
      found.set(name, results);
    }
    return allocated.every((claim) => isWithin(claim, node)) ? undefined : unresolvable(ELSEWHERE);
  },
  score(_pod, { name }, { allocated, waiting, found }) {
    const results = found.get(name) ?? [];
    return (
      allocated.reduce((sum, claim) => sum + preference(claim, claim.status.allocation), 0) +
      waiting.reduce((sum, claim, i) => sum + preference(claim, results[i]), 0)
    );
  },
  normalize: (scores) => normalizeToMax(scores, false),
  wakes(event, pod) {
    switch (event.type) {
      case "NodeAdded":
        return true;
      case "NodeUpdated":
        return relabelled(event) || !equalJson(event.node.status.allocatable ?? {}, event.old.status.allocatable ?? {});
      case "SelfChanged":
        return true;
      case "StorageChanged":
        return devicesWake(event, pod);
      default:
        return false;
    }
  },
});

/** What waiting claims get on the node. A claim that cannot be understood is nobody's fault but its own. */
export function given(
  waiting: readonly ResourceClaim[],
  node: Node,
  supply: Supply,
): readonly AllocationResult[] | undefined {
  try {
    return allocate(waiting, node, supply);
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error;
    throw new PluginError(`running "${DYNAMIC_RESOURCES}" filter plugin: ${error.message}`, { cause: error });
  }
}

/** The earlier the alternatives that were chosen, the better. */
function preference({ spec }: ResourceClaim, allocation: AllocationResult | undefined): number {
  const names = new Set((allocation?.devices.results ?? []).map(({ request }) => request));
  let sum = 0;
  for (const { name, firstAvailable = [] } of spec.devices.requests ?? []) {
    for (const [i, one] of firstAvailable.entries()) if (names.has(`${name}/${one.name}`)) sum += MOST_ALTERNATIVES - i;
  }
  return sum;
}

function devicesWake({ kind, object, old }: StorageEvent, { pod }: PodInfo): boolean {
  switch (kind) {
    case "DeviceClass":
    case "ResourceSlice":
      return object !== undefined;
    case "DeviceTaintRule":
      return true;
    case "ResourceClaim": {
      const [now, before] = [object as ResourceClaim | undefined, old as ResourceClaim | undefined];
      if (before?.status.allocation && !now?.status.allocation) return true;
      if (!now || now.metadata.namespace !== pod.metadata.namespace) return false;
      const made = new Set((pod.status.resourceClaimStatuses ?? []).map(({ resourceClaimName }) => resourceClaimName));
      const { name = "" } = now.metadata;
      const isOwn = made.has(name) || pod.spec.resourceClaims?.some((use) => use.resourceClaimName === name);
      return isOwn === true && (!before || !equalJson(now.status, before.status));
    }
    default:
      return false;
  }
}
