// The shortcuts over columns say what the plug-ins say of the nodes themselves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/random.ts";
import { podInfo } from "./node-info.ts";
import { defaultPlugins } from "./plugins/index.ts";
import { aCluster, aNode, aPod } from "./situation.suite.ts";

const UNITS = ["0", "1", "2", "3"] as const;

test("whoever passes by the amounts is not refused, and scores are the same", () => {
  const random = seededRandom(3);
  const some = () => UNITS[random.below(4)]!;
  const spec = () =>
    [{}, {}, { unschedulable: true }, { taints: [{ key: "a", effect: "PreferNoSchedule" as const }] }][
      random.below(4)
    ]!;
  const nodes = Array.from({ length: 150 }, (_, i) =>
    aNode(`n${i}`, { cpu: some(), memory: `${some()}Gi`, pods: 1 + random.below(3), spec: spec() }),
  );
  const placed = Array.from({ length: 300 }, (_, i) =>
    aPod(`p${i}`, { on: `n${random.below(150)}`, cpu: some(), memory: `${some()}Gi` }),
  );
  const { cluster } = aCluster(nodes, placed);
  const passed = { yes: 0, no: 0 };
  for (let i = 0; i < 20; i++) {
    // One pod more each time: the columns follow what changes.
    cluster.assume(podInfo(aPod(`more${i}`, { cpu: "1" })), `n${random.below(150)}`);
    const pod = podInfo(aPod(`x${i}`, { cpu: some(), memory: `${some()}Gi` }));
    const snapshot = cluster.snapshot();
    const amounts = snapshot.tallies.amounts(snapshot);
    for (const plugin of defaultPlugins) {
      const { state } = plugin.prepare?.(pod, snapshot) ?? { state: undefined };
      for (const [at, node] of snapshot.nodes.entries()) {
        if (plugin.passes?.(pod, amounts, at)) {
          passed.yes++;
          assert.equal(plugin.filter!(pod, node, state, at), undefined, `${plugin.name} on ${node.name}`);
        } else passed.no++;
        const quick = plugin.scoreBy?.(pod, amounts, at) ?? NaN;
        if (!Number.isNaN(quick))
          assert.equal(quick, plugin.score!(pod, node, state, at), `${plugin.name} ${node.name}`);
      }
    }
  }
  assert.ok(passed.yes > 1000 && passed.no > 1000, JSON.stringify(passed));
});
