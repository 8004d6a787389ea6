// IPAddress: that an address of a service is taken, and by whom.
import { object, optional, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { equalJson } from "../../schema/equality.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";
import { nameColumn } from "../columns.ts";
import { formatFaults } from "../faults.ts";

export const ParentReference = object("k8s.io.api.networking.v1.ParentReference", {
  group: optional(1, string(), "Its group."),
  resource: required(2, string(), "Its resource.", { always: false, toldLast: true }),
  namespace: optional(3, string(), "Its namespace."),
  name: required(4, string(), "Its name.", { always: false, toldLast: true }),
});
export interface ParentReference extends ValueIn<typeof ParentReference> {}

export const IPAddressSpec = object("k8s.io.api.networking.v1.IPAddressSpec", {
  parentRef: required(1, ParentReference, "The object that uses the address.", { always: false, pointer: true }),
});
export interface IPAddressSpec extends ValueIn<typeof IPAddressSpec> {}

const schema = object(
  "k8s.io.api.networking.v1.IPAddress",
  {
    ...typeMeta,
    metadata,
    spec: required(2, IPAddressSpec, "Who uses the address.", { always: false }),
  },
  { doc: "An address that is taken, and by whom." },
);
export interface IPAddress extends ValueIn<typeof schema> {}

const PARENT = FieldPath.of("spec", "parentRef");

/** An address is the object's name, in its one canonical form. */
const nameIsAddress: Rule<IPAddress> = function* ({ metadata: { name = "" } }, { old }): Generator<FieldError> {
  if (!old && name !== "") yield* formatFaults(FieldPath.of("metadata", "name"), name, "canonicalIP");
};

/** The address belongs to whom it was given to until it is deleted. */
const parentStays: Rule<IPAddress> = function* ({ spec }, { old }) {
  if (old && !equalJson(spec.parentRef ?? null, old.spec.parentRef ?? null)) {
    yield fieldInvalid(PARENT, spec.parentRef, "field is immutable");
  }
};

/** Which fields must be there is a fact of the schema. */
const parentValid: Rule<IPAddress> = function* ({ spec }) {
  const { group = "", namespace = "", name = "" } = spec.parentRef ?? {};
  if (group !== "") yield* formatFaults(PARENT.child("group"), group, "dns1123Subdomain");
  if (name !== "") yield* formatFaults(PARENT.child("name"), name, "pathSegmentName");
  if (namespace !== "") yield* formatFaults(PARENT.child("namespace"), namespace, "pathSegmentName");
};

/** `services/ns/name`, with the group behind the resource. */
function parentText({ spec }: IPAddress): string {
  const { group = "", resource: plural = "", namespace = "", name = "" } = spec.parentRef ?? {};
  if (name === "") return "<none>";
  const kind = (group === "" ? plural : `${plural}.${group}`).toLowerCase();
  return [kind, namespace, name].filter((part) => part !== "").join("/");
}

export const IPAddress = resource<IPAddress>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "IPAddress",
  plural: "ipaddresses",
  shortNames: ["ip"],
  scope: "Cluster",
  schema,
  nameFormat: "pathSegmentName",
  generationOf: [],
  selectableFields: {
    "spec.parentRef.group": ({ spec }) => spec.parentRef?.group ?? "",
    "spec.parentRef.resource": ({ spec }) => spec.parentRef?.resource ?? "",
    "spec.parentRef.namespace": ({ spec }) => spec.parentRef?.namespace ?? "",
    "spec.parentRef.name": ({ spec }) => spec.parentRef?.name ?? "",
  },
  columns: [nameColumn, { name: "ParentRef", type: "string", doc: "Who uses the address.", cell: parentText }],
  rules: [nameIsAddress, parentStays, parentValid],
});
