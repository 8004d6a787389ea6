// Puts an image into containerd so that the CRI can run it: the CRI itself can only pull.
// It refuses to unpack: the CRI does so when it makes the first container.
import type { CallOptions, GrpcConnection } from "../grpc/client.ts";
import { GrpcError } from "../grpc/error.ts";
import { Content, writeBlob } from "./content.ts";
import type { ContentClient } from "./content.ts";
import { Images } from "./images.ts";
import { withLease } from "./leases.ts";
import { KUBERNETES_NAMESPACE, inNamespace } from "./namespaces.ts";
import type { OciDescriptor, OciImage } from "./oci-image.ts";

/** How the CRI plug-in marks what it manages; without it an image is adopted a moment later, with it at once. */
export const MANAGED_BY_CRI = { "io.cri-containerd.image": "managed" } as const;
/**
 * Names marked so keep their image from the kubelet's collection. Not its configuration's name: an image whose name went to
 * another one is nobody's.
 */
const PINNED = { "io.cri-containerd.pinned": "pinned" } as const;

export interface ImportOptions {
  /** Fully qualified, with a tag: `docker.io/library/nginx:1`. */
  readonly names: readonly string[];
  readonly pinned?: boolean;
  /** containerd's namespace; the default is the CRI's. */
  readonly namespace?: string;
}

/** Stores the image's blobs under a lease, then names it. A name that exists is moved to this image. */
export async function importImage(connection: GrpcConnection, image: OciImage, options: ImportOptions): Promise<void> {
  const namespace = inNamespace(options.namespace ?? KUBERNETES_NAMESPACE);
  const content = connection.client(Content, namespace);
  await withLease(connection, namespace, `kaji-import-${image.manifest.digest}`, async (leased) => {
    for (const part of [...image.layers, image.config]) await storeBlob(content, image, part, leased);
    await storeBlob(content, image, image.manifest, leased, childLabels(image));
    const named = { target: image.manifest, config: image.config.digest };
    await nameImage(connection, named, options, leased);
  });
}

async function storeBlob(
  content: ContentClient,
  image: OciImage,
  { digest }: OciDescriptor,
  leased: CallOptions,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const bytes = image.blobs.get(digest);
  if (bytes === undefined) throw new GrpcError("InvalidArgument", `the image lacks its blob ${digest}`);
  await writeBlob(content, `kaji-${digest}`, { digest, data: [bytes], labels }, leased);
}

/** The labels on a manifest by which the collector finds what belongs to it. */
export function childLabels(manifest: {
  readonly config: OciDescriptor;
  readonly layers: readonly OciDescriptor[];
}): Record<string, string> {
  const labels: Record<string, string> = { "containerd.io/gc.ref.content.config": manifest.config.digest };
  manifest.layers.forEach((layer, i) => (labels[`containerd.io/gc.ref.content.l.${i}`] = layer.digest));
  return labels;
}

/**
 * Gives names to a manifest that is stored. The CRI knows an image by its configuration's digest, so that becomes a
 * name as well. After this the CRI lists the image as soon as it has seen the event: within milliseconds, not at once.
 */
export async function nameImage(
  connection: GrpcConnection,
  image: { readonly target: OciDescriptor; readonly config: string },
  options: ImportOptions,
  call: CallOptions,
): Promise<void> {
  const images = connection.client(Images, inNamespace(options.namespace ?? KUBERNETES_NAMESPACE));
  const { mediaType, digest, size } = image.target;
  for (const name of [image.config, ...options.names]) {
    const labels = { ...MANAGED_BY_CRI, ...(options.pinned === true && name !== image.config && PINNED) };
    const named = { name, labels, target: { mediaType, digest, size } };
    try {
      await images.create({ image: named }, call);
    } catch (error) {
      if (!(error instanceof GrpcError) || error.code !== "AlreadyExists") throw error;
      await images.update({ image: named }, call);
    }
  }
}

/** The names that are pinned. The CRI tells of pins only since containerd 1.7; the label means the same to all. */
export async function pinnedNames(connection: GrpcConnection, call: CallOptions): Promise<ReadonlySet<string>> {
  const [[label, value]] = Object.entries(PINNED) as [[string, string]];
  const filters = [`labels."${label}"==${value}`];
  const { images } = await connection.client(Images, inNamespace(KUBERNETES_NAMESPACE)).list({ filters }, call);
  return new Set(images.map(({ name }) => name));
}
