// CustomResourceDefinition: a kind that a user brings. It refuses to serve it: custom-kind.ts makes a Resource of each
// version, and the API server's upkeep accepts names and brings the kinds up.
import { object, plain } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import type { RequestFacts } from "../../schema/resource.ts";
import { nameColumn } from "../columns.ts";
import { freshStatus } from "../status.ts";
import { isEstablished } from "./definition/conditions.ts";
import { API } from "./definition/json-schema.ts";
import { columnsValid, scaleValid, selectableFieldsValid } from "./definition/rules/columns.ts";
import { groupValid, identityStays, namesValid, nameSaysGroup, scopeKnown } from "./definition/rules/names.ts";
import { schemasStructural } from "./definition/rules/structural.ts";
import {
  conversionValid,
  storedVersionsServed,
  unknownFieldsPruned,
  versionsValid,
} from "./definition/rules/versions.ts";
import { CustomResourceDefinitionSpec, CustomResourceDefinitionStatus } from "./definition/spec.ts";

const schema = object(
  `${API}.CustomResourceDefinition`,
  {
    ...typeMeta,
    metadata,
    spec: plain(2, CustomResourceDefinitionSpec, "What the kind is called and looks like.", { required: true }),
    status: plain(3, CustomResourceDefinitionStatus, "How far it is in use."),
  },
  { doc: "A kind of one's own, served like the built-in ones." },
);
export interface CustomResourceDefinition extends ValueIn<typeof schema> {}

/** The finalizer that holds a definition until its objects are gone. */
export const CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

const fresh = freshStatus<CustomResourceDefinition["status"]>(schema);

/** Its objects may be stored in what is now the storage version. */
function withStoredVersion(object: CustomResourceDefinition): CustomResourceDefinition {
  const storage = (object.spec.versions ?? []).find((version) => version.storage)?.name;
  const stored = object.status.storedVersions ?? [];
  if (storage === undefined || stored.includes(storage)) return object;
  return { ...object, status: { ...object.status, storedVersions: [...stored, storage] } };
}

/** See schema/resource.ts: `prepare`. */
function prepare(
  object: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
  request: RequestFacts,
): CustomResourceDefinition {
  if (request.subresource !== "") return object;
  return withStoredVersion({ ...object, status: old?.status ?? fresh });
}

const versionText = ({ name, storage, served }: { name?: string; storage?: boolean; served?: boolean }) =>
  `${name ?? ""}${storage ? "(storage)" : ""}${served ? "" : "(unserved)"}`;

export const CustomResourceDefinition = resource<CustomResourceDefinition>({
  group: "apiextensions.k8s.io",
  version: "v1",
  storageVersion: "v1beta1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  scope: "Cluster",
  schema,
  unconditionalUpdate: false,
  anyFinalizers: true,
  deletion: { returns: "status", propagation: "Background", finalizer: CLEANUP_FINALIZER },
  columns: [
    nameColumn,
    { name: "Scope", type: "string", doc: "Cluster or Namespaced.", cell: ({ spec }) => spec.scope ?? "" },
    {
      name: "Versions",
      type: "string",
      doc: "The versions, and which one is stored.",
      cell: ({ spec }) => (spec.versions ?? []).map(versionText).join(","),
    },
    {
      name: "Created At",
      type: "date",
      doc: "When the definition was made.",
      cell: ({ metadata: { creationTimestamp } }) => creationTimestamp ?? null,
    },
    { name: "Group", type: "string", priority: 1, doc: "The API group.", cell: ({ spec }) => spec.group ?? "" },
    { name: "Kind", type: "string", priority: 1, doc: "The kind.", cell: ({ spec }) => spec.names.kind ?? "" },
    {
      name: "ShortNames",
      type: "string",
      priority: 1,
      doc: "Shorter names.",
      cell: ({ spec }) => (spec.names.shortNames ?? []).join(","),
    },
    { name: "Established", type: "boolean", priority: 1, doc: "Whether it is served.", cell: isEstablished },
  ],
  prepare,
  rules: [
    nameSaysGroup,
    groupValid,
    scopeKnown,
    versionsValid,
    unknownFieldsPruned,
    namesValid,
    schemasStructural,
    columnsValid,
    scaleValid,
    selectableFieldsValid,
    conversionValid,
    storedVersionsServed,
    identityStays,
  ],
});
