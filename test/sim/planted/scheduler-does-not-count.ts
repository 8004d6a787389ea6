// The scheduler does not look at what a node has left. It refuses to ignore taints.
import { nodeUnschedulable } from "../../../src/scheduler/plugins/node-unschedulable.ts";
import { taintToleration } from "../../../src/scheduler/plugins/taint-toleration.ts";
import type { Planted } from "./planted.ts";

export const schedulerDoesNotCount: Planted = {
  name: "the scheduler does not count",
  seed: 8,
  caughtBy: ["node capacity"],
  plant: () => ({ schedulerPlugins: [nodeUnschedulable, taintToleration] }),
};
