// What LimitRanges fill in, and what they refuse.
import assert from "node:assert/strict";
import { it } from "node:test";
import { LimitRange } from "../../resources/core/limit-range.ts";
import { Pod } from "../../resources/core/pod.ts";
import { make, makePod, NAMESPACE, podOf, refusal, trialServer } from "./trial.ts";

async function ranged(...limits: readonly object[]) {
  const trial = await trialServer();
  await make(trial, LimitRange, { metadata: { name: "l" }, spec: { limits } });
  return trial;
}
const amounts = (limits: object, requests?: object) => ({ resources: { limits, ...(requests && { requests }) } });

it("fills in what containers leave out, and says so", async () => {
  const trial = await ranged({ type: "Container", default: { cpu: "1" }, defaultRequest: { cpu: "100m" } });
  const init = { name: "i", image: "a" };
  const pod = await makePod(trial, podOf("x", amounts({ memory: "1Gi" }), { initContainers: [init] }));
  assert.deepEqual(pod.spec.containers[0]?.resources, {
    limits: { cpu: "1", memory: "1Gi" },
    requests: { cpu: "100m", memory: "1Gi" },
  });
  assert.deepEqual(pod.spec.initContainers?.[0]?.resources, { limits: { cpu: "1" }, requests: { cpu: "100m" } });
  assert.equal(
    pod.metadata.annotations?.["kubernetes.io/limit-ranger"],
    "LimitRanger plugin set: cpu request for container c; cpu limit for container c; " +
      "cpu request for init container i; cpu limit for init container i",
  );
});

it("a request that follows a limit is no request left out", async () => {
  const trial = await ranged({ type: "Container", defaultRequest: { cpu: "100m", memory: "200Mi" } });
  const pod = await makePod(trial, podOf("x", amounts({ memory: "300Mi" }, { cpu: "300m" })));
  assert.deepEqual(pod.spec.containers[0]?.resources?.requests, { cpu: "300m", memory: "300Mi" });
  assert.equal(pod.metadata.annotations, undefined);
});

it("what is stated stays, and no annotation tells of nothing", async () => {
  const trial = await ranged({ type: "Container", default: { cpu: "1" } });
  const pod = await makePod(trial, podOf("x", amounts({ cpu: "2" })));
  assert.deepEqual(pod.spec.containers[0]?.resources, amounts({ cpu: "2" }, { cpu: "2" }).resources);
  assert.equal(pod.metadata.annotations, undefined);
});

it("refuses below the minimum and above the maximum, all faults at once", async () => {
  const trial = await ranged({ type: "Container", min: { memory: "64Mi" }, max: { memory: "1Gi" } });
  const asked = podOf("x", amounts({ memory: "2Gi" }, { memory: "32Mi" }));
  assert.equal(
    await refusal(makePod(trial, asked)),
    'pods "x" is forbidden: [minimum memory usage per Container is 64Mi, but request is 32Mi, ' +
      "maximum memory usage per Container is 1Gi, but limit is 2Gi]",
  );
});

it("a pod is judged by the sum of its containers", async () => {
  const trial = await ranged({ type: "Pod", max: { cpu: "1" }, maxLimitRequestRatio: { cpu: "2" } });
  const both = ["a", "b"].map((name) => ({ name, image: "a", ...amounts({ cpu: "600m" }) }));
  assert.match(
    await refusal(makePod(trial, podOf("x", {}, { containers: both }))),
    /: maximum cpu usage per Pod is 1, but limit is 1200m$/,
  );
  assert.match(await refusal(makePod(trial, podOf("x"))), /maximum cpu usage per Pod is 1\. {2}No limit is specified/);
  assert.match(
    await refusal(makePod(trial, podOf("x", amounts({ cpu: "1" }, { cpu: "300m" })))),
    /: cpu max limit to request ratio per Pod is 2, but provided ratio is 3\.333333$/,
  );
});

it("resizing is bounded too, other updates are not looked at", async () => {
  const trial = await trialServer();
  const pod = await makePod(trial, podOf("x", amounts({ cpu: "2" })));
  await make(trial, LimitRange, {
    metadata: { name: "l" },
    spec: { limits: [{ type: "Container", max: { cpu: "1" } }] },
  });
  const name = { namespace: NAMESPACE, name: "x" };
  await trial.client.update(Pod, { ...pod, metadata: { ...pod.metadata, labels: { a: "b" } } });
  const body = { spec: { containers: [{ name: "c", resources: { limits: { cpu: "3" }, requests: { cpu: "3" } } }] } };
  const resized = trial.client.patch(Pod, name, { type: "strategic", body }, { subresource: "resize" });
  assert.match(await refusal(resized), /maximum cpu usage per Container is 1, but limit is 3/);
});
