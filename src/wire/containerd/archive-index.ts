// What an image archive says about its images: an OCI layout's index.json, or the manifest.json of `docker save`.
// Pure functions over the small files of the archive. It refuses to read archives (import-archive.ts does).
import { MEDIA, digestOf } from "./oci-image.ts";
import type { OciDescriptor, OciIndex, OciManifest } from "./oci-image.ts";
import type { Architecture } from "./pause-program.ts";

/** An archive that holds no image that could be imported. */
export class ImageArchiveError extends Error {
  override name = "ImageArchiveError";
}

/** What was seen while the archive went by. Paths are without `./`. */
export interface ArchiveFiles {
  /** Files of at most {@link MAX_SMALL} bytes that may be JSON. */
  readonly small: ReadonlyMap<string, Buffer>;
  /** Layers and blobs, which are stored already. */
  readonly stored: ReadonlyMap<string, { readonly digest: string; readonly size: number }>;
  /** Symbolic and hard links: old `docker save` shares layers so. */
  readonly links: ReadonlyMap<string, string>;
}

export const MAX_SMALL = 4 << 20;

/** An image of the archive that fits the machine. */
export interface ArchivedImage {
  /** As the archive has them, perhaps not qualified; perhaps none. */
  readonly names: readonly string[];
  readonly descriptor: OciDescriptor;
  readonly manifest: OciManifest;
  /** The manifest's bytes. */
  readonly bytes: Buffer;
  /** The configuration, where it is not among the stored blobs. */
  readonly configBytes?: Buffer;
}

interface DockerEntry {
  readonly Config?: unknown;
  readonly RepoTags?: unknown;
  readonly Layers?: unknown;
}

/** All images for `architecture`. Throws {@link ImageArchiveError} when there is none, or something is missing. */
export function imagesOf(files: ArchiveFiles, architecture: Architecture): ArchivedImage[] {
  const images = files.small.has("index.json") ? layoutImages(files, architecture) : dockerImages(files);
  const fitting = images.filter((image) => (architectureOf(files, image) ?? architecture) === architecture);
  if (fitting.length > 0) return fitting;
  const [other] = images.flatMap((image) => architectureOf(files, image) ?? []);
  const instead = other === undefined ? "" : `: it is for ${other}`;
  throw new ImageArchiveError(`the archive has no image for linux/${architecture}${instead}`);
}

/** What the configuration says; undefined where it says nothing, or is too large to have been kept. */
function architectureOf(files: ArchiveFiles, image: ArchivedImage): string | undefined {
  const path = blobPath(image.manifest.config.digest);
  const bytes = image.configBytes ?? files.small.get(path);
  if (bytes === undefined) return undefined;
  const { architecture } = parse({ ...files, small: new Map([[path, bytes]]) }, path) as { architecture?: unknown };
  return typeof architecture === "string" && architecture !== "" ? architecture : undefined;
}

function parse(files: ArchiveFiles, path: string): unknown {
  const bytes = files.small.get(path);
  if (bytes === undefined) throw new ImageArchiveError(`the archive lacks ${path}`);
  try {
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch (error) {
    throw new ImageArchiveError(`${path} is no JSON`, { cause: error });
  }
}

function blobPath(digest: string): string {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new ImageArchiveError(`bad digest ${JSON.stringify(digest)}`);
  return `blobs/${digest.replace(":", "/")}`;
}

function isIndex(mediaType: string): boolean {
  return mediaType === MEDIA.index || mediaType === MEDIA.dockerList;
}

function isManifest(mediaType: string): boolean {
  return mediaType === MEDIA.manifest || mediaType === MEDIA.dockerManifest;
}

const objects = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "object" && item !== null) : [];

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];

function isDescriptor(value: unknown): value is OciDescriptor {
  const { mediaType, digest, size } = (value ?? {}) as Record<string, unknown>;
  return typeof mediaType === "string" && typeof digest === "string" && Number.isSafeInteger(size);
}

