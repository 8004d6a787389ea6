// An object reduced to its metadata, and a list of such. It refuses to know the kind behind: every kind has this form.
import { list, object, plain, required } from "../node.ts";
import type { ValueIn } from "../node.ts";
import { ListMeta, metadata, typeMeta } from "./object-meta.ts";

const META = "k8s.io.apimachinery.pkg.apis.meta.v1";

export const PartialObjectMetadata = object(`${META}.PartialObjectMetadata`, { ...typeMeta, metadata });
export interface PartialObjectMetadata extends ValueIn<typeof PartialObjectMetadata> {}

export const PartialObjectMetadataList = object(`${META}.PartialObjectMetadataList`, {
  ...typeMeta,
  metadata: plain(1, ListMeta, "Standard metadata of a list."),
  items: required(2, list(PartialObjectMetadata), "The metadata of each object.", { required: false }),
});
export interface PartialObjectMetadataList extends ValueIn<typeof PartialObjectMetadataList> {}
