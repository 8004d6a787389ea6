// OCI images as values: layers and a configuration become blobs, a manifest and their digests. Pure functions.
// It refuses to move them anywhere (import-image.ts, oci-archive.ts).
import { createHash } from "node:crypto";
import { packTar } from "modern-tar";
import type { TarEntry } from "modern-tar";
import type { Architecture } from "./pause-program.ts";

/** Media types of the OCI image specification, and Docker's, which mean the same. */
export const MEDIA = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar",
} as const;

/** A blob by digest, as OCI's JSON has it. */
export interface OciDescriptor {
  readonly mediaType: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly architecture: string; readonly os: string };
}

export interface OciManifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly config: OciDescriptor;
  readonly layers: readonly OciDescriptor[];
}

export interface OciIndex {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly manifests: readonly OciDescriptor[];
}

/** What a container of the image runs unless told otherwise. */
export interface ImageRunConfig {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  /** `NAME=value`. */
  readonly env?: readonly string[];
  readonly workingDir?: string;
  /** `uid`, `uid:gid`, or names of the image's /etc/passwd. */
  readonly user?: string;
  readonly stopSignal?: string;
  /** Such as `8080/tcp`. */
  readonly exposedPorts?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** A whole image for one machine. */
export interface OciImage {
  readonly manifest: OciDescriptor;
  readonly config: OciDescriptor;
  readonly layers: readonly OciDescriptor[];
  /** All of the above by digest. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

export interface ImageParts {
  readonly architecture: Architecture;
  /** Uncompressed tar archives, lowest first. */
  readonly layers: readonly Uint8Array[];
  readonly run: ImageRunConfig;
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The same parts give the same digests: no times go in. */
export function buildImage({ architecture, layers, run }: ImageParts): OciImage {
  const blobs = new Map<string, Uint8Array>();
  const stored = (mediaType: string, bytes: Uint8Array): OciDescriptor => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const json = (value: object) => Buffer.from(JSON.stringify(value));
  const layerDescriptors = layers.map((layer) => stored(MEDIA.layer, layer));
  const config = stored(
    MEDIA.config,
    json({
      architecture,
      os: "linux",
      config: runConfig(run),
      // Not compressed, so that a layer's digest is its diff id too.
      rootfs: { type: "layers", diff_ids: layerDescriptors.map((layer) => layer.digest) },
      history: layerDescriptors.map(() => ({ created_by: "kaji" })),
    }),
  );
  const manifest: OciManifest = { schemaVersion: 2, mediaType: MEDIA.manifest, config, layers: layerDescriptors };
  return { manifest: stored(MEDIA.manifest, json(manifest)), config, layers: layerDescriptors, blobs };
}

/** OCI's names for the fields; absent ones are left out. */
function runConfig(run: ImageRunConfig): object {
  return {
    ...(run.user !== undefined && { User: run.user }),
    ...(run.exposedPorts && { ExposedPorts: Object.fromEntries(run.exposedPorts.map((port) => [port, {}])) }),
    ...(run.env && { Env: run.env }),
    ...(run.entrypoint && { Entrypoint: run.entrypoint }),
    ...(run.cmd && { Cmd: run.cmd }),
    ...(run.workingDir !== undefined && { WorkingDir: run.workingDir }),
    ...(run.labels && { Labels: run.labels }),
    ...(run.stopSignal !== undefined && { StopSignal: run.stopSignal }),
  };
}

/** What stands at one path of a layer. Paths are relative, without `./`; folders come before what is in them. */
export type LayerEntry =
  | { readonly path: string; readonly mode: number; readonly file: Uint8Array | string }
  | { readonly path: string; readonly mode: number }
  | { readonly path: string; readonly linkTo: string };

/** A layer as a tar archive, owned by root, with times at zero. Without `file` or `linkTo` an entry is a folder. */
export async function layerOf(entries: readonly LayerEntry[]): Promise<Uint8Array> {
  const mtime = new Date(0);
  return packTar(
    entries.map((entry): TarEntry => {
      if ("linkTo" in entry) {
        return { header: { name: entry.path, type: "symlink", linkname: entry.linkTo, size: 0, mode: 0o777, mtime } };
      }
      if (!("file" in entry)) {
        return { header: { name: `${entry.path}/`, type: "directory", size: 0, mode: entry.mode, mtime } };
      }
      const body = Buffer.from(entry.file);
      return { header: { name: entry.path, type: "file", size: body.length, mode: entry.mode, mtime }, body };
    }),
  );
}

/** An OCI layout with the image's name, as a tar: `kaji image load` and `ctr image import` take it. */
export async function layoutArchive(image: OciImage, name: string): Promise<Uint8Array> {
  const annotations = {
    "io.containerd.image.name": name,
    "org.opencontainers.image.ref.name": name.replace(/^.*:/, ""),
  };
  const index: OciIndex = {
    schemaVersion: 2,
    mediaType: MEDIA.index,
    manifests: [{ ...image.manifest, annotations }],
  };
  const blobs = [...image.blobs].map(([digest, file]): LayerEntry => {
    return { path: `blobs/${digest.replace(":", "/")}`, mode: 0o444, file };
  });
  return layerOf([
    { path: "oci-layout", mode: 0o444, file: JSON.stringify({ imageLayoutVersion: "1.0.0" }) },
    { path: "index.json", mode: 0o444, file: JSON.stringify(index) },
    { path: "blobs", mode: 0o755 },
    { path: "blobs/sha256", mode: 0o755 },
    ...blobs,
  ]);
}
