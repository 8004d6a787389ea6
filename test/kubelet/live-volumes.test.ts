// Edits of ConfigMaps as they arrive in files, in real time and on a real disk; the runtime is simulated.
import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock as clock } from "../../src/base/clock.ts";
import { ConfigMap } from "../../src/resources/core/config-map.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { at, diskNode, podWith, until } from "./disk-node.ts";
import { podNamed } from "./node.ts";

test("an edit is in the files within two seconds, all of it at once; an optional object may come later", async (t) => {
  const disk = await mkdtemp(join(tmpdir(), "kaji-volumes-"));
  const { client, volumeOf, close } = await diskNode(disk);
  t.after(async () => {
    await close();
    await rm(disk, { recursive: true });
  });
  await client.create(ConfigMap, { metadata: at("m"), data: { a: "0", b: "0" } });
  const folder = volumeOf(await client.create(Pod, podWith("p", { name: "m" })));
  const late = volumeOf(await client.create(Pod, podWith("late", { name: "later", optional: true })));
  for (const name of ["p", "late"])
    await until(`${name} runs`, async () => (await podNamed(client, name)).status.phase === "Running" || undefined);
  assert.equal(await readFile(join(folder, "a"), "utf8"), "0");
  assert.deepEqual(await readdir(join(late, "..data")), []);

  const delays: number[] = [];
  for (let i = 1; i <= 5; i++) {
    const began = clock.monotonic();
    const big = String(i).repeat(100_000);
    await client.patch(ConfigMap, at("m"), { type: "merge", body: { data: { a: big, b: big } } });
    await until(`edit ${i}`, async () => {
      // Through one version's folder, as a careful reader would: both files are of it, whole.
      const version = await readlink(join(folder, "..data"));
      const [a, b] = await Promise.all(["a", "b"].map((name) => readFile(join(folder, version, name), "utf8")));
      assert.equal(a, b);
      return a === big ? true : undefined;
    });
    delays.push(clock.monotonic() - began);
  }
  assert.ok(Math.max(...delays) < 2000, `edits took ${delays.map(Math.round).join(", ")} ms`);
  const versions = async () => (await readdir(folder)).filter((name) => name.startsWith("..") && name !== "..data");
  await until("old versions are gone", async () => ((await versions()).length === 1 ? true : undefined));

  await client.create(ConfigMap, { metadata: at("later"), data: { a: "came" } });
  await until("it came", async () => ((await readFile(join(late, "a"), "utf8")) === "came" ? true : undefined), 2000);
  await client.delete(ConfigMap, at("later"));
  await until("it went", async () => ((await readdir(late)).includes("a") ? undefined : true), 2000);
  t.diagnostic(`edits took ${delays.map(Math.round).join(", ")} ms`);
});
