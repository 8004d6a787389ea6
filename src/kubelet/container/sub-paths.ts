// A place below a volume, held open: looked for with the links that a container may have left, then entered part by part
// following none, so that whoever swaps a part for a link meanwhile leads nobody out. It refuses what lies outside.
//
// Node has no openat: a name below `/proc/self/fd/N` is found from the open folder itself, whatever its path is by now.
import { constants } from "node:fs";
import type { Stats } from "node:fs";
import { chmod, mkdir, open, readFile, realpath, rmdir, stat, unlink, writeFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

/** A link of the volume that leads out of it, or that came while it was looked for. */
export class Escaped extends Error {
  override readonly name = "Escaped";
}

/** To name a file without opening what it is (a fifo would wait); not among Node's constants, the same on all of Linux. */
const O_PATH = 0o10000000;
/** Of a link, this opens the link itself. */
const NO_LINK = O_PATH | constants.O_NOFOLLOW;

const openAt = (folder: FileHandle, name: string): Promise<FileHandle> =>
  open(`/proc/self/fd/${folder.fd}/${name}`, NO_LINK);

/**
 * Opens what `parts` lead to below `base`, links followed as long as they stay in the volume. As upstream: what is not there
 * yet becomes a folder with the mode of the volume's own. Throws {@link Escaped}.
 */
export async function openInside(base: string, parts: readonly string[]): Promise<FileHandle> {
  const root = await realpath(base);
  for (let made = 0; ; made++) {
    const { found, missing } = await deepest(root, parts);
    if (missing.length === 0) return enter(root, found);
    // Somebody who takes away what was made would keep this busy for ever.
    if (made > parts.length) throw new Escaped(join(root, ...parts));
    await make(root, found, missing[0]!);
  }
}

/** Of a file that is there, its text; links are followed within the volume. Throws {@link Escaped}. */
export async function readInside(base: string, parts: readonly string[], mostBytes: number): Promise<string> {
  const root = await realpath(base);
  const { found, missing } = await deepest(root, parts);
  if (missing.length > 0) throw new Error(`${missing[0]} is not there`);
  await using place = await enter(root, found);
  const { size } = await place.stat().then((stats) => (stats.isFile() ? stats : { size: Infinity }));
  if (size > mostBytes) throw new Error("it is no file, or too large");
  // Awaited here: the place is closed on return.
  return await readFile(`/proc/self/fd/${place.fd}`, "utf8");
}

interface Deepest {
  /** The parts below the root that are there, links resolved. */
  readonly found: readonly string[];
  readonly missing: readonly string[];
}

async function deepest(root: string, parts: readonly string[]): Promise<Deepest> {
  let place = root;
  for (const [i, part] of parts.entries()) {
    const next = await realpath(join(place, part)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return undefined;
    });
    if (next === undefined) return { found: below(root, place), missing: parts.slice(i) };
    if (next !== root && !next.startsWith(root + sep)) throw new Escaped(next);
    place = next;
  }
  return { found: below(root, place), missing: [] };
}

const below = (root: string, place: string): readonly string[] => relative(root, place).split(sep).filter(Boolean);

/** From the root, part by part; a link on the way was not there before. */
export async function enter(root: string, parts: readonly string[]): Promise<FileHandle> {
  let place = await open(root, NO_LINK | constants.O_DIRECTORY);
  for (const part of parts) {
    const before = place;
    try {
      place = await openAt(before, part);
    } finally {
      await before.close();
    }
    if (!(await place.stat()).isSymbolicLink()) continue;
    await place.close();
    throw new Escaped(join(root, ...parts));
  }
  return place;
}

/** One folder more; one that is there by now is looked at again. */
async function make(root: string, found: readonly string[], name: string): Promise<void> {
  const parent = await enter(root, found);
  try {
    const { mode } = await stat(root);
    await mkdir(`/proc/self/fd/${parent.fd}/${name}`);
    const fresh = await openAt(parent, name);
    try {
      // Of a link it would be the link's target that is changed.
      if ((await fresh.stat()).isDirectory()) await chmod(`/proc/self/fd/${fresh.fd}`, mode & 0o7777);
    } finally {
      await fresh.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // What is there and leads nowhere is a link, and may lead out.
    const other = await openAt(parent, name);
    const isLink = (await other.stat().finally(() => other.close())).isSymbolicLink();
    if (isLink) throw new Escaped(join(root, ...found, name));
  } finally {
    await parent.close();
  }
}

export interface Mounter {
  /** Makes `target` show what `source` is: a name of this process' open file, to be taken as it stands. */
  bind(source: string, target: string): Promise<void>;
  unmount(target: string): Promise<void>;
  isMounted(target: string): Promise<boolean>;
}

/** Shows the open place at `target`, which is made; whatever was shown there before goes. */
export async function bindAt(place: FileHandle, target: string, mounter: Mounter): Promise<void> {
  if (await mounter.isMounted(target)) await mounter.unmount(target);
  const wanted = await place.stat();
  await makeTarget(target, wanted.isDirectory());
  await mounter.bind(`/proc/${process.pid}/fd/${place.fd}`, target);
  const shown = await stat(target);
  if (shown.ino === wanted.ino && shown.dev === wanted.dev) return;
  await mounter.unmount(target);
  throw new Escaped(target);
}

/** An empty folder or file to mount on. What stood there is removed only if it is empty itself: it must never be a volume. */
async function makeTarget(target: string, isFolder: boolean): Promise<void> {
  const was = await statOf(target);
  if (was !== undefined && was.isDirectory() !== isFolder) await (was.isDirectory() ? rmdir(target) : unlink(target));
  await mkdir(isFolder ? target : dirname(target), { recursive: true, mode: 0o750 });
  if (!isFolder) await writeFile(target, "");
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (!["ENOENT", "ENOTDIR", "ELOOP"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return undefined;
  }
}

/** Whatever its links lead to. */
export const exists = async (path: string): Promise<boolean> => (await statOf(path)) !== undefined;
