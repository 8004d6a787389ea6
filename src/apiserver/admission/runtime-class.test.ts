// What a RuntimeClass adds to pods, and what contradicts it.
import assert from "node:assert/strict";
import { it } from "node:test";
import { RuntimeClass } from "../../resources/node/runtime-class.ts";
import { make, makePod, podOf, refusal, trialServer } from "./trial.ts";

const CLASS = {
  metadata: { name: "sandboxed" },
  handler: "kata",
  overhead: { podFixed: { cpu: "100m" } },
  scheduling: { nodeSelector: { a: "b" }, tolerations: [{ key: "k", operator: "Exists" }] },
};

async function classed() {
  const trial = await trialServer();
  await make(trial, RuntimeClass, CLASS);
  return trial;
}
const wanting = (spec: object = {}) => podOf("x", {}, { runtimeClassName: "sandboxed", ...spec });

it("brings overhead, node labels and tolerations", async () => {
  const { spec } = await makePod(await classed(), wanting({ nodeSelector: { own: "1" } }));
  assert.deepEqual(spec.overhead, { cpu: "100m" });
  assert.deepEqual(spec.nodeSelector, { a: "b", own: "1" });
  assert.deepEqual(spec.tolerations?.at(-1), { key: "k", operator: "Exists" });
});

it("refuses what contradicts the class, classes that are not there, overhead without one", async () => {
  const trial = await classed();
  const refused = (pod: ReturnType<typeof podOf>) => refusal(makePod(trial, pod));
  assert.match(await refused(wanting({ overhead: { cpu: "1" } })), /pod rejected: Pod's Overhead doesn't match/);
  assert.match(
    await refused(wanting({ nodeSelector: { a: "c" } })),
    /conflict: runtimeClass\.scheduling\.nodeSelector\[a\] = b; pod\.spec\.nodeSelector\[a\] = c$/,
  );
  assert.match(await refused(wanting({ runtimeClassName: "none" })), /pod rejected: RuntimeClass "none" not found/);
  assert.match(
    await refused(podOf("x", {}, { overhead: { cpu: "1" } })),
    /Pod Overhead set without corresponding RuntimeClass defined Overhead/,
  );
});

it("a handler is a name, and stays", async () => {
  const trial = await classed();
  const wrong = make(trial, RuntimeClass, { metadata: { name: "y" }, handler: "Not OK" });
  assert.match(await refusal(wrong), /handler: Invalid value: "Not OK"/);
  const change = { type: "merge", body: { handler: "other" } } as const;
  assert.match(await refusal(trial.client.patch(RuntimeClass, { name: "sandboxed" }, change)), /handler: .*immutable/);
});
