// Groups of pods in a folder that looks like cgroup v1 or v2: which files get which figures. The kernel's part is seen
// end to end.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Pod } from "../../resources/core/pod.ts";
import { podCgroups, podLimitsOf, weightOf } from "./cgroups.ts";

const pod = (uid: string, ...resources: object[]): Pod =>
  ({
    metadata: { uid, name: uid },
    spec: { containers: resources.map((one, i) => ({ name: `c${i}`, resources: one })) },
    status: {},
  }) as unknown as Pod;
const small = { requests: { cpu: "250m", memory: "32Mi" }, limits: { cpu: "500m", memory: "64Mi" } };
const node = { milliCpu: 2000, memoryBytes: 4 * 2 ** 30, ephemeralBytes: 2 ** 34 };

function folder(unified: boolean) {
  const mount = mkdtempSync(join(tmpdir(), "cgroups-"));
  if (unified) writeFileSync(join(mount, "cgroup.controllers"), "cpuset cpu io memory pids\n");
  else for (const name of ["cpu", "memory"]) mkdirSync(join(mount, name));
  const read = (path: string) => readFileSync(join(mount, path), "utf8");
  return { mount, read, [Symbol.dispose]: () => rmSync(mount, { recursive: true }) };
}

test("limits of a pod need a limit on every container", () => {
  assert.deepEqual(podLimitsOf(pod("a", small, small)), {
    shares: 512,
    quotaUs: 100_000,
    periodUs: 100_000,
    memoryBytes: 2 ** 27,
  });
  assert.deepEqual(podLimitsOf(pod("a", small, {})), { shares: 256 });
  assert.deepEqual(podLimitsOf(pod("a", {})), { shares: 2 });
});

test("v1: a group for each pod under its class, the class weighing what its pods asked for", async () => {
  using place = folder(false);
  const groups = podCgroups({ mount: place.mount, root: "/k", node });
  await groups.apply(pod("a", small));
  await groups.apply(pod("b", small, {}));
  assert.equal(place.read("cpu/k/kubepods/cpu.shares"), "2048");
  assert.equal(place.read("cpu/k/kubepods/burstable/cpu.shares"), "512");
  assert.equal(place.read("cpu/k/kubepods/burstable/poda/cpu.cfs_quota_us"), "50000");
  assert.equal(place.read("memory/k/kubepods/burstable/poda/memory.limit_in_bytes"), String(2 ** 26));
  assert.equal(place.read("cpu/k/kubepods/burstable/podb/cpu.cfs_quota_us"), "-1");
  await groups.apply(pod("a", { ...small, requests: { cpu: "500m", memory: "32Mi" } }));
  assert.equal(place.read("cpu/k/kubepods/burstable/cpu.shares"), "768");
});

test("shares as weights", () => assert.deepEqual([2, 1024, 262_144].map(weightOf), [1, 39, 10_000]));
