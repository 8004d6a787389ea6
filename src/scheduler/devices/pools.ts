// Pools of devices, out of the slices that drivers publish: which of them a node reaches, whether all of a pool is known,
// and what is left of the counters that devices share. Pure. It refuses to choose.
import { compareQuantity, subtractQuantity } from "../../base/quantity.ts";
import type { QuantityLike } from "../../base/quantity.ts";
import type { Node } from "../../resources/core/node.ts";
import { selectorMatches } from "../../resources/core/pod/node-affinity.ts";
import type { DeviceTaintRule } from "../../resources/resource/device-taint-rule.ts";
import type { Device } from "../../resources/resource/device.ts";
import type { ResourceSlice } from "../../resources/resource/resource-slice.ts";

export interface Pool {
  readonly driver: string;
  readonly name: string;
  /** All slices of the newest generation. */
  readonly slices: readonly ResourceSlice[];
  readonly isComplete: boolean;
  /** Why nobody may rely on it. */
  readonly isInvalid: boolean;
}

/** A device in its place. */
export interface PlacedDevice {
  readonly id: string;
  readonly driver: string;
  readonly pool: Pool;
  readonly slice: ResourceSlice;
  /** With the taints that rules give it. */
  readonly device: Device;
}

export const deviceId = (driver: string, pool: string, device: string): string => `${driver}/${pool}/${device}`;

/** By driver and name, in that order. */
export function poolsOf(slices: Iterable<ResourceSlice>): readonly Pool[] {
  const found = new Map<string, ResourceSlice[]>();
  for (const slice of slices) {
    const { driver, pool } = slice.spec;
    const key = `${driver}/${pool.name}`;
    const sofar = found.get(key);
    const newer = sofar ? pool.generation - sofar[0]!.spec.pool.generation : 1;
    if (newer > 0) found.set(key, [slice]);
    else if (newer === 0) sofar!.push(slice);
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, all]) => poolOf(all));
}

function poolOf(all: readonly ResourceSlice[]): Pool {
  const slices = all.toSorted((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1));
  const { driver, pool } = slices[0]!.spec;
  const names = slices.flatMap(({ spec }) => (spec.devices ?? []).map(({ name }) => name));
  const sets = slices.flatMap(({ spec }) => spec.sharedCounters ?? []);
  const counters = new Map(sets.map((set) => [set.name, set.counters] as const));
  const consumed = slices.flatMap(({ spec }) => (spec.devices ?? []).flatMap((d) => d.consumesCounters ?? []));
  const isKnown = ({ counterSet, counters: used }: (typeof consumed)[number]) => {
    const set = counters.get(counterSet);
    return set !== undefined && Object.keys(used).every((name) => set[name] !== undefined);
  };
  const isInvalid = new Set(names).size !== names.length || counters.size !== sets.length || !consumed.every(isKnown);
  const isComplete = slices.length === pool.resourceSliceCount;
  return { driver, name: pool.name, slices, isComplete, isInvalid };
}

interface Place {
  readonly nodeName?: string | undefined;
  readonly allNodes?: boolean | undefined;
  readonly nodeSelector?: Parameters<typeof selectorMatches>[0] | undefined;
}

function reaches({ nodeName, allNodes, nodeSelector }: Place, node: Node): boolean {
  if (nodeName) return nodeName === node.metadata.name;
  return allNodes === true || (nodeSelector !== undefined && selectorMatches(nodeSelector, node));
}

/** The devices of the pool that the node reaches; undefined when it reaches none of its slices. */
export function devicesAt(
  pool: Pool,
  node: Node,
  rules: readonly DeviceTaintRule[],
): readonly PlacedDevice[] | undefined {
  const found: PlacedDevice[] = [];
  let isReached = false;
  for (const slice of pool.slices) {
    const { spec } = slice;
    const each = spec.perDeviceNodeSelection === true;
    if (!each && !reaches(spec, node)) continue;
    for (const device of spec.devices ?? []) {
      if (each && !reaches(device, node)) continue;
      isReached = true;
      const id = deviceId(pool.driver, pool.name, device.name);
      found.push({ id, driver: pool.driver, pool, slice, device: tainted(device, pool, rules) });
    }
    isReached ||= !each;
  }
  return isReached ? found : undefined;
}

function tainted(device: Device, pool: Pool, rules: readonly DeviceTaintRule[]): Device {
  const more = rules.filter(({ spec: { deviceSelector: by } }) => {
    if (!by) return false;
    const fits = (wanted: string | undefined, is: string) => wanted === undefined || wanted === is;
    return fits(by.driver, pool.driver) && fits(by.pool, pool.name) && fits(by.device, device.name);
  });
  return more.length === 0
    ? device
    : { ...device, taints: [...(device.taints ?? []), ...more.map((r) => r.spec.taint)] };
}

/** What is left of the pool's counters when these of its devices are taken, or whether that is too little. */
export function countersHold(pool: Pool, taken: (id: string) => boolean): boolean {
  const left = new Map<string, QuantityLike>();
  for (const { spec } of pool.slices)
    for (const { name, counters } of spec.sharedCounters ?? [])
      for (const [counter, { value }] of Object.entries(counters)) left.set(`${name}/${counter}`, value);
  if (left.size === 0) return true;
  for (const { spec } of pool.slices) {
    for (const device of spec.devices ?? []) {
      if (!taken(deviceId(pool.driver, pool.name, device.name))) continue;
      for (const { counterSet, counters } of device.consumesCounters ?? []) {
        for (const [counter, { value }] of Object.entries(counters)) {
          const key = `${counterSet}/${counter}`;
          const rest = subtractQuantity(left.get(key) ?? 0, value);
          if (compareQuantity(rest, 0) < 0) return false;
          left.set(key, rest);
        }
      }
    }
  }
  return true;
}
