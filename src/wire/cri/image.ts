// Images of the CRI: listing, status, pulling, removing, and the file systems that hold them.
// It refuses to import: the CRI cannot (wire/containerd can).
import { field, map, message, repeated } from "../protobuf/message.ts";
import type { MessageIn } from "../protobuf/message.ts";
import { bool, string, uint64 } from "../protobuf/scalar.ts";
import { PodSandboxConfig } from "./sandbox-config.ts";
import { Int64Value } from "./security.ts";
import { FilesystemUsage } from "./usage.ts";

/** `image` is a name or id. `userSpecifiedImage` is what the pod said. */
export const ImageSpec = message("runtime.v1.ImageSpec", {
  image: field(1, string),
  annotations: field(2, map(string, string)),
  userSpecifiedImage: field(18, string),
  runtimeHandler: field(19, string),
  imageRef: field(20, string),
});
export interface ImageSpec extends MessageIn<typeof ImageSpec> {}

export const ImageFilter = message("runtime.v1.ImageFilter", {
  image: field(1, ImageSpec),
});
export interface ImageFilter extends MessageIn<typeof ImageFilter> {}

/** `size` in bytes; pinned ones are never collected. User by number or by name. */
export const Image = message("runtime.v1.Image", {
  id: field(1, string),
  repoTags: field(2, repeated(string)),
  repoDigests: field(3, repeated(string)),
  size: field(4, uint64),
  uid: field(5, Int64Value),
  username: field(6, string),
  spec: field(7, ImageSpec),
  pinned: field(8, bool),
});
export interface Image extends MessageIn<typeof Image> {}

export const ListImagesRequest = message("runtime.v1.ListImagesRequest", {
  filter: field(1, ImageFilter),
});

export const ListImagesResponse = message("runtime.v1.ListImagesResponse", {
  images: field(1, repeated(Image)),
});

export const StreamImagesRequest = message("runtime.v1.StreamImagesRequest", {
  filter: field(1, ImageFilter),
});

export const StreamImagesResponse = message("runtime.v1.StreamImagesResponse", {
  images: field(1, repeated(Image)),
});

export const ImageStatusRequest = message("runtime.v1.ImageStatusRequest", {
  image: field(1, ImageSpec),
  verbose: field(2, bool),
});

export const ImageStatusResponse = message("runtime.v1.ImageStatusResponse", {
  image: field(1, Image),
  info: field(2, map(string, string)),
});

/** Credentials for one registry. `auth` is `user:password` in base64, instead of the two. */
export const AuthConfig = message("runtime.v1.AuthConfig", {
  username: field(1, string),
  password: field(2, string),
  auth: field(3, string),
  serverAddress: field(4, string),
  identityToken: field(5, string),
  registryToken: field(6, string),
});
export interface AuthConfig extends MessageIn<typeof AuthConfig> {}

/** The sandbox's configuration lets a runtime pull in the pod's cgroup. */
export const PullImageRequest = message("runtime.v1.PullImageRequest", {
  image: field(1, ImageSpec),
  auth: field(2, AuthConfig),
  sandboxConfig: field(3, PodSandboxConfig),
});

/** The reference to use in CreateContainer. */
export const PullImageResponse = message("runtime.v1.PullImageResponse", {
  imageRef: field(1, string),
});

export const RemoveImageRequest = message("runtime.v1.RemoveImageRequest", {
  image: field(1, ImageSpec),
});

export const RemoveImageResponse = message("runtime.v1.RemoveImageResponse", {});

export const ImageFsInfoRequest = message("runtime.v1.ImageFsInfoRequest", {});

/** `containerFilesystems` differ only when writable layers live elsewhere. */
export const ImageFsInfoResponse = message("runtime.v1.ImageFsInfoResponse", {
  imageFilesystems: field(1, repeated(FilesystemUsage)),
  containerFilesystems: field(2, repeated(FilesystemUsage)),
});
