// The content of an image as a file system that can be mounted to be read: unpacks what was never unpacked. It refuses to
// mount, and to pull.
import { createHash } from "node:crypto";
import type { CallOptions, GrpcConnection } from "../grpc/client.ts";
import { GrpcError, isNotFound } from "../grpc/error.ts";
import { Content, readBlob } from "./content.ts";
import { Images } from "./images.ts";
import { withLease } from "./leases.ts";
import { KUBERNETES_NAMESPACE, inNamespace } from "./namespaces.ts";
import { MEDIA } from "./oci-image.ts";
import type { OciDescriptor, OciIndex, OciManifest } from "./oci-image.ts";
import { Diff, Snapshots } from "./snapshots.ts";
import type { SnapshotMount } from "./snapshots.ts";

const SNAPSHOTTER = "overlayfs";
/** Of manifests and configurations. */
const LARGEST_BYTES = 8 << 20;
const CALL_TIMEOUT_MS = 60_000;
const UNPACK_TIMEOUT_MS = 300_000;

export interface ImageViews {
  /** How to mount what `image` (a name that the store knows) holds. The view keeps its layers until it is removed. */
  view(key: string, image: string): Promise<readonly SnapshotMount[]>;
  /** Whether there was one or not. */
  remove(key: string): Promise<void>;
}

/** `architecture` as images name it: `amd64`, `arm64`. */
export function imageViews(connection: GrpcConnection, architecture: string): ImageViews {
  const namespace = inNamespace(KUBERNETES_NAMESPACE);
  const snapshots = connection.client(Snapshots, namespace);
  return {
    async view(key, image) {
      try {
        return (await snapshots.mounts({ snapshotter: SNAPSHOTTER, key }, { timeoutMs: CALL_TIMEOUT_MS })).mounts;
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
      return withLease(connection, namespace, key, async (leased) => {
        const call = { ...leased, timeoutMs: CALL_TIMEOUT_MS };
        const parent = await unpacked(connection, image, architecture, call);
        // The label keeps it, and with it what it stands on, from the collector.
        const labels = { "containerd.io/gc.root": "1" };
        return (await snapshots.view({ snapshotter: SNAPSHOTTER, key, parent, labels }, call)).mounts;
      });
    },
    async remove(key) {
      try {
        await snapshots.remove({ snapshotter: SNAPSHOTTER, key });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },
  };
}

interface Layer {
  readonly blob: OciDescriptor;
  /** The digest of the layer without its compression. */
  readonly diffId: string;
}

/** The name of the snapshot that holds all layers of the image. */
async function unpacked(
  connection: GrpcConnection,
  image: string,
  architecture: string,
  call: CallOptions,
): Promise<string> {
  const snapshots = connection.client(Snapshots, inNamespace(KUBERNETES_NAMESPACE));
  let parent = "";
  for (const layer of await layersOf(connection, image, architecture, call)) {
    const name = chainId(parent, layer.diffId);
    try {
      await snapshots.stat({ snapshotter: SNAPSHOTTER, key: name }, call);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await unpack(connection, layer, { name, parent }, call);
    }
    parent = name;
  }
  return parent;
}

/** How all of containerd names what layers make when they lie on each other. */
export const chainId = (parent: string, diffId: string): string =>
  parent === "" ? diffId : `sha256:${createHash("sha256").update(`${parent} ${diffId}`).digest("hex")}`;

async function layersOf(
  connection: GrpcConnection,
  image: string,
  architecture: string,
  call: CallOptions,
): Promise<readonly Layer[]> {
  const namespace = inNamespace(KUBERNETES_NAMESPACE);
  const content = connection.client(Content, namespace);
  const read = async (digest: string): Promise<unknown> =>
    JSON.parse(Buffer.from(await readBlob(content, digest, LARGEST_BYTES, call)).toString());
  const { image: found } = await connection.client(Images, namespace).get({ name: image }, call);
  let digest = found?.target?.digest ?? "";
  const type = found?.target?.mediaType;
  if (type === MEDIA.index || type === MEDIA.dockerList) {
    const { manifests } = (await read(digest)) as OciIndex;
    const own = manifests.find(({ platform }) => platform?.os === "linux" && platform.architecture === architecture);
    if (own === undefined) throw new GrpcError("NotFound", `image ${image} has nothing for linux/${architecture}`);
    digest = own.digest;
  }
  const { config, layers } = (await read(digest)) as OciManifest;
  const { rootfs } = (await read(config.digest)) as { readonly rootfs?: { readonly diff_ids?: readonly string[] } };
  const diffIds = rootfs?.diff_ids ?? [];
  if (diffIds.length !== layers.length)
    throw new GrpcError("Internal", `image ${image} has ${layers.length} layers and knows ${diffIds.length}`);
  return layers.map((blob, i) => ({ blob, diffId: diffIds[i]! }));
}

async function unpack(
  connection: GrpcConnection,
  { blob, diffId }: Layer,
  { name, parent }: { readonly name: string; readonly parent: string },
  call: CallOptions,
): Promise<void> {
  const namespace = inNamespace(KUBERNETES_NAMESPACE);
  const snapshots = connection.client(Snapshots, namespace);
  const diff = connection.client(Diff, namespace);
  const key = `kaji-unpack-${name}`;
  const place = { snapshotter: SNAPSHOTTER, key };
  const mounts = await prepared();
  try {
    const { applied } = await diff.apply({ diff: blob, mounts }, { ...call, timeoutMs: UNPACK_TIMEOUT_MS });
    if (applied?.digest !== diffId)
      throw new GrpcError("Internal", `layer ${blob.digest} unpacks to ${applied?.digest}, not to ${diffId}`);
    await snapshots.commit({ ...place, name }, call);
  } catch (error) {
    // Somebody else was faster: what was wanted is there.
    if (error instanceof GrpcError && error.code === "AlreadyExists") return void (await snapshots.remove(place));
    throw error;
  }

  async function prepared(): Promise<readonly SnapshotMount[]> {
    const prepare = async () => (await snapshots.prepare({ ...place, parent }, call)).mounts;
    try {
      return await prepare();
    } catch (error) {
      if (!(error instanceof GrpcError) || error.code !== "AlreadyExists") throw error;
      // Left half done by one that was cut off.
      await snapshots.remove(place, call);
      return prepare();
    }
  }
}
