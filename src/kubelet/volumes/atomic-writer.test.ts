// Versions of a volume's files: all of one or all of the next, and nothing left of what failed.
import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writePayload } from "./atomic-writer.ts";
import type { Payload } from "./atomic-writer.ts";

let version = 0;
const stamp = () => `version-${++version}`;
const payload = (files: Readonly<Record<string, string>>, mode = 0o644): Payload =>
  new Map(Object.entries(files).map(([path, text]) => [path, { bytes: Buffer.from(text), mode }]));

test("files, folders and links of one version; the same payload again changes nothing", async (t) => {
  const folder = join(await mkdtemp(join(tmpdir(), "kaji-writer-")), "v");
  t.after(() => rm(join(folder, ".."), { recursive: true }));
  const write = (files: Readonly<Record<string, string>>, mode?: number) =>
    writePayload(folder, payload(files, mode), { stamp });
  await write({ a: "1", "dir/b": "2" });
  assert.equal(await readFile(join(folder, "dir/b"), "utf8"), "2");
  assert.equal(await readlink(join(folder, "a")), "..data/a");
  const first = await readlink(join(folder, "..data"));
  await write({ a: "1", "dir/b": "2" });
  assert.equal(await readlink(join(folder, "..data")), first);
  await rm(join(folder, "a"));
  await write({ a: "1", "dir/b": "2" });
  assert.equal(await readFile(join(folder, "a"), "utf8"), "1", "a link that is missing is made again");
  await write({ a: "1", "dir/b": "2" }, 0o400);
  assert.equal((await stat(join(folder, "a"))).mode & 0o777, 0o400);
  await write({ c: "3" });
  assert.deepEqual(
    (await readdir(folder)).filter((name) => !name.startsWith("..")),
    ["c"],
  );
  assert.equal((await readdir(folder)).length, 3, "one version, its link and one file");
});

test("a version that cannot be written leaves the one before, and nothing of itself", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "kaji-writer-"));
  t.after(() => rm(folder, { recursive: true }));
  await writePayload(folder, payload({ a: "1" }), { stamp });
  const before = (await readdir(folder)).sort();
  // A file cannot be a folder as well.
  await assert.rejects(writePayload(folder, payload({ a: "2", b: "x", "b/c": "y" }), { stamp }), /ENOTDIR|EEXIST/);
  assert.deepEqual((await readdir(folder)).sort(), before);
  assert.equal(await readFile(join(folder, "a"), "utf8"), "1");
});

test("no path leads out of the volume", async () => {
  for (const path of ["/etc/passwd", "../x", "a/../../x"])
    await assert.rejects(writePayload("/nonexistent", payload({ [path]: "" }), { stamp }), /leads out of the volume/);
});
