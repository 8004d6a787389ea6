// The metadata that PartialObjectMetadata and the rows of Tables show. It refuses to encode it.
import type { KubeObject, Resource } from "../../schema/resource.ts";

/** All of it, but for annotations that only the whole object shows. */
export function partialMetadata({ wholeOnly }: Resource, { metadata }: KubeObject): KubeObject["metadata"] {
  const { annotations, ...rest } = metadata;
  if (annotations === undefined || wholeOnly === undefined) return metadata;
  if (!wholeOnly.some((name) => Object.hasOwn(annotations, name))) return metadata;
  const shown = Object.entries(annotations).filter(([name]) => !wholeOnly.includes(name));
  return shown.length === 0 ? rest : { ...rest, annotations: Object.fromEntries(shown) };
}
