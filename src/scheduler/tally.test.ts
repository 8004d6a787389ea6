// Remembered sums against counting anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Cluster } from "./cluster.ts";
import { podInfo } from "./node-info.ts";
import { aNode, aPod } from "./situation.suite.ts";
import type { Snapshot } from "./snapshot.ts";
import type { PodSelection } from "./tally.ts";
import { Tallies } from "./tally.ts";

const WEB: PodSelection = { key: "web", matches: ({ pod }) => pod.metadata.labels?.["app"] === "web" };
const ZONE = "topology.kubernetes.io/zone";

/** Everything that can be asked, as plain values. */
function answers(tallies: Tallies, snapshot: Snapshot) {
  const { of, count } = tallies.places(snapshot, ZONE);
  // Numbers of places are free; which nodes share one is not.
  const shared = [...of].map((place, i) => (place < 0 ? -1 : [...of].indexOf(of[i]!)));
  assert.ok([...of].every((place) => place < count));
  const terms = [...tallies.terms(snapshot)].map(
    ({ borne, counts, total }) => [borne.key, [...counts], total] as const,
  );
  return {
    pods: [...tallies.pods(snapshot, WEB)],
    shared,
    terms: terms.sort(([a], [b]) => (a < b ? -1 : 1)),
    images: [...tallies.images(snapshot)].sort(),
  };
}

const AWAY = {
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: { app: "web" } }, topologyKey: "kubernetes.io/hostname" },
    ],
  },
};

test("what is remembered from snapshot to snapshot is what counting anew gives", () => {
  const step = fc.record({
    act: fc.constantFrom("put", "put", "remove", "node", "gone", "ask before", "in parts"),
    pod: fc.nat(20),
    node: fc.nat(130),
    web: fc.boolean(),
    keepsAway: fc.boolean(),
    zone: fc.constantFrom("a", "b", undefined),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const cluster = new Cluster(() => undefined);
      for (let i = 0; i < 130; i++) cluster.putNode(aNode(`n${i}`, { zone: i % 2 ? "a" : "b" }));
      let before = cluster.snapshot();
      for (const { act, pod, node, web, keepsAway, zone } of steps) {
        const images = web ? [{ names: ["pause:1"], sizeBytes: 1 }] : [];
        if (act === "node") cluster.putNode(aNode(`n${node}`, { images, ...(zone && { zone }) }));
        else if (act === "gone") cluster.removeNode(aNode(`n${node}`));
        else if (act === "remove") cluster.removePod(aPod(`p${pod}`));
        else if (act === "ask before")
          assert.deepEqual(answers(before.tallies, before), answers(new Tallies(), before));
        else if (act === "in parts") {
          // What changes while it counts is counted again.
          for (const _ of before.tallies.counting(before, [WEB])) {
            cluster.putPlaced(aPod(`p${pod}`, { on: `n${node}`, labels: { app: web ? "web" : "db" } }));
            if (keepsAway) cluster.removeNode(aNode(`n${node}`));
          }
        } else {
          const spec = keepsAway ? { affinity: AWAY } : {};
          cluster.putPlaced(aPod(`p${pod}`, { on: `n${node}`, labels: { app: web ? "web" : "db" }, spec }));
        }
        const snapshot = cluster.snapshot();
        assert.deepEqual(answers(snapshot.tallies, snapshot), answers(new Tallies(), snapshot));
        before = snapshot;
      }
    }),
    { numRuns: 25 },
  );
});

test("values of a label that came and went are not kept for ever", () => {
  const cluster = new Cluster(() => undefined);
  for (let i = 0; i < 1000; i++) {
    cluster.putNode(aNode("a", { zone: `z${i}` }));
    const snapshot = cluster.snapshot();
    assert.ok(snapshot.tallies.places(snapshot, ZONE).count < 400);
  }
});

test("selections used long ago are forgotten and counted again", () => {
  const cluster = new Cluster(() => undefined);
  cluster.putNode(aNode("a"));
  cluster.assume(podInfo(aPod("p", { labels: { app: "web" } })), "a");
  const snapshot = cluster.snapshot();
  for (let i = 0; i < 300; i++) snapshot.tallies.pods(snapshot, { key: `k${i}`, matches: () => false });
  assert.deepEqual([...snapshot.tallies.pods(snapshot, WEB)], [1]);
});
