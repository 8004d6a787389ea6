// What pods use, out of a runtime whose list of figures fails as containerd's does beside an ended sandbox.
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../base/clock.ts";
import { GrpcError } from "../../wire/grpc/error.ts";
import type { Cri } from "../cri.ts";
import { LABELS } from "../parts.ts";
import { nodeUsage } from "./usage.ts";

const failed = () => Promise.reject(new GrpcError("Unknown", "failed to obtain metrics for sandbox: cgroup deleted"));
const figures = (id: string) => ({
  attributes: { id, labels: { [LABELS.podUid]: `uid-${id}`, [LABELS.podName]: id, [LABELS.podNamespace]: "a" } },
  linux: { cpu: { timestamp: 1n, usageCoreNanoSeconds: { value: 7n } }, containers: [] },
});

function usage(answers: (id: string) => Promise<unknown>) {
  const runtime = {
    listPodSandboxStats: failed,
    podSandboxStats: ({ podSandboxId }: { podSandboxId: string }) => answers(podSandboxId),
    listPodSandbox: () => Promise.resolve({ items: ["lives", "ends"].map((id) => ({ id, createdAt: 1_000_000n })) }),
    listContainers: () => Promise.resolve({ containers: [] }),
  };
  return nodeUsage({ cri: { runtime } as unknown as Cri, clock: systemClock, nodeName: "n", folder: "/" });
}

test("an ended sandbox does not hide what the others use", async () => {
  const pods = await usage((id) => (id === "ends" ? failed() : Promise.resolve({ stats: figures(id) }))).pods();
  assert.deepEqual(
    pods.map(({ name, cpu }) => [name, cpu.coreNanoseconds]),
    [["lives", 7]],
  );
});

test("a runtime that answers nothing is an error, not a node without pods", async () => {
  await assert.rejects(usage(failed).pods(), /cgroup deleted/);
});
