// Brings an image archive (OCI layout or `docker save`, plain or gzip) into containerd while it is read: blobs go
// straight to the content store, small files are kept. It refuses to open files and to decide what names mean.
import path from "node:path/posix";
import { createHash } from "node:crypto";
import { createTarDecoder } from "modern-tar";
import type { CallOptions, GrpcConnection } from "../grpc/client.ts";
import { GrpcError } from "../grpc/error.ts";
import { ImageArchiveError, MAX_SMALL, imagesOf } from "./archive-index.ts";
import type { ArchiveFiles, ArchivedImage } from "./archive-index.ts";
import { Content, writeBlob } from "./content.ts";
import type { ContentClient } from "./content.ts";
import { childLabels, nameImage } from "./import-image.ts";
import { withLease } from "./leases.ts";
import { KUBERNETES_NAMESPACE, inNamespace } from "./namespaces.ts";
import type { Architecture } from "./pause-program.ts";

export interface ArchiveOptions {
  readonly architecture: Architecture;
  /** Makes a whole name of what an archive says: `nginx` → `docker.io/library/nginx:latest`. Throws for a bad one. */
  readonly qualify: (name: string) => string;
  /** For an archive of one image: names it instead of what the archive says. */
  readonly name?: string;
  /** Tells this import's lease and unfinished writes from those of others: a few letters. */
  readonly id: string;
  readonly namespace?: string;
  /** Keeps the images when the kubelet looks for what nobody uses. */
  readonly pinned?: boolean;
}

export interface ImportedImage {
  readonly names: readonly string[];
  /** Of the manifest. */
  readonly digest: string;
}

/** Reads `archive` to its end. Throws ImageArchiveError for an archive that is none, GrpcError from containerd. */
export async function importArchive(
  connection: GrpcConnection,
  archive: ReadableStream<Uint8Array>,
  options: ArchiveOptions,
): Promise<ImportedImage[]> {
  const namespace = inNamespace(options.namespace ?? KUBERNETES_NAMESPACE);
  const content = connection.client(Content, namespace);
  return withLease(connection, namespace, `kaji-archive-${options.id}`, async (leased) => {
    const files = await storeFiles(content, archive, options.id, leased);
    const images = imagesOf(files, options.architecture);
    if (options.name !== undefined && images.length > 1) {
      throw new ImageArchiveError(`the archive holds ${images.length} images: one name is not enough`);
    }
    const imported: ImportedImage[] = [];
    for (const image of images) {
      const names = (options.name === undefined ? image.names : [options.name]).map(options.qualify);
      if (names.length === 0) throw new ImageArchiveError("the archive does not name its image: give it a name");
      await storeManifest(content, image, leased);
      const { namespace: inside, pinned = false } = options;
      const naming = { names, pinned, ...(inside !== undefined && { namespace: inside }) };
      await nameImage(connection, { target: image.descriptor, config: image.manifest.config.digest }, naming, leased);
      imported.push({ names, digest: image.descriptor.digest });
    }
    return imported;
  });
}

async function storeManifest(content: ContentClient, image: ArchivedImage, leased: CallOptions): Promise<void> {
  const { config } = image.manifest;
  if (image.configBytes !== undefined) {
    await writeBlob(content, `kaji-${config.digest}`, { digest: config.digest, data: [image.configBytes] }, leased);
  }
  const { digest } = image.descriptor;
  const labels = childLabels(image.manifest);
  await writeBlob(content, `kaji-${digest}`, { digest, data: [image.bytes], labels }, leased);
  // One that was there already has no labels, or another's: they are what keeps its layers.
  const paths = Object.keys(labels).map((label) => `labels.${label}`);
  await content.update({ info: { digest, labels }, updateMask: { paths } }, leased);
}

/** As those who write the archives of `docker save` name a layer: Docker itself, then skopeo, then kaniko, ko and bazel. */
const LAYER = /\.(tar|tar\.gz|tgz)$/;

