// A version of a CustomResourceDefinition as a Resource, so that custom resources go the way of all kinds. It refuses to
// decide whether it is served: the API server's upkeep does.
import { humanDuration } from "../../base/duration.ts";
import { isJsonObject } from "../../schema/freeze.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { AnyObjectNode, JsonObject } from "../../schema/node.ts";
import { nodeOfCustomKind } from "../../schema/openapi-import.ts";
import { resource, scale, view } from "../../schema/resource.ts";
import type { Column, KubeObject, Resource, Rule, StoredAs, Subresource } from "../../schema/resource.ts";
import { age, nameColumn } from "../columns.ts";
import type { CustomResourceDefinition } from "./custom-resource-definition.ts";
import { ruleFaults } from "./custom-rules.ts";
import { valueFaults } from "./custom-value.ts";
import type { JSONSchemaProps } from "./definition/json-schema.ts";
import type { CustomResourceColumnDefinition, CustomResourceDefinitionVersion } from "./definition/spec.ts";
import { parseJsonPath, valuesAt } from "./json-path.ts";

/** The Resources of a definition, the stored version first; the others are stored as that one. */
export function customKinds(definition: CustomResourceDefinition): readonly Resource[] {
  const { versions = [] } = definition.spec;
  const storage = versions.find((version) => version.storage);
  if (storage === undefined) return [];
  const hub = customKind(definition, storage, undefined);
  const renamed = (object: JsonObject): JsonObject => object;
  const others = versions.filter((version) => version.served && version !== storage);
  const shown = others.map((version) => customKind(definition, version, { hub, toHub: renamed, fromHub: renamed }));
  return storage.served ? [hub, ...shown] : shown;
}

/** Every version of a definition, those too that nobody serves: objects may be stored in any. */
export function customVersions({ spec }: CustomResourceDefinition): readonly CustomVersion[] {
  return (spec.versions ?? []).map((version) => ({
    apiVersion: `${spec.group}/${version.name}`,
    schema: nodeOf(spec, version),
  }));
}

export interface CustomVersion {
  readonly apiVersion: string;
  readonly schema: AnyObjectNode;
}

function nodeOf({ group, names }: CustomResourceDefinition["spec"], version: CustomResourceDefinitionVersion) {
  const name = `${group.split(".").reverse().join(".")}.${version.name}.${names.kind}`;
  const selectable = (version.selectableFields ?? []).map(({ jsonPath }) => ({
    fieldPath: jsonPath.replace(/^\./, ""),
  }));
  const node = nodeOfCustomKind((version.schema?.openAPIV3Schema ?? {}) as JsonObject, name);
  if (selectable.length === 0) return node;
  return { ...node, stated: { ...node.stated, "x-kubernetes-selectable-fields": selectable } };
}

function customKind(
  { spec }: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  storedAs: StoredAs | undefined,
): Resource {
  const { group, names, scope } = spec;
  const schema: JSONSchemaProps = version.schema?.openAPIV3Schema ?? {};
  const hasStatus = version.subresources?.status !== undefined;
  return resource<KubeObject>({
    group,
    version: version.name,
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    scope: scope === "Cluster" ? "Cluster" : "Namespaced",
    schema: nodeOf(spec, version),
    subresources: subresourcesOf(version),
    columns: columnsOf(version.additionalPrinterColumns),
    selectableFields: selectableFieldsOf(version),
    unconditionalUpdate: false,
    anyFinalizers: true,
    generationOf: { allBut: hasStatus ? ["status"] : [] },
    rules: [metadataBySchema(schema), valuesBySchema(schema)],
    deprecation: deprecationOf(spec.versions, version, group, names.kind),
    storedAs,
  });
}

/** What writers of a status do not come to own. */
const NO_METADATA = ["labels", "annotations", "finalizers", "ownerReferences"].map((name) => `metadata.${name}`);

function subresourcesOf({ subresources }: CustomResourceDefinitionVersion): Readonly<Record<string, Subresource>> {
  const { status, scale: scaled } = subresources ?? {};
  const bare = (path: string) => path.replace(/^\./, "");
  return {
    ...(status !== undefined && { status: view(["status"], undefined, NO_METADATA) }),
    ...(scaled !== undefined && {
      scale: scale(
        bare(scaled.specReplicasPath),
        bare(scaled.statusReplicasPath),
        bare(scaled.labelSelectorPath ?? "status.selector"),
      ),
    }),
  };
}

