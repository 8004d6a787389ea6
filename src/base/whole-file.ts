// Files that are never seen half written. It refuses to merge: the last writer wins.
import { rename, writeFile } from "node:fs/promises";

/** Writes a file so that a reader sees the old text or the new, never a part. */
export async function writeWhole(path: string, text: string, mode = 0o600): Promise<void> {
  await writeFile(`${path}.new`, text, { mode, flush: true });
  await rename(`${path}.new`, path);
}
