// The clusters that began on this machine, so that two that begin at once, or one beside a stopped one, choose different
// addresses and ports. It refuses to know more of them than where their data lies.
import { mkdir, readdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { isRunning, readNote, writeNote } from "../base/processes.ts";
import { writeWhole } from "../base/whole-file.ts";
import { CommandFailed, EXIT } from "../cli/exit.ts";
import { DataFolder } from "./data-folder.ts";
import type { ClusterSettings } from "./data-folder.ts";

export interface Neighbour {
  readonly settings: ClusterSettings;
  /** It has just chosen its ports, and may not listen yet. */
  readonly begins: boolean;
}

const uid = process.getuid?.() ?? 0;
const STANDARD = uid === 0 ? "/run/kaji/clusters" : join(tmpdir(), `kaji-${uid}`, "clusters");
/** How long a cluster may take from its settings to its ports. */
const BEGINS_MS = 120_000;
const LOCK_WAIT_MS = 30_000;
const LOOK_MS = 50;

/** The list: one file for each cluster, named by its id, with the path of its data. */
export class Neighbours {
  readonly #clock: Clock;
  readonly #folder: string;

  constructor(clock: Clock, folder = STANDARD) {
    this.#clock = clock;
    this.#folder = folder;
  }

  /** Runs `choose` while nobody else on this machine does. Throws CommandFailed when somebody does not come to an end. */
  async alone<T>(choose: () => Promise<T>): Promise<T> {
    await mkdir(this.#folder, { recursive: true, mode: 0o755 });
    const lock = join(this.#folder, ".lock");
    const note = join(lock, "owner.json");
    const until = this.#clock.monotonic() + LOCK_WAIT_MS;
    while (!(await made(lock))) {
      const owner = await readNote(note);
      // Who was killed between making the folder and saying so is given a moment.
      const left = owner === undefined ? await isOld(lock, this.#clock) : !isRunning(owner);
      if (left) await rm(lock, { recursive: true, force: true });
      else if (this.#clock.monotonic() > until)
        throw new CommandFailed(`another start of a cluster holds ${lock}; remove it if there is none`, EXIT.conflict);
      else await this.#clock.sleep(LOOK_MS);
    }
    try {
      await writeNote(note, process.pid, {});
      return await choose();
    } finally {
      await rm(lock, { recursive: true, force: true });
    }
  }

  async add(id: string, folder: DataFolder): Promise<void> {
    await writeWhole(join(this.#folder, id), folder.dir);
  }

  /** Also takes the list away when it was the last one. */
  async forget(id: string): Promise<void> {
    await rm(join(this.#folder, id), { force: true });
    await rmdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT" && error.code !== "ENOTEMPTY") throw error;
    });
  }

  /** Those whose data is still there; the others are forgotten. */
  async all(): Promise<readonly Neighbour[]> {
    const found: Neighbour[] = [];
    for (const id of await readdir(this.#folder).catch(() => [])) {
      if (id.startsWith(".")) continue;
      const neighbour = await this.#read(id);
      if (neighbour === undefined) await rm(join(this.#folder, id), { force: true });
      else found.push(neighbour);
    }
    return found;
  }

  async #read(id: string): Promise<Neighbour | undefined> {
    const folder = new DataFolder((await readFile(join(this.#folder, id), "utf8")).trim());
    try {
      const settings = await folder.settings();
      if (settings?.id !== id) return undefined;
      const { mtimeMs } = await stat(folder.settingsFile);
      return { settings, begins: this.#clock.now() - mtimeMs < BEGINS_MS };
    } catch (error) {
      // Damaged, of another version, or gone meanwhile: it is nobody's business here.
      if (error instanceof CommandFailed || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }
}

async function made(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Whether a lock that nobody signed has stood for longer than signing takes. */
async function isOld(lock: string, clock: Clock): Promise<boolean> {
  const { mtimeMs } = await stat(lock).catch(() => ({ mtimeMs: clock.now() }));
  return clock.now() - mtimeMs > 2000;
}
