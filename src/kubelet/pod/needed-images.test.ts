// Which images a container needs, in which order, and which names a pod holds.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../resources/core/pod.ts";
import type { ContainerMemory } from "./memory.ts";
import { imagesOf, neededImages, nextImage, noteImage } from "./needed-images.ts";

const spec = {
  volumes: [
    { name: "data", image: { reference: "data:1", pullPolicy: "Always" } },
    { name: "other", image: { reference: "other:1" } },
    { name: "empty", emptyDir: {} },
  ],
  initContainers: [{ name: "i", image: "own:1", volumeMounts: [{ name: "other", mountPath: "/o" }] }],
  containers: [
    { name: "c", image: "own:1", imagePullPolicy: "Never", volumeMounts: [{ name: "data", mountPath: "/d" }] },
  ],
} as unknown as Pod["spec"];
const [container] = spec.containers;

test("the images of the volumes that a container mounts come before its own", () => {
  assert.deepEqual(neededImages({ spec }, container!), [
    { image: "data:1", volume: "data", pullPolicy: "Always" },
    { image: "own:1", pullPolicy: "Never" },
  ]);
  const memory: ContainerMemory = { failures: 0, probes: {}, starting: { attempt: 0, sandboxId: "s" } };
  const next = () => nextImage({ spec }, { spec: container!, memory })?.image;
  assert.equal(next(), "data:1");
  noteImage(memory, "data", "sha256:d");
  assert.equal(next(), "own:1");
  noteImage(memory, undefined, undefined);
  assert.equal(next(), "own:1");
  noteImage(memory, undefined, "sha256:o");
  assert.equal(next(), undefined);
  assert.deepEqual(memory.starting?.volumeImages, { data: "sha256:d" });
});

test("a pod holds the images of its volumes too", () => {
  assert.deepEqual(imagesOf({ spec }), ["other:1", "own:1", "data:1"]);
});
