// Who is making a cluster's keys at the moment: `up` starts the control plane before it makes them, so that one loads while the
// other computes, and the control plane waits here. It refuses to wait for a process that has ended: what is missing is then
// made by whoever needs it.
import { rm } from "node:fs/promises";
import type { Clock } from "../base/clock.ts";
import { readNote, waitAlive, writeNote } from "../base/processes.ts";
import type { DataFolder } from "./data-folder.ts";

const NAME = "keys";
/** Between two looks. Keys take a tenth of a second. */
const LOOK_MS = 4;

/** From here to the end of the returned function others wait with {@link keysMade}. */
export async function beginKeys(folder: DataFolder): Promise<() => Promise<void>> {
  await writeNote(folder.note(NAME), process.pid, {});
  return () => rm(folder.note(NAME), { force: true });
}

/** Resolves when nobody is making keys. */
export async function keysMade(folder: DataFolder, clock: Clock): Promise<void> {
  while ((await readNote(folder.note(NAME))) !== undefined) await waitAlive(clock, LOOK_MS);
}
