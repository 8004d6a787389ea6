// Sub-paths of volumes: made with the volume's mode, and never outside of it, whatever links a container has left there.
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Pod } from "../../resources/core/pod.ts";
import type { AnyContainer } from "../parts.ts";
import type { NodeFolders } from "../volumes/paths.ts";
import { volumePath } from "../volumes/volumes.ts";
import { volumeMounts } from "./mounts.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "mounts-")));
after(() => rmSync(root, { recursive: true }));

const folders = { root } as unknown as NodeFolders;
const pod = { metadata: { uid: "u" }, spec: { volumes: [{ name: "v", emptyDir: {} }] } } as unknown as Pod;
const base = volumePath(folders, pod, pod.spec.volumes![0]!);
mkdirSync(base, { recursive: true });
chmodSync(base, 0o2777);
mkdirSync(join(root, "elsewhere"));
symlinkSync(join(root, "elsewhere"), join(base, "out"));
mkdirSync(join(base, "real"));
symlinkSync("real", join(base, "link"));
writeFileSync(join(base, "file"), "");

async function place(subPath: string): Promise<string> {
  const container = { name: "c", volumeMounts: [{ name: "v", mountPath: "/m", subPath }] } as unknown as AnyContainer;
  const [mount] = await volumeMounts(folders, pod, container, new Map());
  return mount!.hostPath!;
}

test("what is not there becomes folders with the volume's mode", async () => {
  assert.equal(await place("a/b"), join(base, "a/b"));
  for (const part of ["a", "a/b"]) assert.equal(statSync(join(base, part)).mode & 0o7777, 0o2777);
});

test("files and links inside the volume are what they lead to", async () => {
  assert.equal(await place("file"), join(base, "file"));
  assert.equal(await place("link/new"), join(base, "real/new"));
});

test("links that lead out are refused, and nothing is made where they lead", async () => {
  const message = 'failed to prepare subPath for volumeMount "v" of container "c"';
  for (const path of ["out", "out/new", "out/new/deeper"])
    await assert.rejects(place(path), { reason: "CreateContainerConfigError", message });
  assert.ok(!existsSync(join(root, "elsewhere/new")));
});
