// Who waits for keys, and for how long.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../base/clock.ts";
import { writeNote } from "../base/processes.ts";
import { DataFolder } from "./data-folder.ts";
import { beginKeys, keysMade } from "./keys-note.ts";

test("who needs keys waits until they are made, and not for a process that has ended", async () => {
  const folder = new DataFolder(await mkdtemp(join(tmpdir(), "kaji-keys-")));
  try {
    await folder.prepare();
    await keysMade(folder, systemClock);
    const end = await beginKeys(folder);
    let made = false;
    const waiting = keysMade(folder, systemClock).then(() => assert.ok(made));
    await systemClock.sleep(30);
    made = true;
    await end();
    await waiting;
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"]);
    await writeNote(folder.note("keys"), child.pid!, {});
    child.kill("SIGKILL");
    await once(child, "exit");
    await keysMade(folder, systemClock);
  } finally {
    await rm(folder.dir, { recursive: true });
  }
});
