// Images that nobody uses go when the disk is nearly full, oldest first, and only as many as it takes.
import { test } from "node:test";
import assert from "node:assert/strict";
import { silentLog } from "../../base/log.ts";
import { seededRandom } from "../../base/random.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import { simulatedRuntime } from "../runtime/simulated.ts";
import { DEFAULT_LIMITS, collectionOf } from "./collection.ts";
import type { Disk, KnownImage } from "./collection.ts";
import { ImageCollector } from "./collector.ts";
import type { CollectorOptions } from "./collector.ts";

const GB = 1_000_000_000;
const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

const image = (id: string, more: Partial<KnownImage> = {}): KnownImage => ({
  id,
  bytes: GB,
  firstSeenAt: NOW - 60 * MINUTE,
  lastUsedAt: NOW - 30 * MINUTE,
  isUsed: false,
  isKept: false,
  ...more,
});
const disk = (usedPercent: number): Disk => ({ capacityBytes: 100 * GB, availableBytes: (100 - usedPercent) * GB });
const decided = (images: readonly KnownImage[], used: number) => {
  const { wantedBytes, candidates } = collectionOf(images, disk(used), DEFAULT_LIMITS, NOW);
  return [wantedBytes, candidates.map(({ id }) => id)];
};

test("below 85 percent nothing goes; from there as much as brings it to 80", () => {
  const images = [image("a")];
  assert.deepEqual(decided(images, 84), [0, []]);
  assert.deepEqual(decided(images, 85), [5 * GB, ["a"]]);
  assert.deepEqual(decided(images, 99), [19 * GB, ["a"]]);
  assert.deepEqual(collectionOf(images, { capacityBytes: 0, availableBytes: 0 }, DEFAULT_LIMITS, NOW).candidates, []);
});

test("longest unused first, then first come; used, kept and young ones stay", () => {
  const images = [
    image("recent", { lastUsedAt: NOW - MINUTE }),
    image("used", { isUsed: true, lastUsedAt: NOW }),
    image("kept", { isKept: true }),
    image("young", { firstSeenAt: NOW - 1.9 * MINUTE, lastUsedAt: 0 }),
    image("later", { firstSeenAt: NOW - 10 * MINUTE }),
    image("earlier"),
    image("never", { lastUsedAt: 0 }),
  ];
  assert.deepEqual(decided(images, 90), [10 * GB, ["never", "earlier", "later", "recent"]]);
});

async function world(names: readonly string[], options: Partial<CollectorOptions> = {}) {
  const clock = new VirtualClock(NOW);
  const runtime = simulatedRuntime({ clock, random: seededRandom(1), images: names });
  for (const one of runtime.state.images.values()) Object.assign(one, { size: GB });
  const warnings: string[] = [];
  let availableBytes = 50 * GB;
  const collector = new ImageCollector({
    cri: runtime,
    clock,
    log: silentLog,
    disk: async () => ({ capacityBytes: 100 * GB, availableBytes }),
    wanted: () => [],
    warn: (reason, message) => warnings.push(`${reason} ${message}`),
    ...options,
  });
  const left = async (available: number) => {
    availableBytes = available * GB;
    const looking = collector.look(new AbortController().signal);
    await clock.advance(1000);
    await looking;
    return [...runtime.state.images.keys()].sort();
  };
  return { clock, runtime, left, warnings };
}

test("what containers run, even ended ones, and what pods will need is not removed", async () => {
  const names = ["docker.io/library/old:1", "docker.io/library/web:1", "registry.example/run:2", "kaji.local/pause:1"];
  const wanted = () => ["web:1", "not/A/name"];
  const { clock, runtime, left, warnings } = await world(names, { wanted, kept: ["kaji.local/pause:1"] });
  const config = { metadata: { name: "p", namespace: "n", uid: "u", attempt: 0 } };
  const within = async <T>(call: Promise<T>) => (await clock.advance(10), call);
  const { podSandboxId } = await within(runtime.runtime.runPodSandbox({ config }));
  const container = {
    metadata: { name: "c", attempt: 0 },
    image: { image: "registry.example/run:2" },
    command: ["true"],
  };
  await within(runtime.runtime.createContainer({ podSandboxId, config: container, sandboxConfig: config }));
  assert.equal((await left(50)).length, 4);
  assert.deepEqual(await left(10), names.slice(1).sort());
  assert.deepEqual(warnings, [
    "FreeDiskSpaceFailed Failed to garbage collect required amount of images. Attempted to free 10000000000 bytes, " +
      "but only found 1000000000 bytes eligible to free.",
  ]);
});

test("no more goes than it takes; an image that came lately stays; a failure is told", async () => {
  const names = ["a", "b", "c", "d"].map((name) => `docker.io/library/${name}:1`);
  const { clock, runtime, left, warnings } = await world(names);
  await left(50);
  const fresh = runtime.state.addImage("docker.io/library/fresh:1");
  Object.assign(fresh, { size: 20 * GB });
  await clock.advance(MINUTE);
  assert.equal((await left(18)).length, 5, "at 82 percent nothing goes");
  assert.deepEqual((await left(15)).length, 1, "it takes five, there are four that may go");
  assert.equal((await left(15))[0], "docker.io/library/fresh:1");
  await clock.advance(2 * MINUTE);
  assert.deepEqual(await left(15), []);
  assert.equal(warnings.length, 2);
  Object.assign(runtime.images, { listImages: () => Promise.reject(new Error("the runtime is away")) });
  await left(15);
  assert.equal(warnings.at(-1), "ImageGCFailed the runtime is away");
});
