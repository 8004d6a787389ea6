// CSIStorageCapacity: how much room a driver has for a class, and where. It refuses to measure.
import { canonicalQuantity, compareQuantity } from "../../base/quantity.ts";
import { nameColumn } from "../columns.ts";
import { formatFaults } from "../faults.ts";
import { labelSelectorFaults } from "../label-selector-rule.ts";
import { equalJson } from "../../schema/equality.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { object, pointer, quantity, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

const schema = object(
  "k8s.io.api.storage.v1.CSIStorageCapacity",
  {
    ...typeMeta,
    metadata,
    nodeTopology: pointer(2, LabelSelector, "The nodes that it is about."),
    storageClassName: required(3, string(), "The class that it is about."),
    capacity: pointer(4, quantity(), "How much room there is."),
    maximumVolumeSize: pointer(5, quantity(), "The largest volume that can be made."),
  },
  { doc: "How much room there is for volumes of a class on a part of the nodes." },
);
export interface CSIStorageCapacity extends ValueIn<typeof schema> {}

const capacityValid: Rule<CSIStorageCapacity> = function* ({ storageClassName, nodeTopology, ...amounts }) {
  const name = FieldPath.of("storageClassName");
  if (storageClassName !== "") yield* formatFaults(name, storageClassName, "dns1123Subdomain");
  yield* labelSelectorFaults(nodeTopology, FieldPath.of("nodeTopology"));
  for (const field of ["capacity", "maximumVolumeSize"] as const) {
    const amount = amounts[field];
    if (amount !== undefined && compareQuantity(amount, "0") < 0) {
      yield fieldInvalid(FieldPath.of(field), canonicalQuantity(amount), "must be greater than or equal to 0");
    }
  }
};

const capacityStays: Rule<CSIStorageCapacity> = function* (now, { old }) {
  if (!old) return;
  for (const name of ["nodeTopology", "storageClassName"] as const) {
    if (!equalJson(now[name] ?? null, old[name] ?? null)) {
      yield fieldInvalid(FieldPath.of(name), now[name], "field is immutable");
    }
  }
};

export const CSIStorageCapacity = resource<CSIStorageCapacity>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSIStorageCapacity",
  plural: "csistoragecapacities",
  scope: "Namespaced",
  schema,
  generationOf: [],
  unconditionalUpdate: false,
  columns: [
    nameColumn,
    {
      name: "Created At",
      type: "date",
      doc: "When it was made.",
      cell: ({ metadata: { creationTimestamp } }) => creationTimestamp ?? "",
    },
  ],
  rules: [capacityValid, capacityStays],
});
