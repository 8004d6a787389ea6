// Kinds of which only discovery tells: a Resource that knows metadata and nothing else, enough to list, watch, delete and
// patch metadata. It refuses to guess at the rest of an object.
import { object } from "../schema/node.ts";
import { metadata, typeMeta } from "../schema/meta/object-meta.ts";
import { resource } from "../schema/resource.ts";
import type { KubeObject, Resource, Verb } from "../schema/resource.ts";

/** What discovery says of a kind. */
export type DiscoveredKind = Pick<Resource, "group" | "version" | "kind" | "plural" | "scope"> & {
  readonly verbs: readonly Verb[];
};

const schema = object("io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata", { ...typeMeta, metadata });

/** A Resource of any kind, seen as its metadata. */
export const metadataOf = (kind: DiscoveredKind): Resource => resource<KubeObject>({ ...kind, schema });
