// containerd's image store: names for manifests. Messages only; it refuses to hold content (content.ts).
import { field, map, message, optional, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { bool, int64, string } from "../protobuf/scalar.ts";
import { service, unary } from "../protobuf/service.ts";
import { Empty, FieldMask, Timestamp } from "../protobuf/well-known.ts";

/** Which blob, how large, and how to read it. */
export const Descriptor = message("containerd.types.Descriptor", {
  mediaType: field(1, string),
  digest: field(2, string),
  size: field(3, int64),
  annotations: field(5, map(string, string)),
});
export interface Descriptor extends MessageIn<typeof Descriptor> {}

/** A name, fully qualified (`docker.io/library/nginx:1`), for a manifest or an index. */
export const Image = message("containerd.services.images.v1.Image", {
  name: field(1, string),
  labels: field(2, map(string, string)),
  target: field(3, Descriptor),
  createdAt: field(7, Timestamp),
  updatedAt: field(8, Timestamp),
});
export interface Image extends MessageIn<typeof Image> {}

const GetImageRequest = message("containerd.services.images.v1.GetImageRequest", { name: field(1, string) });
const GetImageResponse = message("containerd.services.images.v1.GetImageResponse", { image: field(1, Image) });
const CreateImageRequest = message("containerd.services.images.v1.CreateImageRequest", { image: field(1, Image) });
const CreateImageResponse = message("containerd.services.images.v1.CreateImageResponse", { image: field(1, Image) });

/** Without a mask everything but the name is replaced. */
const UpdateImageRequest = message("containerd.services.images.v1.UpdateImageRequest", {
  image: field(1, Image),
  updateMask: field(2, FieldMask),
});
const UpdateImageResponse = message("containerd.services.images.v1.UpdateImageResponse", { image: field(1, Image) });

/** Filters such as `name==docker.io/library/nginx:1` or `labels."io.cri-containerd.image"==managed`; any may hold. */
const ListImagesRequest = message("containerd.services.images.v1.ListImagesRequest", {
  filters: field(1, repeated(string)),
});
const ListImagesResponse = message("containerd.services.images.v1.ListImagesResponse", {
  images: field(1, repeated(Image)),
});

/** `sync` waits until what only this image held is collected. */
const DeleteImageRequest = message("containerd.services.images.v1.DeleteImageRequest", {
  name: field(1, string),
  sync: field(2, optional(bool)),
});

export const Images = service("containerd.services.images.v1.Images", {
  Get: unary(GetImageRequest, GetImageResponse),
  List: unary(ListImagesRequest, ListImagesResponse),
  Create: unary(CreateImageRequest, CreateImageResponse),
  Update: unary(UpdateImageRequest, UpdateImageResponse),
  Delete: unary(DeleteImageRequest, Empty),
});
