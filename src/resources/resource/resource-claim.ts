// ResourceClaim: devices that pods ask for, and those that they got. It refuses to allocate.
import { ageColumn, nameColumn } from "../columns.ts";
import { NodeSelector } from "../core/pod/affinity.ts";
import { claimFaults } from "./device-claim-rules.ts";
import { DeviceToleration, OpaqueDeviceConfiguration, ResourceClaimSpec } from "./device-claim.ts";
import { preparesStatus } from "../status.ts";
import { equalJson, semanticEqual } from "../../schema/equality.ts";
import { Condition } from "../../schema/meta/condition.ts";
import { fieldDuplicate, fieldForbidden, fieldInvalid, fieldTooMany } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import {
  boolean,
  listAtomic,
  listMap,
  listSet,
  map,
  object,
  optional,
  plain,
  pointer,
  quantity,
  rawExtension,
  required,
  string,
  time,
} from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

export const DeviceRequestAllocationResult = object("k8s.io.api.resource.v1.DeviceRequestAllocationResult", {
  request: required(1, string(), "The request."),
  driver: required(2, string(), "The driver."),
  pool: required(3, string(), "The pool."),
  device: required(4, string(), "The device.", { demanded: false }),
  adminAccess: pointer(5, boolean(), "Whether it is only watched over.", { gate: "DRAAdminAccess" }),
  tolerations: optional(6, listAtomic(DeviceToleration), "Taints that are borne.", { gate: "DRADeviceTaints" }),
  bindingConditions: optional(7, listAtomic(string()), "What must hold before a pod is bound.", {
    gate: "DRADeviceBindingConditions",
  }),
  bindingFailureConditions: optional(8, listAtomic(string()), "What says that it will not hold.", {
    gate: "DRADeviceBindingConditions",
  }),
  shareID: pointer(9, string(), "Tells shares of one device apart.", { gate: "DRAConsumableCapacity" }),
  consumedCapacity: optional(10, map(quantity()), "How much of it was given.", { gate: "DRAConsumableCapacity" }),
  skipNodeOperations: optional(
    11,
    listSet(string({ enum: ["*", "NodePrepareResources", "NodeUnprepareResources"] })),
    "What the node need not do.",
    { gate: "DRAOptionalNodeOperations" },
  ),
});
export interface DeviceRequestAllocationResult extends ValueIn<typeof DeviceRequestAllocationResult> {}

export const DeviceAllocationConfiguration = object(
  "k8s.io.api.resource.v1.DeviceAllocationConfiguration",
  {
    source: required(1, string({ enum: ["FromClaim", "FromClass"] }), "FromClass or FromClaim."),
    requests: optional(2, listAtomic(string()), "The requests; all if empty."),
    opaque: pointer([3, 1], OpaqueDeviceConfiguration, "What a driver reads."),
  },
  { inline: { 3: "k8s.io.api.resource.v1.DeviceConfiguration" } },
);
export interface DeviceAllocationConfiguration extends ValueIn<typeof DeviceAllocationConfiguration> {}

export const DeviceAllocationResult = object("k8s.io.api.resource.v1.DeviceAllocationResult", {
  results: optional(1, listAtomic(DeviceRequestAllocationResult), "The devices."),
  config: optional(2, listAtomic(DeviceAllocationConfiguration), "What drivers are told."),
});
export interface DeviceAllocationResult extends ValueIn<typeof DeviceAllocationResult> {}

export const AllocationResult = object("k8s.io.api.resource.v1.AllocationResult", {
  devices: plain(1, DeviceAllocationResult, "The devices."),
  nodeSelector: pointer(3, NodeSelector, "The nodes where they can be used."),
  allocationTimestamp: pointer(5, time(), "When they were given.", { gate: "DRADeviceBindingConditions" }),
});
export interface AllocationResult extends ValueIn<typeof AllocationResult> {}

export const ResourceClaimConsumerReference = object("k8s.io.api.resource.v1.ResourceClaimConsumerReference", {
  apiGroup: optional(1, string(), "Its group; core if empty."),
  resource: required(3, string(), "Its resource."),
  name: required(4, string(), "Its name."),
  uid: required(5, string(), "Its UID."),
});
export interface ResourceClaimConsumerReference extends ValueIn<typeof ResourceClaimConsumerReference> {}

