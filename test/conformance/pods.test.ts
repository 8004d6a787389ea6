// The recorded lives of pods, on a real node with real containers. It refuses new failures; those that are known stand
// here by name.
import path from "node:path";
import { after, before, test } from "node:test";
import { withoutRealNodes } from "../e2e/host.ts";
import { RealCluster } from "../e2e/real-cluster.ts";
import { credentialsIn, withoutReference } from "./cluster.ts";
import { judge, replay } from "./replay.ts";

const AREAS = ".*";
const AT_LEAST = 1;

const KNOWN: readonly string[] = [];

const skip = withoutReference || withoutRealNodes();
let cluster: RealCluster;
before(async () => {
  if (skip !== false) return;
  cluster = await RealCluster.prepare();
  await cluster.up();
});
after(() => cluster?.[Symbol.asyncDispose]());

test("recorded pod cases", { skip }, async (t) => {
  const { nodes } = await cluster.status();
  const { folder } = cluster;
  const credentials = await credentialsIn(folder, path.join(cluster.data, "kubeconfig"));
  const place = ["--node", nodes[0]!.name, "--image", "kaji.local/busybox:1", "--jobs", "24"];
  const program = { program: "pod-replay.mjs", cases: "pods", filter: `^(${AREAS})/`, arguments: place };
  const result = await replay({ folder, credentials }, program);
  t.diagnostic(judge(result, { atLeast: AT_LEAST, known: KNOWN }));
});
