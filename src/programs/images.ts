// `kaji image load` and `kaji image ls`: images of the nodes of a cluster on this machine, through their private containerd.
// It refuses foreign runtimes and simulated nodes: there is nothing to load into.
import { createReadStream, existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { systemClock } from "../base/clock.ts";
import { keepAlive } from "../base/processes.ts";
import { nameSuffix, systemRandom } from "../base/random.ts";
import type { DataOption } from "../cli/command-line.ts";
import { CommandFailed, EXIT } from "../cli/exit.ts";
import { normalizeImage } from "../kubelet/images/name.ts";
import { containerdSocket } from "../kubelet/runtime/containerd-process.ts";
import { ImageArchiveError } from "../wire/containerd/archive-index.ts";
import type { ImportedImage } from "../wire/containerd/import-archive.ts";
import { importArchive } from "../wire/containerd/import-archive.ts";
import { ImageService } from "../wire/cri/service.ts";
import type { GrpcConnection } from "../wire/grpc/client.ts";
import { connectGrpc } from "../wire/grpc/client.ts";
import { DataFolder } from "./data-folder.ts";
import { nodePlace } from "./node-place.ts";

/** A node and its runtime. */
interface NodeRuntime {
  readonly node: string;
  readonly connection: GrpcConnection;
}

/** What `image ls -o json` prints, one for each image of each node. */
interface ListedImage {
  readonly node: string;
  readonly names: readonly string[];
  /** `sha256:…` of the configuration, as the runtime knows the image. */
  readonly id: string;
  /** Bytes on the node. */
  readonly size: number;
}

/** Loads each archive into each node; ends at the first that fails, having told what was loaded. */
export async function imageLoad(files: readonly string[], options: DataOption): Promise<number> {
  for (const file of files) await readable(file);
  return withRuntimes(options, async (runtimes) => {
    for (const file of files) {
      for (const { node, connection } of runtimes) {
        for (const { names } of await load(connection, file))
          process.stdout.write(`${names.join(", ")} is on ${node}\n`);
      }
    }
    return EXIT.ok;
  });
}

/** All images of all nodes, by name. */
export async function imageList(options: DataOption & { readonly output?: "json" }): Promise<number> {
  return withRuntimes(options, async (runtimes) => {
    const lists = await Promise.all(runtimes.map(({ node, connection }) => imagesOn(node, connection)));
    const images = lists.flat();
    process.stdout.write(options.output === "json" ? `${JSON.stringify(images)}\n` : table(images));
    return EXIT.ok;
  });
}

async function readable(file: string): Promise<void> {
  try {
    if ((await stat(file)).isFile()) return;
  } catch (cause) {
    throw new CommandFailed(`${file} cannot be read: ${(cause as Error).message}`, EXIT.usage, { cause });
  }
  throw new CommandFailed(`${file} is no file`, EXIT.usage);
}

/** Connections to the nodes' runtimes while `use` runs. Throws CommandFailed where there is none to connect to. */
async function withRuntimes(
  options: DataOption,
  use: (runtimes: readonly NodeRuntime[]) => Promise<number>,
): Promise<number> {
  const release = keepAlive();
  const runtimes: NodeRuntime[] = [];
  try {
    const folder = new DataFolder(options.data);
    const settings = await folder.settings();
    if (!settings)
      throw new CommandFailed(
        `no cluster in ${folder.dir}; start one with: kaji up --data ${folder.dir}`,
        EXIT.conflict,
      );
    const real = settings.nodes.filter((node) => !node.simulated);
    if (real.length === 0)
      throw new CommandFailed("the nodes are simulated: they run no containers and hold no images", EXIT.unavailable);
    for (const { name } of real) {
      const socket = containerdSocket(nodePlace(folder, settings.id, name).run);
      if (!existsSync(socket))
        throw new CommandFailed(
          `node ${name} does not run; start it with: kaji up --data ${folder.dir}`,
          EXIT.conflict,
        );
      runtimes.push({ node: name, connection: connectGrpc({ address: `unix://${socket}`, clock: systemClock }) });
    }
    return await use(runtimes);
  } finally {
    for (const { connection } of runtimes) connection.close();
    release();
  }
}

/** One archive into one runtime. What is wrong with the archive becomes a message that names it. */
export async function load(connection: GrpcConnection, file: string): Promise<readonly ImportedImage[]> {
  const archive = Readable.toWeb(createReadStream(file, { highWaterMark: 1 << 20 })) as ReadableStream<Uint8Array>;
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  try {
    const id = nameSuffix(systemRandom, 8);
    // No registry has it: what was loaded by hand cannot be had again when the disk is full.
    return await importArchive(connection, archive, { architecture, qualify, id, pinned: true });
  } catch (cause) {
    if (cause instanceof ImageArchiveError)
      throw new CommandFailed(`${file}: ${cause.message}`, EXIT.failed, { cause });
    throw cause;
  }
}

/** The whole name, as containers ask for it: `web` → `docker.io/library/web:latest`. */
export function qualify(text: string): string {
  const normal = normalizeImage(text);
  if ("fault" in normal) throw new ImageArchiveError(`${JSON.stringify(text)} names no image: ${normal.fault}`);
  const [first = "", ...rest] = normal.image.split("/");
  if (rest.length === 0) return `docker.io/library/${first}`;
  return /[.:]/.test(first) || first === "localhost" ? normal.image : `docker.io/${normal.image}`;
}

async function imagesOn(node: string, connection: GrpcConnection): Promise<ListedImage[]> {
  const { images } = await connection.client(ImageService).listImages({});
  const listed = images.map(({ id, repoTags, repoDigests, size }): ListedImage => {
    return { node, names: repoTags.length > 0 ? repoTags : repoDigests, id, size: Number(size) };
  });
  return listed.sort((a, b) => ((a.names[0] ?? a.id) < (b.names[0] ?? b.id) ? -1 : 1));
}

function table(images: readonly ListedImage[]): string {
  const rows = images.flatMap(({ node, names, id, size }) =>
    (names.length > 0 ? names : ["<none>"]).map((name) => [
      name,
      id.replace("sha256:", "").slice(0, 12),
      megabytes(size),
      node,
    ]),
  );
  const all = [["IMAGE", "ID", "SIZE", "NODE"], ...rows];
  const widths = all[0]!.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join("   ")
          .trimEnd()}\n`,
    )
    .join("");
}

const megabytes = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
