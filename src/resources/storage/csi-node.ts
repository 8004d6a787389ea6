// CSINode: the CSI drivers of a node. It refuses to register them: the kubelet does.
import { ageColumn, nameColumn } from "../columns.ts";
import { driverNameFaults } from "../core/pod/rules/volume-sources.ts";
import { formatFaults } from "../faults.ts";
import { preparesStatus } from "../status.ts";
import { equalJson } from "../../schema/equality.ts";
import { fieldDuplicate, fieldInvalid } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import {
  int32,
  listAtomic,
  listMap,
  object,
  optional,
  plain,
  pointer,
  required,
  string,
  time,
} from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

export const VolumeNodeResources = object("k8s.io.api.storage.v1.VolumeNodeResources", {
  count: pointer(1, int32(), "How many volumes of the driver the node can use."),
});
export interface VolumeNodeResources extends ValueIn<typeof VolumeNodeResources> {}

export const CSINodeDriver = object("k8s.io.api.storage.v1.CSINodeDriver", {
  name: required(1, string(), "The driver."),
  nodeID: required(2, string(), "What the driver calls the node."),
  topologyKeys: optional(3, listAtomic(string()), "Labels of the node that the driver knows.", { always: true }),
  allocatable: pointer(4, VolumeNodeResources, "How much of the driver the node can use."),
});
export interface CSINodeDriver extends ValueIn<typeof CSINodeDriver> {}

export const CSINodeSpec = object("k8s.io.api.storage.v1.CSINodeSpec", {
  drivers: required(1, listMap(CSINodeDriver, ["name"], { unique: "key" }), "The drivers.", {
    merge: { strategy: ["merge"], key: "name" },
  }),
});
export interface CSINodeSpec extends ValueIn<typeof CSINodeSpec> {}

export const StorageHealthCondition = object("k8s.io.api.storage.v1.StorageHealthCondition", {
  status: required(1, string({ enum: ["StorageDegraded", "StorageUnreachable"] }), "What is wrong.", {
    judgedByRule: true,
  }),
  reason: required(2, string(), "Why, in one word.", { demanded: false }),
  message: optional(3, string(), "Why, in a sentence."),
  accessMode: pointer(
    4,
    string({ enum: ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"] }),
    "The mode of access that it is about.",
    { judgedByRule: true },
  ),
  volumeMode: pointer(5, string({ enum: ["Block", "Filesystem"] }), "The mode of volumes that it is about.", {
    judgedByRule: true,
  }),
  lastTransitionTime: optional(6, time(), "When it last changed."),
});
export interface StorageHealthCondition extends ValueIn<typeof StorageHealthCondition> {}

export const StorageHealth = object("k8s.io.api.storage.v1.StorageHealth", {
  name: required(1, string(), "The driver."),
  healthConditions: optional(2, listAtomic(StorageHealthCondition), "What was found."),
});
export interface StorageHealth extends ValueIn<typeof StorageHealth> {}

export const CSINodeStatus = object("k8s.io.api.storage.v1.CSINodeStatus", {
  storageHealth: optional(1, listMap(StorageHealth, ["name"]), "The health of storage, by driver.", {
    merge: { strategy: ["merge"], key: "name" },
    gate: "CSIVolumeHealth",
  }),
});
export interface CSINodeStatus extends ValueIn<typeof CSINodeStatus> {}

const schema = object(
  "k8s.io.api.storage.v1.CSINode",
  {
    ...typeMeta,
    metadata,
    spec: required(2, CSINodeSpec, "The drivers."),
    status: plain(3, CSINodeStatus, "How their storage is."),
  },
  { doc: "The CSI drivers of a node; it has the node's name." },
);
export interface CSINode extends ValueIn<typeof schema> {}

const MOST_NODE_ID = 192;
const DRIVERS = FieldPath.of("spec", "drivers");

const driversValid: Rule<CSINode> = function* ({ spec }, { request }) {
  if (request.subresource !== "") return;
  for (const [i, { name, nodeID, topologyKeys = [], allocatable }] of spec.drivers.entries()) {
    const path = DRIVERS.index(i);
    if (name !== "") yield* driverNameFaults(name, path.child("name"));
    if (nodeID.length > MOST_NODE_ID) {
      yield fieldInvalid(path.child("nodeID"), nodeID, `must be ${MOST_NODE_ID} characters or less`);
    }
    for (const [j, key] of topologyKeys.entries()) {
      if (topologyKeys.indexOf(key) !== j) yield fieldDuplicate(path.child("topologyKeys"), key);
      yield* formatFaults(path.child("topologyKeys"), key, "qualifiedName");
    }
    if (allocatable?.count !== undefined && allocatable.count < 0) {
      yield fieldInvalid(path.child("allocatable", "count"), allocatable.count, "must be greater than or equal to 0");
    }
  }
};

/** A driver may come and go, and its limit move; what it says of the node stays. */
const driversStay: Rule<CSINode> = function* ({ spec }, { old }) {
  for (const driver of spec.drivers) {
    const before = old?.spec.drivers.find(({ name }) => name === driver.name);
    if (!before) continue;
    const same = before.nodeID === driver.nodeID && equalJson(before.topologyKeys ?? [], driver.topologyKeys ?? []);
    if (!same) yield fieldInvalid(FieldPath.of("CSINodeDriver"), driver, "field is immutable");
  }
};

export const CSINode = resource<CSINode>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSINode",
  plural: "csinodes",
  scope: "Cluster",
  schema,
  generationOf: [],
  unconditionalUpdate: false,
  deletion: { returns: "object", propagation: "Background" },
  columns: [
    nameColumn,
    { name: "Drivers", type: "integer", doc: "How many drivers there are.", cell: ({ spec }) => spec.drivers.length },
    ageColumn,
  ],
  prepare: preparesStatus<CSINode>(schema),
  rules: [driversValid, driversStay],
});
