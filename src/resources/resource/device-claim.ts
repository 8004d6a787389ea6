// What devices a claim asks for, as claims, templates and classes hold it. It refuses to allocate.
import {
  boolean,
  int64,
  listAtomic,
  map,
  object,
  optional,
  plain,
  pointer,
  quantity,
  rawExtension,
  required,
  string,
} from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";

export const CELDeviceSelector = object("k8s.io.api.resource.v1.CELDeviceSelector", {
  expression: required(1, string(), "A CEL expression that must be true of a device."),
});
export interface CELDeviceSelector extends ValueIn<typeof CELDeviceSelector> {}

export const DeviceSelector = object("k8s.io.api.resource.v1.DeviceSelector", {
  cel: pointer(1, CELDeviceSelector, "By expression.", { demanded: true }),
});
export interface DeviceSelector extends ValueIn<typeof DeviceSelector> {}

export const OpaqueDeviceConfiguration = object("k8s.io.api.resource.v1.OpaqueDeviceConfiguration", {
  driver: required(1, string(), "Whose it is."),
  parameters: required(2, rawExtension(), "What the driver reads.", { demanded: false }),
});
export interface OpaqueDeviceConfiguration extends ValueIn<typeof OpaqueDeviceConfiguration> {}

export const DeviceToleration = object("k8s.io.api.resource.v1.DeviceToleration", {
  key: optional(1, string(), "The taint's key; any if empty."),
  operator: optional(2, string({ enum: ["Equal", "Exists"] }), "Exists or Equal.", { default: "Equal" }),
  value: optional(3, string(), "The taint's value, for Equal."),
  effect: optional(4, string({ enum: ["NoExecute", "NoSchedule", "None"] }), "The taint's effect; any if empty."),
  tolerationSeconds: pointer(5, int64(), "How long it is borne, for NoExecute."),
});
export interface DeviceToleration extends ValueIn<typeof DeviceToleration> {}

export const CapacityRequirements = object("k8s.io.api.resource.v1.CapacityRequirements", {
  requests: optional(1, map(quantity()), "How much of each capacity."),
});
export interface CapacityRequirements extends ValueIn<typeof CapacityRequirements> {}

export const DeviceDerivedAttribute = object("k8s.io.api.resource.v1.DeviceDerivedAttribute", {
  name: required(1, string(), "Names the attribute.", { demanded: false }),
  expression: required(2, string(), "A CEL expression for its value.", { demanded: false }),
});
export interface DeviceDerivedAttribute extends ValueIn<typeof DeviceDerivedAttribute> {}

interface Counted {
  readonly allocationMode?: string;
  readonly count?: number;
}
/** One device unless all are wanted. */
const countOfMode = ({ allocationMode = "" }: Counted) => (allocationMode === "ExactCount" ? 1 : undefined);

export const ExactDeviceRequest = object("k8s.io.api.resource.v1.ExactDeviceRequest", {
  deviceClassName: required(1, string(), "The class."),
  selectors: optional(2, listAtomic(DeviceSelector), "Which devices of the class."),
  allocationMode: optional(3, string({ enum: ["All", "ExactCount"] }), "ExactCount or All.", {
    default: "ExactCount",
    judgedByRule: true,
  }),
  count: optional(4, int64(), "How many, for ExactCount.", { default: countOfMode }),
  adminAccess: pointer(5, boolean(), "Whether devices are watched over while others use them.", {
    gate: "DRAAdminAccess",
  }),
  tolerations: optional(6, listAtomic(DeviceToleration), "Taints that are borne.", { gate: "DRADeviceTaints" }),
  capacity: pointer(7, CapacityRequirements, "How much of the devices.", { gate: "DRAConsumableCapacity" }),
  derivedAttributes: optional(8, listAtomic(DeviceDerivedAttribute), "Attributes that are computed.", {
    gate: "DRADerivedAttributes",
  }),
});
export interface ExactDeviceRequest extends ValueIn<typeof ExactDeviceRequest> {}

export const DeviceSubRequest = object("k8s.io.api.resource.v1.DeviceSubRequest", {
  name: required(1, string(), "Names the alternative."),
  deviceClassName: required(2, string(), "The class."),
  selectors: optional(3, listAtomic(DeviceSelector), "Which devices of the class."),
  allocationMode: optional(4, string({ enum: ["All", "ExactCount"] }), "ExactCount or All.", {
    default: "ExactCount",
    judgedByRule: true,
  }),
  count: optional(5, int64(), "How many, for ExactCount.", { default: countOfMode }),
  tolerations: optional(6, listAtomic(DeviceToleration), "Taints that are borne.", { gate: "DRADeviceTaints" }),
  capacity: pointer(7, CapacityRequirements, "How much of the devices.", { gate: "DRAConsumableCapacity" }),
  derivedAttributes: optional(8, listAtomic(DeviceDerivedAttribute), "Attributes that are computed.", {
    gate: "DRADerivedAttributes",
  }),
});
export interface DeviceSubRequest extends ValueIn<typeof DeviceSubRequest> {}

export const DeviceRequest = object("k8s.io.api.resource.v1.DeviceRequest", {
  name: required(1, string(), "Names the request."),
  exactly: pointer(2, ExactDeviceRequest, "What is wanted."),
  firstAvailable: optional(3, listAtomic(DeviceSubRequest), "Alternatives, the best first.", {
    gate: "DRAPrioritizedList",
  }),
});
export interface DeviceRequest extends ValueIn<typeof DeviceRequest> {}

export const DeviceConstraint = object("k8s.io.api.resource.v1.DeviceConstraint", {
  requests: optional(1, listAtomic(string()), "The requests; all if empty."),
  matchAttribute: pointer(2, string(), "An attribute that is the same for all their devices."),
  distinctAttribute: pointer(3, string(), "An attribute that is another for each.", { gate: "DRAConsumableCapacity" }),
});
export interface DeviceConstraint extends ValueIn<typeof DeviceConstraint> {}

export const DeviceClaimConfiguration = object(
  "k8s.io.api.resource.v1.DeviceClaimConfiguration",
  {
    requests: optional(1, listAtomic(string()), "The requests; all if empty."),
    opaque: pointer([2, 1], OpaqueDeviceConfiguration, "What a driver reads."),
  },
  { inline: { 2: "k8s.io.api.resource.v1.DeviceConfiguration" } },
);
export interface DeviceClaimConfiguration extends ValueIn<typeof DeviceClaimConfiguration> {}

export const DeviceClaim = object("k8s.io.api.resource.v1.DeviceClaim", {
  requests: optional(1, listAtomic(DeviceRequest), "What is wanted.", { always: true }),
  constraints: optional(2, listAtomic(DeviceConstraint), "What must hold for all of it."),
  config: optional(3, listAtomic(DeviceClaimConfiguration), "What drivers are told."),
});
export interface DeviceClaim extends ValueIn<typeof DeviceClaim> {}

export const ResourceClaimSpec = object("k8s.io.api.resource.v1.ResourceClaimSpec", {
  devices: plain(1, DeviceClaim, "The devices."),
});
export interface ResourceClaimSpec extends ValueIn<typeof ResourceClaimSpec> {}
