// Where the parts of a version stand in messages. Upstream holds what all versions share once for all of them, and its
// messages name that place. It refuses to judge.
import { equalJson } from "../../../schema/equality.ts";
import { FieldPath } from "../../../schema/meta/path.ts";
import type { JSONSchemaProps } from "./json-schema.ts";
import type { CustomResourceDefinitionSpec, CustomResourceDefinitionVersion } from "./spec.ts";

/** One part of a version (or of all of them), and its place. */
export interface Placed<T> {
  readonly value: T;
  readonly path: FieldPath;
  readonly version: CustomResourceDefinitionVersion;
}

const SPEC = FieldPath.of("spec");

function placed<T>(
  { versions }: CustomResourceDefinitionSpec,
  partOf: (version: CustomResourceDefinitionVersion) => T | undefined,
  shared: FieldPath,
  own: (version: FieldPath) => FieldPath,
): readonly Placed<T>[] {
  const parts = (versions ?? []).map(partOf);
  const [first] = parts;
  const same = first !== undefined && parts.every((part) => part === first || equalJson(part, first));
  if (same) return [{ value: first, path: shared, version: versions[0]! }];
  return parts.flatMap((value, i) =>
    value === undefined ? [] : [{ value, path: own(SPEC.child("versions").index(i)), version: versions[i]! }],
  );
}

export const schemasOf = (spec: CustomResourceDefinitionSpec): readonly Placed<JSONSchemaProps>[] =>
  placed(
    spec,
    ({ schema }) => schema?.openAPIV3Schema,
    SPEC.child("validation", "openAPIV3Schema"),
    (version) => version.child("schema", "openAPIV3Schema"),
  );

export const subresourcesOf = (spec: CustomResourceDefinitionSpec) =>
  placed(
    spec,
    ({ subresources }) => subresources,
    SPEC.child("subresources"),
    (version) => version.child("subresources"),
  );

export const columnsOf = (spec: CustomResourceDefinitionSpec) =>
  placed(
    spec,
    ({ additionalPrinterColumns }) => additionalPrinterColumns,
    SPEC.child("additionalPrinterColumns"),
    (version) => version.child("additionalPrinterColumns"),
  );
