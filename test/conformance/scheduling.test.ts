// The recorded scheduling situations, against `bin/kaji apiserver` with `bin/kaji scheduler` beside it. It refuses new
// failures in the areas that the scheduler has plug-ins for.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startApiserver, withoutReference } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";
import { judge, replay } from "./replay.ts";

const AREAS = "resources|node-affinity|taints|unschedulable|host-ports|names|messages|volumes|devices";
const CASES = 129;

let cluster: Cluster;
before(async () => {
  if (withoutReference !== false) return;
  cluster = await startApiserver();
  cluster.component(["scheduler"]);
});
after(() => cluster?.stop());

test("recorded scheduling cases", { skip: withoutReference }, async (t) => {
  const program = { program: "schedule-replay.mjs", cases: "scheduling", filter: `^(${AREAS})/` };
  const result = await replay(cluster, { ...program, arguments: ["--wait", "5"] });
  t.diagnostic(judge(result, { atLeast: CASES }));
  assert.equal(result.total, CASES, "the filter takes in all cases of these areas");
});
