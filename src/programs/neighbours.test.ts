// Clusters that begin at once: each chooses for itself, and what is gone is forgotten.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { systemClock } from "../base/clock.ts";
import { systemRandom } from "../base/random.ts";
import { DataFolder } from "./data-folder.ts";
import { Neighbours } from "./neighbours.ts";
import { chooseSettings } from "./settings.ts";

let root = "";
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "kaji-neighbours-"))));
afterEach(() => rm(root, { recursive: true, force: true }));

async function begin(name: string) {
  const neighbours = new Neighbours(systemClock, join(root, "clusters"));
  const folder = new DataFolder(join(root, name));
  await folder.prepare();
  return neighbours.alone(async () => {
    const others = await neighbours.all();
    const chosen = await chooseSettings({ port: 26443, nodes: 1, simulated: true, random: systemRandom, others });
    const settings = await folder.writeSettings(chosen);
    await neighbours.add(settings.id, folder);
    return settings;
  });
}

test("clusters that begin at once choose different ranges and ports", async () => {
  const all = await Promise.all(["a", "b", "c"].map(begin));
  for (const fact of ["podCidr", "serviceCidr", "apiPort", "id"] as const)
    assert.equal(new Set(all.map((one) => one[fact])).size, 3, fact);
  assert.equal(new Set(all.map(({ nodes }) => nodes[0]!.kubeletPort)).size, 3);
  assert.deepEqual((await readdir(join(root, "clusters"))).length, 3);
});

test("a cluster whose data is gone is forgotten, and its ranges are free", async () => {
  const first = await begin("a");
  await rm(join(root, "a"), { recursive: true });
  const second = await begin("b");
  assert.equal(second.podCidr, first.podCidr);
  assert.deepEqual(await readdir(join(root, "clusters")), [second.id]);
});

test("the lock of a process that is gone holds nobody up", async () => {
  const lock = join(root, "clusters", ".lock");
  await mkdir(lock, { recursive: true });
  await writeFile(join(lock, "owner.json"), JSON.stringify({ pid: 2 ** 22 - 1, startTime: "1", facts: {} }));
  assert.ok(await begin("a"));
});
