// Image volumes: how what a view is made of is mounted, one view for a volume, and its release by what lies in the folder.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ImageViews } from "../../wire/containerd/image-view.ts";
import { mountArguments, mountedImages } from "./image-volumes.ts";
import type { NodeFolders } from "./paths.ts";

test("whatever the snapshot says, it is mounted to be read only", () => {
  const overlay = { type: "overlay", source: "overlay", target: "", options: ["lowerdir=/a:/b", "upperdir=/u", "rw"] };
  assert.deepEqual(mountArguments([overlay], "/v"), [
    "-t",
    "overlay",
    "-o",
    "lowerdir=/a:/b,ro,nosuid,nodev,noexec",
    "overlay",
    "/v",
  ]);
  const bind = { type: "bind", source: "/s/fs", target: "", options: ["ro", "rbind"] };
  assert.deepEqual(mountArguments([bind], "/v"), ["-o", "rbind,ro,nosuid,nodev,noexec", "/s/fs", "/v"]);
  assert.throws(() => mountArguments([overlay, bind], "/v"), /an image of 2 mounts cannot be shown/);
});

test("one view for each image of a volume, let go with the pod", async () => {
  const root = mkdtempSync(join(tmpdir(), "image-volumes-"));
  const asked: string[] = [];
  const views: ImageViews = {
    view: async (key, image) => {
      asked.push(`view ${key} ${image}`);
      return [];
    },
    remove: async (key) => void asked.push(`remove ${key}`),
  };
  const volumes = mountedImages({ root } as NodeFolders, views);
  const show = () => volumes.show("u", "v", "sha256:0123456789abcdef");
  const [place, same] = await Promise.all([show(), show()]);
  assert.equal(place, join(root, "pods/u/volumes/kubernetes.io~image/v/0123456789ab"));
  assert.equal(same, place);
  assert.ok(existsSync(place));
  await volumes.release("u");
  await volumes.release("another");
  const key = "kaji-volume-u-v-0123456789ab";
  assert.deepEqual(asked, [`view ${key} sha256:0123456789abcdef`, `remove ${key}`]);
  rmSync(root, { recursive: true });
});
