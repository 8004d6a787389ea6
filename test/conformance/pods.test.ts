// The recorded lives of pods, on a real node with real containers. It refuses failures; were one known, it would stand
// here by name.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { withoutRealNodes } from "../e2e/host.ts";
import { RealCluster } from "../e2e/real-cluster.ts";
import { credentialsIn, withoutReference } from "./cluster.ts";
import { judge, replayTwice } from "./replay.ts";

/** What fits into `npm test`: what a pod runs with, how it starts, ends and is probed. KAJI_CONFORMANCE=all takes all. */
const USUAL = { filter: "^(env|configmap-volume|completion|dns|probes|security-context|start-errors)/", cases: 88 };
const ALL = { filter: "^", cases: 194 };
const { filter, cases } = process.env["KAJI_CONFORMANCE"] === "all" ? ALL : USUAL;

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
  const place = ["--node", nodes[0]!.name, "--image", "kaji.local/busybox:1", "--jobs", "12"];
  const program = { program: "pod-replay.mjs", cases: "pods", filter, arguments: place };
  const result = await replayTwice({ folder, credentials }, program, KNOWN);
  t.diagnostic(judge(result, { atLeast: cases - KNOWN.length, known: KNOWN }));
  for (const name of result.again) t.diagnostic(`passed only with nothing beside it: ${name}`);
  assert.equal(result.total, cases, "all cases of these areas are replayed");
});