/** Manifests for the machine below an index, with the names that were said on the way. */
function* manifestsBelow(
  files: ArchiveFiles,
  path: string,
  names: readonly string[],
  architecture: Architecture,
  depth = 0,
): Generator<{ names: readonly string[]; descriptor: OciDescriptor }> {
  if (depth > 4) throw new ImageArchiveError("indexes are nested too deep");
  const index = parse(files, path) as Partial<OciIndex> | null;
  for (const descriptor of (objects(index?.manifests) as unknown[]).filter(isDescriptor)) {
    const own = namesOf(descriptor.annotations);
    const known = own.length > 0 ? own : names;
    const platform = descriptor.platform;
    const present = files.small.has(blobPath(descriptor.digest));
    if (isIndex(descriptor.mediaType)) {
      if (present) yield* manifestsBelow(files, blobPath(descriptor.digest), known, architecture, depth + 1);
    } else if (isManifest(descriptor.mediaType)) {
      const fits = !platform || (platform.os === "linux" && platform.architecture === architecture);
      // An index lists machines whose images the archive leaves out; attestations have an unknown platform.
      if (fits && (present || depth === 0)) yield { names: known, descriptor };
    }
  }
}

/** containerd's own annotation has the whole name; OCI's often only a tag, which names nothing. */
function namesOf(annotations: Readonly<Record<string, unknown>> | undefined): string[] {
  const full = annotations?.["io.containerd.image.name"];
  if (typeof full === "string") return [full];
  const reference = annotations?.["org.opencontainers.image.ref.name"];
  return typeof reference === "string" && /[/:]/.test(reference) ? [reference] : [];
}

function layoutImages(files: ArchiveFiles, architecture: Architecture): ArchivedImage[] {
  const tags = files.small.has("manifest.json") ? dockerTags(files) : new Map<string, string[]>();
  const images = new Map<string, ArchivedImage>();
  for (const { names, descriptor } of manifestsBelow(files, "index.json", [], architecture)) {
    const path = blobPath(descriptor.digest);
    const manifest = parse(files, path) as OciManifest;
    if (!isDescriptor(manifest?.config) || !Array.isArray(manifest.layers) || !manifest.layers.every(isDescriptor)) {
      throw new ImageArchiveError(`${path} is no image manifest`);
    }
    for (const part of [manifest.config, ...manifest.layers]) {
      if (!files.stored.has(blobPath(part.digest))) throw new ImageArchiveError(`the archive lacks ${part.digest}`);
    }
    const before = images.get(descriptor.digest)?.names ?? [];
    const all = new Set([...before, ...names, ...(tags.get(manifest.config.digest) ?? [])]);
    images.set(descriptor.digest, { names: [...all], descriptor, manifest, bytes: files.small.get(path)! });
  }
  return [...images.values()];
}

/** Names by the digest of the configuration, from the manifest.json that `docker save` puts beside an index. */
function dockerTags(files: ArchiveFiles): Map<string, string[]> {
  const tags = new Map<string, string[]>();
  for (const entry of objects(parse(files, "manifest.json")) as DockerEntry[]) {
    const config = typeof entry.Config === "string" ? /^blobs\/sha256\/([0-9a-f]{64})$/.exec(entry.Config) : null;
    if (config) tags.set(`sha256:${config[1]}`, texts(entry.RepoTags));
  }
  return tags;
}

/** `docker save` before it wrote layouts: a manifest is made out of its list of files. */
function dockerImages(files: ArchiveFiles): ArchivedImage[] {
  return (objects(parse(files, "manifest.json")) as DockerEntry[]).map((entry) => {
    const path = String(entry.Config);
    const configBytes = files.small.get(path);
    if (configBytes === undefined) throw new ImageArchiveError(`the archive lacks ${path}`);
    const config = { mediaType: MEDIA.dockerConfig, digest: digestOf(configBytes), size: configBytes.length };
    const layers = texts(entry.Layers).map((layer): OciDescriptor => {
      const stored = files.stored.get(layer) ?? files.stored.get(files.links.get(layer) ?? "");
      if (stored === undefined) throw new ImageArchiveError(`the archive lacks ${layer}`);
      // Docker's layer type says nothing about compression: it is found out when the layer is unpacked.
      return { mediaType: MEDIA.dockerLayer, ...stored };
    });
    const manifest: OciManifest = { schemaVersion: 2, mediaType: MEDIA.dockerManifest, config, layers };
    const bytes = Buffer.from(JSON.stringify(manifest));
    const descriptor = { mediaType: MEDIA.dockerManifest, digest: digestOf(bytes), size: bytes.length };
    return { names: texts(entry.RepoTags), descriptor, manifest, bytes, configBytes };
  });
}
