// Records of pulls on a real disk: what one kubelet writes the next one reads.
import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../../base/log.ts";
import { pullRecordFiles } from "./pull-record-files.ts";

test("written, read by the next, removed; what is broken is passed over", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "kaji-pulls-"));
  t.after(() => rm(folder, { recursive: true }));
  const store = pullRecordFiles(folder, silentLog);
  assert.deepEqual([await store.records(), await store.intents()], [[], []]);
  const record = { imageRef: "sha256:aa", lastUpdatedTime: "2026-01-01T00:00:00Z", credentialMapping: { r: {} } };
  await store.putRecord(record);
  await store.putIntent("reg.example.com/team/app:1");
  const place = join(folder, "image_manager", "pulled");
  await writeFile(join(place, `sha256-${"0".repeat(64)}`), "{");
  await writeFile(join(place, `sha256-${"1".repeat(64)}`), "{}");
  await writeFile(join(place, "else.new"), "{}");
  const next = pullRecordFiles(folder, silentLog);
  const [found, ...others] = await next.records();
  assert.deepEqual(others, []);
  assert.deepEqual(found, { kind: "ImagePulledRecord", apiVersion: "kubelet.config.k8s.io/v1beta1", ...record });
  assert.deepEqual(await next.intents(), ["reg.example.com/team/app:1"]);
  await next.deleteRecord("sha256:aa");
  await next.deleteIntent("reg.example.com/team/app:1");
  await next.deleteIntent("never/was:1");
  assert.deepEqual([(await next.records()).length, await next.intents()], [0, []]);
  assert.equal((await readdir(place)).length, 3);
});
