// A device as a driver publishes it. It refuses to give it to anybody.
import { formatTime } from "../../base/timestamp.ts";
import { NodeSelector } from "../core/pod/affinity.ts";
import {
  boolean,
  int64,
  listAtomic,
  map,
  object,
  optional,
  pointer,
  quantity,
  required,
  string,
  time,
} from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";

/** Exactly one of them says what an attribute is. */
const ATTRIBUTE_TYPES = ["int", "bool", "string", "version", "ints", "bools", "strings", "versions"] as const;

export const DeviceAttribute = object(
  "k8s.io.api.resource.v1.DeviceAttribute",
  {
    int: pointer(2, int64(), "A number."),
    bool: pointer(3, boolean(), "True or false."),
    string: pointer(4, string(), "A text."),
    version: pointer(5, string(), "A version, as semver.org has it."),
    ints: optional(6, listAtomic(int64()), "Numbers.", { gate: "DRAListTypeAttributes" }),
    bools: optional(7, listAtomic(boolean()), "True and false.", { gate: "DRAListTypeAttributes" }),
    strings: optional(8, listAtomic(string()), "Texts.", { gate: "DRAListTypeAttributes" }),
    versions: optional(9, listAtomic(string()), "Versions.", { gate: "DRAListTypeAttributes" }),
  },
  { oneOf: { fields: ATTRIBUTE_TYPES, required: true } },
);
export interface DeviceAttribute extends ValueIn<typeof DeviceAttribute> {}

export const CapacityRequestPolicyRange = object("k8s.io.api.resource.v1.CapacityRequestPolicyRange", {
  min: required(1, quantity(), "The least.", { always: false, pointer: true }),
  max: pointer(2, quantity(), "The most."),
  step: pointer(3, quantity(), "What it is a multiple of, above the least."),
});
export interface CapacityRequestPolicyRange extends ValueIn<typeof CapacityRequestPolicyRange> {}

export const CapacityRequestPolicy = object("k8s.io.api.resource.v1.CapacityRequestPolicy", {
  default: pointer(1, quantity(), "What is given when nothing is said.", { always: true }),
  validValues: optional(3, listAtomic(quantity()), "The amounts that may be asked for."),
  validRange: pointer(4, CapacityRequestPolicyRange, "The range of them."),
});
export interface CapacityRequestPolicy extends ValueIn<typeof CapacityRequestPolicy> {}

export const DeviceCapacity = object("k8s.io.api.resource.v1.DeviceCapacity", {
  value: required(1, quantity(), "How much there is."),
  requestPolicy: pointer(2, CapacityRequestPolicy, "How much may be asked for.", { gate: "DRAConsumableCapacity" }),
});
export interface DeviceCapacity extends ValueIn<typeof DeviceCapacity> {}

export const Counter = object("k8s.io.api.resource.v1.Counter", {
  value: required(1, quantity(), "How much there is."),
});
export interface Counter extends ValueIn<typeof Counter> {}

export const CounterSet = object("k8s.io.api.resource.v1.CounterSet", {
  name: required(1, string(), "Names the set."),
  counters: required(2, map(Counter), "The counters.", { always: false }),
});
export interface CounterSet extends ValueIn<typeof CounterSet> {}

export const DeviceCounterConsumption = object("k8s.io.api.resource.v1.DeviceCounterConsumption", {
  counterSet: required(1, string(), "The set."),
  counters: required(2, map(Counter), "How much of each.", { always: false }),
  compatibilityGroups: optional(3, listAtomic(string()), "Devices that go together.", {
    gate: "DRADeviceCompatibilityGroups",
  }),
});
export interface DeviceCounterConsumption extends ValueIn<typeof DeviceCounterConsumption> {}

export const DeviceTaint = object("k8s.io.api.resource.v1.DeviceTaint", {
  key: required(1, string(), "The key.", { demanded: false }),
  value: optional(2, string(), "The value."),
  effect: required(3, string({ enum: ["NoExecute", "NoSchedule", "None"] }), "NoSchedule, NoExecute or None."),
  timeAdded: pointer(4, time(), "When it was added."),
});
export interface DeviceTaint extends ValueIn<typeof DeviceTaint> {}

export const NodeAllocatableMapping = object("k8s.io.api.resource.v1.NodeAllocatableMapping", {
  capacityKey: pointer(1, string(), "The capacity."),
  capacityMultiplier: pointer(2, quantity(), "How often it counts."),
  deviceMultiplier: pointer(3, quantity(), "How much each device counts."),
});
export interface NodeAllocatableMapping extends ValueIn<typeof NodeAllocatableMapping> {}

export const NodeAllocatableOverhead = object("k8s.io.api.resource.v1.NodeAllocatableOverhead", {
  perPod: pointer(1, quantity(), "For each pod."),
  perContainer: pointer(2, quantity(), "For each container."),
});
export interface NodeAllocatableOverhead extends ValueIn<typeof NodeAllocatableOverhead> {}

export const NodeAllocatableResource = object("k8s.io.api.resource.v1.NodeAllocatableResource", {
  mapping: pointer(3, NodeAllocatableMapping, "What of the device counts."),
  overhead: pointer(4, NodeAllocatableOverhead, "What comes on top."),
});
export interface NodeAllocatableResource extends ValueIn<typeof NodeAllocatableResource> {}

export const Device = object("k8s.io.api.resource.v1.Device", {
  name: required(1, string(), "Names the device within its pool."),
  attributes: optional(2, map(DeviceAttribute), "What is known of it."),
  capacity: optional(3, map(DeviceCapacity), "How much of what it has."),
  consumesCounters: optional(4, listAtomic(DeviceCounterConsumption), "What it takes of counters that devices share.", {
    gate: "DRAPartitionableDevices",
  }),
  nodeName: pointer(5, string(), "The node where it can be used.", { gate: "DRAPartitionableDevices" }),
  nodeSelector: pointer(6, NodeSelector, "The nodes where it can be used.", { gate: "DRAPartitionableDevices" }),
  allNodes: pointer(7, boolean(), "Whether it can be used everywhere.", { gate: "DRAPartitionableDevices" }),
  taints: optional(8, listAtomic(DeviceTaint), "Why it is not given.", { gate: "DRADeviceTaints" }),
  bindsToNode: pointer(9, boolean(), "Whether it stays with the node that is chosen.", {
    gate: "DRADeviceBindingConditions",
  }),
  bindingConditions: optional(10, listAtomic(string()), "What must hold before a pod is bound.", {
    gate: "DRADeviceBindingConditions",
  }),
  bindingFailureConditions: optional(11, listAtomic(string()), "What says that it will not hold.", {
    gate: "DRADeviceBindingConditions",
  }),
  allowMultipleAllocations: pointer(12, boolean(), "Whether several claims may have it.", {
    gate: "DRAConsumableCapacity",
  }),
  nodeAllocatableResources: optional(14, map(NodeAllocatableResource), "What of the node it takes.", {
    gate: "DRANodeAllocatableResources",
  }),
});
export interface Device extends ValueIn<typeof Device> {}

/** Taints have the time when they were added. */
export const taintsSince = (taints: readonly DeviceTaint[], now: number): readonly DeviceTaint[] =>
  taints.map((taint) => (taint.timeAdded === undefined ? { ...taint, timeAdded: formatTime(now) } : taint));
