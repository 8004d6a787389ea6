// A node and an API server on a disk that fills up: it is said clearly, nothing half written is seen, nothing that was
// acknowledged is lost, and all goes on when there is room.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { NodeSaid, ServerSaid } from "./full-disk-child.ts";

const skip = process.getuid?.() !== 0 || spawnSync("unshare", ["-m", "true"]).status !== 0;
const CHILD = join(import.meta.dirname, "full-disk-child.ts");
const SCRIPT = 'mount -t tmpfs -o "size=$1" tmpfs "$2" && exec "$3" "$4" "$5" "$2"';

/** Runs the child with a disk of its own, which goes with it. */
async function onSmallDisk(size: string, what: "node" | "server"): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "kaji-full-"));
  try {
    const words = ["-m", "sh", "-c", SCRIPT, "sh", size, folder, process.execPath, CHILD, what];
    return JSON.parse((await promisify(execFile)("unshare", words, { timeout: 120_000 })).stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test(
  "a node's full disk: FailedMount says why, what was mounted stays whole, later it is made up for",
  { skip },
  async () => {
    const said = (await onSmallDisk("2m", "node")) as NodeSaid;
    assert.equal(said.atFirst, "1");
    assert.ok(said.events.length >= 2);
    for (const event of said.events)
      assert.match(event, /^FailedMount MountVolume\.SetUp failed for volume "v" : ENOSPC: no space left on device/);
    assert.deepEqual([said.whileFull, said.versionsWhileFull], ["1", 1]);
    assert.deepEqual(said.newcomer, { phase: "Pending", entries: [] });
    assert.equal(said.afterwards, "2");
  },
);

test(
  "an API server's full disk: writes are refused with a Status, what was acknowledged is there",
  { skip },
  async () => {
    const said = (await onSmallDisk("6m", "server")) as ServerSaid;
    assert.ok(said.kept > 10, `${said.kept} were kept`);
    for (const refusal of said.refusals)
      assert.deepEqual(refusal, {
        code: 500,
        reason: "InternalError",
        message: (refusal as { message: string }).message,
      });
    assert.match(JSON.stringify(said.refusals[0]), /full/);
    assert.deepEqual([said.readable, said.afterwards, said.reopened], [said.kept, said.kept + 1, said.kept + 1]);
  },
);
