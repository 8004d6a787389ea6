// The tmpfs of a node on which all its pods' secret files lie: one mount for all of them, because a mount for each
// volume costs a process each time. It refuses to hold emptyDirs: those have sizes of their own.
import { mkdir, readFile, rm, symlink } from "node:fs/promises";
import { dirname } from "node:path";
import { run } from "../network/host.ts";

/** Mount points at or below a folder, deepest first. */
export async function mountsBelow(folder: string): Promise<string[]> {
  const lines = (await readFile("/proc/self/mounts", "utf8")).split("\n");
  return lines
    .map((line) =>
      (line.split(" ")[1] ?? "").replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(parseInt(code, 8))),
    )
    .filter((place) => place === folder || place.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}

/** Mounts a tmpfs, kept out of the swap where the kernel can. */
export async function mountMemory(place: string, options: readonly string[]): Promise<void> {
  const mount = (more: readonly string[]) =>
    run("mount", ["-t", "tmpfs", "-o", [...options, ...more].join(","), "tmpfs", place]);
  try {
    await mount(["noswap"]);
  } catch {
    await mount([]); // Older kernels do not know the option; if that was not it, this fails as well and says why.
  }
}

/** Answers a function that makes sure, once, that the folder is a tmpfs which only root may enter. */
export function memoryKeeper(folder: string): () => Promise<void> {
  let made: Promise<void> | undefined;
  const make = async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (!(await mountsBelow(folder)).includes(folder)) await mountMemory(folder, ["mode=0700"]);
  };
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** Makes the volume's usual place a link to where it is kept. A folder that stands there is replaced. */
export async function linkToMemory(place: string, target: string): Promise<void> {
  await mkdir(dirname(place), { recursive: true, mode: 0o750 });
  try {
    await symlink(target, place);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    await rm(place, { recursive: true, force: true });
    await symlink(target, place);
  }
}
