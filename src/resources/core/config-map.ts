// ConfigMap: configuration that is not secret, as text or bytes under keys. It refuses to know who mounts it.
import { boolean, bytes, map, object, optional, pointer, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { fieldForbidden, fieldInvalid, fieldTooLong } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";

/** The most that the values of a ConfigMap may hold together, in bytes. */
const MAX_DATA_BYTES = 1024 * 1024;

const schema = object(
  "k8s.io.api.core.v1.ConfigMap",
  {
    ...typeMeta,
    metadata,
    immutable: pointer(4, boolean(), "Once true, data and this field can no longer change."),
    data: optional(2, map(string(), { keyFormat: "configMapKey" }), "Text under keys."),
    binaryData: optional(
      3,
      map(bytes(), { keyFormat: "configMapKey" }),
      "Bytes under keys; the keys of data are taken.",
    ),
  },
  { doc: "Configuration that pods can read, not secret." },
);
export interface ConfigMap extends ValueIn<typeof schema> {}

const dataWithinLimits: Rule<ConfigMap> = function* ({ data = {}, binaryData = {} }) {
  let total = 0;
  for (const [key, value] of Object.entries(data)) {
    if (key in binaryData)
      yield fieldInvalid(FieldPath.of("data").key(key), key, "duplicate of key present in binaryData");
    total += Buffer.byteLength(value);
  }
  for (const value of Object.values(binaryData)) total += Buffer.byteLength(value, "base64");
  if (total > MAX_DATA_BYTES) yield fieldTooLong(FieldPath.of(""), MAX_DATA_BYTES);
};

const immutableStays: Rule<ConfigMap> = function* (object, { old }) {
  if (!old?.immutable) return;
  const why = "field is immutable when `immutable` is set";
  if (!object.immutable) yield fieldForbidden(FieldPath.of("immutable"), why);
  for (const field of ["data", "binaryData"] as const) {
    if (JSON.stringify(object[field] ?? {}) !== JSON.stringify(old[field] ?? {}))
      yield fieldForbidden(FieldPath.of(field), why);
  }
};

export const ConfigMap = resource<ConfigMap>({
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  shortNames: ["cm"],
  scope: "Namespaced",
  schema,
  columns: [
    nameColumn,
    {
      name: "Data",
      type: "string",
      doc: "How many keys there are.",
      cell: ({ data = {}, binaryData = {} }) => Object.keys(data).length + Object.keys(binaryData).length,
    },
    ageColumn,
  ],
  rules: [dataWithinLimits, immutableStays],
});
