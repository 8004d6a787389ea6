// StorageVersionMigration: that objects of a resource are to be stored anew. It refuses to store them.
import { nameColumn } from "../columns.ts";
import { preparesStatus } from "../status.ts";
import { Condition } from "../../schema/meta/condition.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { listMap, object, optional, plain, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";

export const GroupResource = object("k8s.io.apimachinery.pkg.apis.meta.v1.GroupResource", {
  group: required(1, string(), "The group.", { demanded: false }),
  resource: required(2, string(), "The resource.", { demanded: "resource is required" }),
});
export interface GroupResource extends ValueIn<typeof GroupResource> {}

export const StorageVersionMigrationSpec = object("k8s.io.api.storagemigration.v1.StorageVersionMigrationSpec", {
  resource: required(1, GroupResource, "The resource.", { immutable: true }),
});
export interface StorageVersionMigrationSpec extends ValueIn<typeof StorageVersionMigrationSpec> {}

export const StorageVersionMigrationStatus = object("k8s.io.api.storagemigration.v1.StorageVersionMigrationStatus", {
  conditions: optional(1, listMap(Condition, ["type"]), "How far it is.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
  resourceVersion: optional(2, string(), "Up to which version objects are stored anew."),
});
export interface StorageVersionMigrationStatus extends ValueIn<typeof StorageVersionMigrationStatus> {}

const schema = object(
  "k8s.io.api.storagemigration.v1.StorageVersionMigration",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, StorageVersionMigrationSpec, "The resource."),
    status: plain(3, StorageVersionMigrationStatus, "How far it is."),
  },
  { doc: "That objects of a resource are to be stored anew." },
);
export interface StorageVersionMigration extends ValueIn<typeof schema> {}

/** Which condition says how far it is, the last first. */
const STATES = ["Succeeded", "Failed", "Running"];

export const StorageVersionMigration = resource<StorageVersionMigration>({
  group: "storagemigration.k8s.io",
  version: "v1",
  kind: "StorageVersionMigration",
  plural: "storageversionmigrations",
  scope: "Cluster",
  storageVersion: "v1beta1",
  schema,
  generationOf: [],
  columns: [
    // Upstream's first column is no name to a client.
    { ...nameColumn, format: "" },
    {
      name: "Resource",
      type: "string",
      doc: "The resource.",
      cell: ({ spec: { resource: of } }) => (of.group === "" ? of.resource : `${of.resource}.${of.group}`),
    },
    {
      name: "Status",
      type: "string",
      doc: "How far it is.",
      cell: ({ status: { conditions = [] } }) =>
        STATES.find((state) => conditions.some(({ type, status }) => type === state && status === "True")) ?? "Pending",
    },
  ],
  prepare: preparesStatus<StorageVersionMigration>(schema),
});
