// StorageClass: who provisions volumes of a class, and how. It refuses to provision.
import { formats } from "../../base/formats.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { formatFaults } from "../faults.ts";
import { sameField } from "../../schema/equality.ts";
import {
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
} from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { boolean, listAtomic, map, object, optional, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

/** Claims without a class get the one that says "true" here; the second is how it was once said. */
export const DEFAULT_STORAGE_CLASS = "storageclass.kubernetes.io/is-default-class";
export const OLD_DEFAULT_STORAGE_CLASS = "storageclass.beta.kubernetes.io/is-default-class";

export const TopologySelectorLabelRequirement = object("k8s.io.api.core.v1.TopologySelectorLabelRequirement", {
  key: required(1, string(), "The label of nodes.", { demanded: false }),
  values: required(2, listAtomic(string()), "The values that are allowed."),
});
export interface TopologySelectorLabelRequirement extends ValueIn<typeof TopologySelectorLabelRequirement> {}

export const TopologySelectorTerm = object(
  "k8s.io.api.core.v1.TopologySelectorTerm",
  {
    matchLabelExpressions: optional(
      1,
      listAtomic(TopologySelectorLabelRequirement),
      "What the labels must be; all of it.",
    ),
  },
  { atomic: true },
);
export interface TopologySelectorTerm extends ValueIn<typeof TopologySelectorTerm> {}

const schema = object(
  "k8s.io.api.storage.v1.StorageClass",
  {
    ...typeMeta,
    metadata,
    provisioner: required(2, string(), "Who provisions.", { toldLast: true }),
    parameters: optional(3, map(string()), "Settings for the provisioner."),
    reclaimPolicy: pointer(
      4,
      string({ enum: ["Delete", "Recycle", "Retain"] }),
      "What becomes of volumes when their claim is gone.",
      { default: "Delete", judgedByRule: true },
    ),
    mountOptions: optional(5, listAtomic(string()), "Options of the mounts."),
    allowVolumeExpansion: pointer(6, boolean(), "Whether claims may grow."),
    volumeBindingMode: pointer(
      7,
      string({ enum: ["Immediate", "WaitForFirstConsumer"] }),
      "When a claim gets its volume: at once, or with its first pod.",
      { default: "Immediate" },
    ),
    allowedTopologies: optional(
      8,
      listAtomic(TopologySelectorTerm),
      "Where volumes may be made; everywhere if left out.",
    ),
  },
  { doc: "A kind of storage: who provisions it, with what settings." },
);
export interface StorageClass extends ValueIn<typeof schema> {}

const POLICIES = ["Delete", "Retain"];
const MOST_PARAMETERS = 512;
const MOST_PARAMETER_BYTES = 256 * 1024;

/** Also of VolumeAttributesClasses. */
export function* parameterFaults(parameters: Readonly<Record<string, string>>, path: FieldPath): Generator<FieldError> {
  const entries = Object.entries(parameters);
  if (entries.length > MOST_PARAMETERS) return yield fieldTooLong(path, MOST_PARAMETERS);
  let size = 0;
  for (const [name, value] of entries) {
    if (name === "") yield fieldInvalid(path, name, "field can not be empty.");
    size += byteLength(name) + byteLength(value);
  }
  if (size > MOST_PARAMETER_BYTES) yield fieldTooLong(path, MOST_PARAMETER_BYTES);
}

const byteLength = (text: string) => new TextEncoder().encode(text).length;

function* topologyFaults({ matchLabelExpressions = [] }: TopologySelectorTerm, path: FieldPath): Generator<FieldError> {
  const keys = new Set<string>();
  for (const [i, { key, values = [] }] of matchLabelExpressions.entries()) {
    const at = path.child("matchLabelExpressions").index(i);
    if (values.length === 0) yield fieldRequired(at.child("values"));
    for (const [j, value] of values.entries()) {
      if (values.indexOf(value) !== j) yield fieldDuplicate(at.child("values").index(j), value);
    }
    yield* formatFaults(at.child("key"), key, "qualifiedName");
    if (keys.has(key)) yield fieldDuplicate(at.child("key"), key);
    keys.add(key);
  }
}

/** Terms that say the same in another order are the same. */
const termText = ({ matchLabelExpressions = [] }: TopologySelectorTerm) =>
  JSON.stringify(matchLabelExpressions.map(({ key, values }) => [key, [...values].sort()]).sort());

const classValid: Rule<StorageClass> = function* ({
  provisioner,
  parameters = {},
  reclaimPolicy,
  allowedTopologies = [],
}) {
  for (const fault of provisioner === "" ? [] : formats.qualifiedName(provisioner.toLowerCase())) {
    yield fieldInvalid(FieldPath.of("provisioner"), provisioner.toLowerCase(), fault);
  }
  yield* parameterFaults(parameters, FieldPath.of("parameters"));
  if (reclaimPolicy && !POLICIES.includes(reclaimPolicy)) {
    yield fieldNotSupported(FieldPath.of("reclaimPolicy"), reclaimPolicy, POLICIES);
  }
  const seen = new Set<string>();
  for (const [i, term] of allowedTopologies.entries()) {
    const path = FieldPath.of("allowedTopologies").index(i);
    yield* topologyFaults(term, path);
    // Upstream compares with as many empty terms as there are terms.
    const empty = (term.matchLabelExpressions ?? []).length === 0;
    if (empty || seen.has(termText(term))) yield fieldDuplicate(path.child("matchLabelExpressions"), "");
    seen.add(termText(term));
  }
};

/** Volumes were made by these: they stay. Upstream's message does not show the value. */
const classStays: Rule<StorageClass> = function* (now, { old }) {
  if (!old) return;
  for (const name of ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"] as const) {
    if (!sameField(schema.fields[name], now[name], old[name])) {
      yield fieldInvalid(FieldPath.of(name), undefined, "field is immutable");
    }
  }
};

export const StorageClass = resource<StorageClass>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "StorageClass",
  plural: "storageclasses",
  shortNames: ["sc"],
  scope: "Cluster",
  schema,
  deletion: { returns: "object", propagation: "Background" },
  columns: [
    nameColumn,
    { name: "Provisioner", type: "string", doc: "Who provisions.", cell: ({ provisioner }) => provisioner },
    {
      name: "ReclaimPolicy",
      type: "string",
      doc: "What becomes of volumes without their claim.",
      cell: ({ reclaimPolicy }) => reclaimPolicy ?? "Delete",
    },
    {
      name: "VolumeBindingMode",
      type: "string",
      doc: "When a claim gets its volume.",
      cell: ({ volumeBindingMode }) => volumeBindingMode ?? "<unset>",
    },
    {
      name: "AllowVolumeExpansion",
      type: "string",
      doc: "Whether claims may grow.",
      cell: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
    },
    ageColumn,
  ],
  rules: [classValid, classStays],
});
