// ResourceSlice: devices of a driver's pool, and where they can be used. It refuses to give them to anybody.
import { ageColumn, nameColumn } from "../columns.ts";
import { NodeSelector } from "../core/pod/affinity.ts";
import { nodeSelectorFaults } from "../core/pod/rules/affinity.ts";
import { formatFaults } from "../faults.ts";
import { driverFaults } from "./device-claim-rules.ts";
import { deviceFaults } from "./device-rules.ts";
import { CounterSet, Device, taintsSince } from "./device.ts";
import {
  fieldDuplicate,
  fieldInvalid,
  fieldRequired,
  fieldTooLong,
  fieldTooMany,
} from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { boolean, int64, listAtomic, listSet, object, optional, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { RequestFacts, Rule } from "../../schema/resource.ts";

export const ResourcePool = object("k8s.io.api.resource.v1.ResourcePool", {
  name: required(1, string(), "Names the pool."),
  generation: required(2, int64(), "Which state of the pool it is."),
  resourceSliceCount: required(3, int64(), "How many slices the pool has."),
});
export interface ResourcePool extends ValueIn<typeof ResourcePool> {}

export const ResourceSliceSpec = object("k8s.io.api.resource.v1.ResourceSliceSpec", {
  driver: required(1, string(), "Whose the devices are."),
  pool: required(2, ResourcePool, "The pool."),
  nodeName: pointer(3, string(), "The node where they can be used."),
  nodeSelector: pointer(4, NodeSelector, "The nodes where they can be used."),
  allNodes: pointer(5, boolean(), "Whether they can be used everywhere."),
  devices: optional(6, listAtomic(Device), "The devices."),
  perDeviceNodeSelection: pointer(7, boolean(), "Whether each device says where it can be used.", {
    gate: "DRAPartitionableDevices",
  }),
  sharedCounters: optional(8, listAtomic(CounterSet), "What devices share.", { gate: "DRAPartitionableDevices" }),
  partitionTypeAttribute: pointer(9, string(), "The attribute that tells kinds of parts apart.", {
    gate: "DRAPartitionableDevicesType",
  }),
  skipNodeOperations: optional(
    10,
    listSet(string({ enum: ["*", "NodePrepareResources", "NodeUnprepareResources"] })),
    "What the node need not do.",
    { gate: "DRAOptionalNodeOperations" },
  ),
});
export interface ResourceSliceSpec extends ValueIn<typeof ResourceSliceSpec> {}

const schema = object(
  "k8s.io.api.resource.v1.ResourceSlice",
  {
    ...typeMeta,
    metadata,
    spec: required(2, ResourceSliceSpec, "The devices, and where they can be used."),
  },
  { doc: "Devices that a driver has." },
);
export interface ResourceSlice extends ValueIn<typeof schema> {}

const SPEC = FieldPath.of("spec");
const PLACES = ["nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection"] as const;
const ONE_PLACE = `exactly one of ${PLACES.map((name) => `\`${name}\``).join(", ")} is required`;
const MOST_DEVICES = 128;
const MOST_POOL = 253;

function* poolFaults({ name, generation, resourceSliceCount }: ResourcePool, path: FieldPath): Generator<FieldError> {
  if (name.length > MOST_POOL) yield fieldTooLong(path.child("name"), MOST_POOL);
  for (const part of name === "" ? [] : name.split("/"))
    yield* formatFaults(path.child("name"), part, "dns1123Subdomain");
  if (resourceSliceCount <= 0) {
    yield fieldInvalid(path.child("resourceSliceCount"), resourceSliceCount, "must be greater than zero");
  }
  if (generation < 0) yield fieldInvalid(path.child("generation"), generation, "must be greater than or equal to zero");
}

function* placeFaults(spec: ResourceSliceSpec): Generator<FieldError> {
  const set = PLACES.filter((name) => spec[name] !== undefined);
  if (set.length === 0) yield fieldRequired(SPEC, ONE_PLACE);
  if (set.length > 1) {
    const named = `{${set.map((name) => `\`${name}\``).join(", ")}}`;
    yield fieldInvalid(SPEC, named, `${ONE_PLACE}, but multiple fields are set`);
  }
  const { nodeName, nodeSelector } = spec;
  if (nodeName !== undefined) yield* formatFaults(SPEC.child("nodeName"), nodeName, "dns1123Subdomain");
  if (nodeSelector === undefined) return;
  yield* nodeSelectorFaults(nodeSelector, SPEC.child("nodeSelector"));
  const terms = nodeSelector.nodeSelectorTerms.length;
  if (terms !== 1) {
    const path = SPEC.child("nodeSelector", "nodeSelectorTerms");
    yield fieldInvalid(path, nodeSelector.nodeSelectorTerms, "must have exactly one node selector term");
  }
  for (const name of ["allNodes", "perDeviceNodeSelection"] as const) {
    if (spec[name] === false) yield fieldInvalid(SPEC.child(name), false, "must be either unset or set to true");
  }
}

const sliceValid: Rule<ResourceSlice> = function* ({ spec }) {
  yield* driverFaults(spec.driver, SPEC.child("driver"));
  yield* poolFaults(spec.pool, SPEC.child("pool"));
  yield* placeFaults(spec);
  const devices = spec.devices ?? [];
  const path = SPEC.child("devices");
  if (devices.length > MOST_DEVICES) yield fieldTooMany(path, devices.length, MOST_DEVICES);
  const seen = new Set<string>();
  for (const [i, device] of devices.entries()) {
    yield* deviceFaults(device, path.index(i));
    if (seen.has(device.name)) yield fieldDuplicate(path.index(i), device.name);
    seen.add(device.name);
  }
};

/** Whose and where a slice is stays. */
const sliceStays: Rule<ResourceSlice> = function* ({ spec }, { old }) {
  if (!old) return;
  if (spec.driver !== old.spec.driver) yield fieldInvalid(SPEC.child("driver"), spec.driver, "field is immutable");
  if (spec.pool.name !== old.spec.pool.name) {
    yield fieldInvalid(SPEC.child("pool", "name"), spec.pool.name, "field is immutable");
  }
  if (spec.nodeName !== old.spec.nodeName)
    yield fieldInvalid(SPEC.child("nodeName"), spec.nodeName, "field is immutable");
};

function prepare(slice: ResourceSlice, _old: ResourceSlice | undefined, { now }: RequestFacts): ResourceSlice {
  const { devices } = slice.spec;
  if (!devices?.some(({ taints }) => taints?.some(({ timeAdded }) => timeAdded === undefined))) return slice;
  const since = devices.map((device) =>
    device.taints ? { ...device, taints: taintsSince(device.taints, now) } : device,
  );
  return { ...slice, spec: { ...slice.spec, devices: since } };
}

export const ResourceSlice = resource<ResourceSlice>({
  group: "resource.k8s.io",
  version: "v1",
  kind: "ResourceSlice",
  plural: "resourceslices",
  scope: "Cluster",
  schema,
  deletion: { returns: "object", propagation: "Background" },
  selectableFields: {
    "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
    "spec.driver": ({ spec }) => spec.driver,
  },
  columns: [
    nameColumn,
    {
      name: "Node",
      type: "string",
      doc: "The node where they can be used.",
      cell: ({ spec }) => spec.nodeName ?? "<unset>",
    },
    { name: "Driver", type: "string", doc: "Whose the devices are.", cell: ({ spec }) => spec.driver },
    { name: "Pool", type: "string", doc: "The pool.", cell: ({ spec }) => spec.pool.name },
    ageColumn,
  ],
  prepare,
  rules: [sliceValid, sliceStays],
});