/** What clients of a deprecated version are warned with; it names the newest version that is not. */
function deprecationOf(
  versions: readonly CustomResourceDefinitionVersion[],
  { name, deprecated, deprecationWarning }: CustomResourceDefinitionVersion,
  group: string,
  kind: string,
): string | undefined {
  if (!deprecated) return undefined;
  if (deprecationWarning !== undefined) return deprecationWarning;
  const [better] = versions.filter((one) => one.served && !one.deprecated);
  const instead = better === undefined ? "" : `; use ${group}/${better.name} ${kind}`;
  return `${group}/${name} ${kind} is deprecated${instead}`;
}

// Columns

const ageByDate: Column = {
  name: "Age",
  type: "date",
  doc: "How long ago the object was made.",
  cell: ({ metadata }, { now }) => age(metadata.creationTimestamp, now),
};

function columnsOf(definitions: readonly CustomResourceColumnDefinition[] | undefined): readonly Column[] {
  if (definitions === undefined || definitions.length === 0) return [nameColumn, ageByDate];
  return [nameColumn, ...definitions.map(columnOf)];
}

function columnOf({ name, type, format, description, priority, jsonPath }: CustomResourceColumnDefinition): Column {
  const path = parseJsonPath(jsonPath);
  return {
    name,
    type: type as Column["type"],
    ...(format && { format }),
    ...(priority && { priority }),
    doc: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    cell: (object, { now }) => {
      if (typeof path === "string") return null;
      return cellOf(valuesAt(path, object), type, now);
    },
  };
}

/** A value as its column's type shows it; null for what is absent or of another type. */
function cellOf(found: readonly unknown[], type: string, now: number): string | number | boolean | null {
  const [first] = found;
  if (first === undefined || first === null) return null;
  switch (type) {
    case "integer":
      return typeof first === "number" ? Math.trunc(first) : null;
    case "number":
      return typeof first === "number" ? first : null;
    case "boolean":
      return typeof first === "boolean" ? first : null;
    case "date": {
      const ms = typeof first === "string" ? Date.parse(first) : Number.NaN;
      return Number.isNaN(ms) ? "<invalid>" : humanDuration(now - ms);
    }
    default:
      return printed(first);
  }
}

/** As kubectl prints values of JSON paths. */
const printed = (value: unknown): string =>
  typeof value === "string"
    ? value
    : Array.isArray(value) || isJsonObject(value)
      ? JSON.stringify(value)
      : String(value);

function selectableFieldsOf({ selectableFields = [] }: CustomResourceDefinitionVersion): Resource["selectableFields"] {
  return Object.fromEntries(
    selectableFields.map(({ jsonPath }) => {
      const path = parseJsonPath(jsonPath);
      const read = (object: KubeObject) => {
        const [value] = typeof path === "string" ? [] : valuesAt(path, object);
        return value === undefined || value === null ? "" : printed(value);
      };
      return [jsonPath.replace(/^\./, ""), read];
    }),
  );
}

// Rules

/** Name and generateName may be narrowed by the schema. */
const metadataBySchema = (schema: JSONSchemaProps): Rule<KubeObject> => {
  const { metadata } = schema.properties ?? {};
  return function* (object) {
    if (metadata !== undefined) yield* valueFaults(metadata, object.metadata, FieldPath.of("metadata"), "metadata");
  };
};

/** Everything else; a write of the status is judged by the status' schema alone. */
const valuesBySchema = (schema: JSONSchemaProps): Rule<KubeObject> => {
  const { metadata: _, ...properties } = schema.properties ?? {};
  const judged: JSONSchemaProps = { ...schema, properties };
  return function* (object, { request, old }) {
    const value = object as unknown as JsonObject;
    const before = old as unknown as JsonObject | undefined;
    if (request.subresource === "status") {
      const status = properties["status"];
      if (status === undefined) return;
      const path = FieldPath.of("status");
      const faults = [...valueFaults(status, value["status"], path, "")];
      yield* faults;
      if (faults.length === 0)
        yield* ruleFaults(status, value["status"], before?.["status"], { path, isUpdate: true, isRoot: false });
      return;
    }
    if (schema.type === "object" && !isJsonObject(value))
      yield fieldInvalid(FieldPath.root, value, "must be an object");
    const faults = [...valueFaults(judged, value, FieldPath.root, "")];
    yield* faults;
    // Rules rely on the types of what they see.
    const path = FieldPath.root;
    if (faults.length === 0)
      yield* ruleFaults(schema, value, before, { path, isUpdate: old !== undefined, isRoot: true });
  };
};