export const NetworkDeviceData = object("k8s.io.api.resource.v1.NetworkDeviceData", {
  interfaceName: optional(1, string(), "The interface."),
  ips: optional(2, listAtomic(string()), "Its addresses."),
  hardwareAddress: optional(3, string(), "Its hardware address."),
});
export interface NetworkDeviceData extends ValueIn<typeof NetworkDeviceData> {}

export const AllocatedDeviceStatus = object("k8s.io.api.resource.v1.AllocatedDeviceStatus", {
  driver: required(1, string(), "The driver.", { demanded: false }),
  pool: required(2, string(), "The pool.", { demanded: false }),
  device: required(3, string(), "The device.", { demanded: false }),
  shareID: pointer(7, string(), "Tells shares of one device apart.", { gate: "DRAConsumableCapacity" }),
  conditions: optional(4, listMap(Condition, ["type"]), "What holds for it.", { always: true }),
  data: pointer(5, rawExtension(), "What the driver says of it."),
  networkData: pointer(6, NetworkDeviceData, "Its addresses, for a network device."),
});
export interface AllocatedDeviceStatus extends ValueIn<typeof AllocatedDeviceStatus> {}

export const ResourceClaimStatus = object("k8s.io.api.resource.v1.ResourceClaimStatus", {
  allocation: pointer(1, AllocationResult, "What was given."),
  reservedFor: optional(2, listMap(ResourceClaimConsumerReference, ["uid"]), "Who may use it.", {
    merge: { strategy: ["merge"], key: "uid" },
  }),
  devices: optional(
    4,
    listMap(AllocatedDeviceStatus, ["driver", "device", "pool", "shareID"]),
    "How the devices are.",
    { gate: "DRAResourceClaimDeviceStatus" },
  ),
});
export interface ResourceClaimStatus extends ValueIn<typeof ResourceClaimStatus> {}

const schema = object(
  "k8s.io.api.resource.v1.ResourceClaim",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, ResourceClaimSpec, "What is asked for."),
    status: plain(3, ResourceClaimStatus, "What was given."),
  },
  { doc: "Devices that pods ask for." },
);
export interface ResourceClaim extends ValueIn<typeof schema> {}

const SPEC = FieldPath.of("spec");
const STATUS = FieldPath.of("status");
const MOST_CONSUMERS = 256;

const claimValid: Rule<ResourceClaim> = function* ({ spec }, { old }) {
  if (!old) yield* claimFaults(spec, SPEC);
  else if (!semanticEqual(ResourceClaimSpec, spec, old.spec)) yield fieldInvalid(SPEC, spec, "field is immutable");
};

/** What was given stays until nobody has it. */
const allocationStays: Rule<ResourceClaim> = function* ({ status }, { old, request }) {
  if (!old || request.subresource !== "status") return;
  const { allocation, reservedFor = [] } = status;
  const path = STATUS.child("reservedFor");
  if (reservedFor.length > MOST_CONSUMERS) yield fieldTooMany(path, reservedFor.length, MOST_CONSUMERS);
  for (const [i, { uid }] of reservedFor.entries()) {
    if (reservedFor.findIndex((other) => other.uid === uid) !== i)
      yield fieldDuplicate(path.index(i).child("uid"), uid);
  }
  if (reservedFor.length > 0 && allocation === undefined)
    yield fieldForbidden(path, "may not be specified when `allocated` is not set");
  const before = old.status.allocation;
  if (before !== undefined && allocation !== undefined && !equalJson(before, allocation)) {
    yield fieldInvalid(STATUS.child("allocation"), allocation, "field is immutable");
  }
};

function stateText({ metadata, status: { allocation, reservedFor = [] } }: ResourceClaim): string {
  const going = metadata.deletionTimestamp !== undefined;
  const states = going ? ["deleted"] : [];
  if (allocation === undefined) return [...states, ...(going ? [] : ["pending"])].join(",");
  return [...states, "allocated", ...(reservedFor.length > 0 ? ["reserved"] : [])].join(",");
}

export const ResourceClaim = resource<ResourceClaim>({
  group: "resource.k8s.io",
  version: "v1",
  kind: "ResourceClaim",
  plural: "resourceclaims",
  scope: "Namespaced",
  schema,
  generationOf: [],
  deletion: { returns: "object", propagation: "Background" },
  columns: [
    nameColumn,
    { name: "State", type: "string", doc: "Whether it has its devices.", cell: stateText },
    ageColumn,
  ],
  prepare: preparesStatus<ResourceClaim>(schema),
  rules: [claimValid, allocationStays],
});
