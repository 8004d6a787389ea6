// Room on nodes: reasons, scores, and what wakes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { podInfo } from "../node-info.ts";
import { aNode, aPod, scores, verdicts, wakes } from "../situation.suite.ts";
import { nodeResourcesFit } from "./node-resources-fit.ts";

test("each amount that is short is a reason; more than the node has cannot be cured", () => {
  const nodes = [aNode("a"), aNode("b", { cpu: "1" }), aNode("c", { pods: 1 })];
  const pods = [aPod("x", { on: "a", cpu: "3", memory: "7Gi" }), aPod("y", { on: "c" })];
  assert.deepEqual(verdicts(nodeResourcesFit, aPod("p", { cpu: "2", memory: "2Gi" }), { nodes, pods }), [
    "Insufficient cpu, Insufficient memory",
    "Insufficient cpu!",
    "Too many pods",
  ]);
});

test("extended resources count; what a pod does not want does not matter, even where too much is taken", () => {
  const gpu = "example.com/gpu";
  const nodes = [aNode("a", { amounts: { [gpu]: "1" } }), aNode("b", { cpu: "1" })];
  const pods = [aPod("x", { on: "b", cpu: "2" })];
  assert.deepEqual(verdicts(nodeResourcesFit, aPod("p", { amounts: { [gpu]: "1" } }), { nodes, pods }), [
    "yes",
    `Insufficient ${gpu}!`,
  ]);
  assert.deepEqual(verdicts(nodeResourcesFit, aPod("q"), { nodes, pods }), ["yes", "yes"]);
});

test("the emptier node is liked better; pods that ask for nothing count a little", () => {
  const nodes = [aNode("a"), aNode("b"), aNode("c")];
  const pods = [aPod("x", { on: "a", cpu: "2", memory: "4Gi" }), aPod("y", { on: "b" })];
  const [a, b, c] = scores(nodeResourcesFit, aPod("p"), { nodes, pods })!;
  assert.ok(a! < b! && b! < c!, `${a} < ${b} < ${c}`);
});

test("it wakes for room: a pod gone, a node that grew, a pod that shrank in what is wanted", () => {
  const pod = aPod("p", { cpu: "1" });
  const other = (words: Parameters<typeof aPod>[1]) => podInfo(aPod("x", { on: "a", ...words }));
  const nodeUpdated = (cpu: string, memory = "8Gi") =>
    wakes(nodeResourcesFit, pod, { type: "NodeUpdated", node: aNode("a", { cpu, memory }), old: aNode("a") });
  const shrank = (now: Parameters<typeof aPod>[1], old: Parameters<typeof aPod>[1]) =>
    wakes(nodeResourcesFit, pod, { type: "PodChanged", pod: other(now), old: other(old) });
  assert.equal(nodeUpdated("8"), true);
  assert.equal(nodeUpdated("4"), false);
  assert.equal(shrank({ cpu: "1" }, { cpu: "2" }), true);
  assert.equal(shrank({ memory: "1Gi" }, { memory: "2Gi" }), false);
  assert.equal(wakes(nodeResourcesFit, pod, { type: "PodGone", pod: other({}) }), true);
  assert.equal(wakes(nodeResourcesFit, pod, { type: "PodPlaced", pod: other({}) }), false);
  assert.equal(wakes(nodeResourcesFit, pod, { type: "NodeRemoved", node: aNode("a") }), false);
});