/** What may be JSON; ko and bazel call a configuration by its digest alone. */
const DOCUMENT = /\.json$|^(sha256:)?[0-9a-f]{64}$/;

/** Everything of the archive that matters, by path. */
async function storeFiles(
  content: ContentClient,
  archive: ReadableStream<Uint8Array>,
  id: string,
  leased: CallOptions,
): Promise<ArchiveFiles> {
  const small = new Map<string, Buffer>();
  const stored = new Map<string, { digest: string; size: number }>();
  const links = new Map<string, string>();
  try {
    for await (const { header, body } of (await unzipped(archive)).pipeThrough(createTarDecoder({ strict: true }))) {
      const name = path.normalize(header.name);
      const link = header.type === "symlink" || header.type === "link" ? header.linkname : undefined;
      if (link !== undefined) links.set(name, header.type === "link" ? link : path.join(path.dirname(name), link));
      const blob = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(name)?.[1];
      const isFile = header.type === undefined || header.type === "file";
      const isLayer = LAYER.test(name);
      if (!isFile || !(blob !== undefined || isLayer || DOCUMENT.test(name))) {
        // Read, not cancelled: after a cancelled body the decoder never ends one that the archive's end cuts off.
        for await (const _ of body);
        continue;
      }
      if (header.size <= MAX_SMALL) small.set(name, await collected(body));
      const data: AsyncIterable<Uint8Array> | Uint8Array[] = small.has(name) ? [small.get(name)!] : body;
      if (blob !== undefined) {
        const digest = `sha256:${blob}`;
        await writeBlob(content, `kaji-${digest}`, { digest, data }, leased);
        stored.set(name, { digest, size: header.size });
      } else if (isLayer) {
        stored.set(name, {
          digest: await writeUnknown(content, `kaji-${id}-${name}`, data, leased),
          size: header.size,
        });
      }
    }
  } catch (error) {
    if (error instanceof GrpcError || error instanceof ImageArchiveError) throw error;
    // The decoders throw errors of many kinds: what the caller needs to know is that the file is to blame.
    throw new ImageArchiveError(`the archive cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return { small, stored, links };
}

async function collected(body: ReadableStream<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

/** Stores what has no digest in its name. The store finds out when it has it all; that it is there already, too. */
async function writeUnknown(
  content: ContentClient,
  ref: string,
  data: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  leased: CallOptions,
): Promise<string> {
  const hash = createHash("sha256");
  async function* hashed() {
    for await (const part of data) {
      hash.update(part);
      yield part;
    }
  }
  return writeBlob(content, ref, { digest: () => `sha256:${hash.digest("hex")}`, data: hashed() }, leased);
}

/** The archive itself, whether it came compressed or not. */
async function unzipped(archive: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
  const reader = archive.getReader();
  const { value: first } = await reader.read();
  if (first === undefined) throw new ImageArchiveError("the archive is empty");
  const whole = readOn(reader, first);
  const isGzip = first[0] === 0x1f && first[1] === 0x8b;
  if (!isGzip) return whole;
  return cutAtFailure(whole.pipeThrough(new DecompressionStream("gzip")).getReader());
}

type Bytes = Uint8Array<ArrayBuffer>;
type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** What `reader` gives, after `first` that was read already. */
function readOn(reader: Reader, first: Uint8Array): ReadableStream<Bytes> {
  return new ReadableStream<Bytes>({
    start: (controller) => controller.enqueue(first as Bytes),
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value as Bytes);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/**
 * A stream that ends where its source fails: the tar decoder then reports an archive that is too short, in each place
 * where it may be waited for.
 */
function cutAtFailure(reader: Reader): ReadableStream<Bytes> {
  return new ReadableStream<Bytes>({
    async pull(controller) {
      const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
      if (done || value === undefined) controller.close();
      else controller.enqueue(value as Bytes);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
