// Files of a volume that change all at once: each version in a folder of its own, `..data` pointing to the present one, and every
// file a link through it (as upstream's). A reader sees the old set or the new one. It refuses paths that leave the volume.
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join, normalize } from "node:path";

export interface PayloadFile {
  readonly bytes: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
  /** Who owns it; root when left out. */
  readonly uid?: number | undefined;
}

/** Path within the volume → file. */
export type Payload = ReadonlyMap<string, PayloadFile>;

export interface WriteOptions {
  /** The group of all files, which may read them. */
  readonly fsGroup?: number | undefined;
  /** Makes the name of a new version's folder. */
  readonly stamp: () => string;
}

const DATA = "..data";

/** Brings the folder to hold just `payload`. Does nothing when it does already. */
export async function writePayload(folder: string, payload: Payload, { fsGroup, stamp }: WriteOptions): Promise<void> {
  for (const path of payload.keys()) {
    if (path.startsWith("/") || normalize(path).split("/").includes(".."))
      throw new Error(`${path} leads out of the volume`);
  }
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const current = await linkTarget(join(folder, DATA));
  // The links too: whoever wrote the version may not have got that far.
  if (current !== undefined && (await isSame(join(folder, current), payload, fsGroup)))
    return linkEntries(folder, payload);
  const version = `..${stamp()}`;
  try {
    await fill(join(folder, version), payload, fsGroup);
    await replaceLink(version, join(folder, DATA));
  } catch (error) {
    // On a full disk what was begun would take the room that the next attempt needs.
    await rm(join(folder, version), { recursive: true, force: true });
    throw error;
  }
  await linkEntries(folder, payload);
  if (fsGroup !== undefined) {
    await chown(folder, 0, fsGroup);
    await chmod(folder, 0o2777);
  } else await chmod(folder, 0o777);
  for (const entry of await readdir(folder)) {
    if (entry.startsWith("..") && entry !== DATA && entry !== version)
      await rm(join(folder, entry), { recursive: true, force: true });
  }
}

async function fill(folder: string, payload: Payload, fsGroup: number | undefined): Promise<void> {
  await mkdir(folder, { mode: 0o755 });
  if (fsGroup !== undefined) {
    await chown(folder, 0, fsGroup);
    await chmod(folder, 0o2755);
  }
  for (const [path, file] of payload) {
    const place = join(folder, path);
    await mkdir(dirname(place), { recursive: true, mode: 0o755 });
    await writeFile(place, file.bytes);
    await chmod(place, modeOf(file, fsGroup));
    if (fsGroup !== undefined || file.uid !== undefined) await chown(place, file.uid ?? 0, fsGroup ?? 0);
  }
}

/** With a group, the group may read what its owner may read. */
const modeOf = (file: PayloadFile, fsGroup: number | undefined) =>
  fsGroup === undefined ? file.mode : file.mode | ((file.mode & 0o400) >> 3);

async function isSame(folder: string, payload: Payload, fsGroup: number | undefined): Promise<boolean> {
  const there = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((e) => e.isFile());
  if (there.length !== payload.size) return false;
  for (const [path, file] of payload) {
    try {
      const place = join(folder, path);
      if (!Buffer.from(file.bytes).equals(await readFile(place))) return false;
      if (((await lstat(place)).mode & 0o777) !== modeOf(file, fsGroup)) return false;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw error;
    }
  }
  return true;
}

/** One link for the first part of each path; links of what is no longer there go. */
async function linkEntries(folder: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => path.split("/")[0]!));
  for (const entry of await readdir(folder))
    if (!entry.startsWith("..") && !wanted.has(entry)) await rm(join(folder, entry), { recursive: true, force: true });
  for (const entry of wanted)
    if ((await linkTarget(join(folder, entry))) === undefined)
      await replaceLink(join(DATA, entry), join(folder, entry));
}

async function replaceLink(target: string, path: string): Promise<void> {
  const fresh = `${path}.new`;
  await rm(fresh, { force: true });
  await symlink(target, fresh);
  await rename(fresh, path);
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (["ENOENT", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
