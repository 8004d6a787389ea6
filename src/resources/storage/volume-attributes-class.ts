// VolumeAttributesClass: settings of volumes that may change while they are used. It refuses to change them.
import { ageColumn, nameColumn } from "../columns.ts";
import { driverNameFaults } from "../core/pod/rules/volume-sources.ts";
import { parameterFaults } from "./storage-class.ts";
import { equalJson } from "../../schema/equality.ts";
import { fieldForbidden, fieldRequired } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { map, object, optional, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

const schema = object(
  "k8s.io.api.storage.v1.VolumeAttributesClass",
  {
    ...typeMeta,
    metadata,
    driverName: required(2, string(), "The driver that knows the settings."),
    parameters: optional(3, map(string()), "The settings."),
  },
  { doc: "Settings of volumes that may change while they are used." },
);
export interface VolumeAttributesClass extends ValueIn<typeof schema> {}

const PARAMETERS = FieldPath.of("parameters");

const classValid: Rule<VolumeAttributesClass> = function* ({ driverName, parameters = {} }) {
  if (driverName !== "") yield* driverNameFaults(driverName, FieldPath.of("driverName"));
  yield* parameterFaults(parameters, PARAMETERS);
  if (Object.keys(parameters).length === 0) yield fieldRequired(PARAMETERS, "must contain at least one key/value pair");
};

const classStays: Rule<VolumeAttributesClass> = function* (now, { old }) {
  if (!old) return;
  for (const name of ["driverName", "parameters"] as const) {
    if (!equalJson(now[name] ?? {}, old[name] ?? {})) {
      yield fieldForbidden(FieldPath.of(name), `updates to ${name} are forbidden.`);
    }
  }
};

export const VolumeAttributesClass = resource<VolumeAttributesClass>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "VolumeAttributesClass",
  plural: "volumeattributesclasses",
  shortNames: ["vac"],
  scope: "Cluster",
  schema,
  generationOf: [],
  deletion: { returns: "object", propagation: "Background" },
  columns: [
    nameColumn,
    { name: "DriverName", type: "string", doc: "The driver.", cell: ({ driverName }) => driverName },
    ageColumn,
  ],
  rules: [classValid, classStays],
});
