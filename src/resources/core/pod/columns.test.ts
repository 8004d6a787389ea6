// What kubectl shows of pods in each situation of life.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerState, ContainerStatus } from "./container-status.ts";
import { podColumns, podRowConditions } from "./columns.ts";
import type { Pod } from "./object.ts";

const NOW = Date.parse("2026-01-01T01:00:00Z");
const status = (name: string, state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name,
  ready: false,
  restartCount: 0,
  image: "i",
  imageID: "",
  state,
  ...more,
});
const pod = (change: { metadata?: Pod["metadata"]; spec?: Partial<Pod["spec"]>; status?: Pod["status"] }): Pod => ({
  metadata: { name: "x", creationTimestamp: "2026-01-01T00:00:00Z", ...change.metadata },
  spec: { containers: [{ name: "a" }, { name: "b" }], ...change.spec },
  status: { phase: "Pending", ...change.status },
});
const row = (one: Pod) => podColumns.map(({ cell }) => cell(one, { now: NOW }));
const [READY, STATUS, RESTARTS] = [1, 2, 3];

test("a pod that nobody has looked at", () => {
  assert.deepEqual(row(pod({})), ["x", "0/2", "Pending", "0", "60m", "<none>", "<none>", "<none>", "<none>"]);
});

test("ready containers, restarts with the time of the last one, addresses and gates", () => {
  const ended = { terminated: { exitCode: 1, finishedAt: "2026-01-01T00:55:00Z" } };
  const shown = row(
    pod({
      spec: { nodeName: "n", readinessGates: [{ conditionType: "g" }, { conditionType: "h" }] },
      status: {
        phase: "Running",
        podIPs: [{ ip: "10.0.0.1" }],
        nominatedNodeName: "m",
        conditions: [{ type: "g", status: "True" }],
        containerStatuses: [
          status("a", { running: {} }, { ready: true, restartCount: 3, lastState: ended }),
          status("b", { waiting: { reason: "CrashLoopBackOff" } }, { restartCount: 1 }),
        ],
      },
    }),
  );
  assert.deepEqual(shown, ["x", "1/2", "CrashLoopBackOff", "4 (5m ago)", "60m", "10.0.0.1", "n", "m", "1/2"]);
});

test("init containers in their order, sidecars count as containers", () => {
  const spec = { initContainers: [{ name: "i" }, { name: "s", restartPolicy: "Always" }] };
  const shown = (...initContainerStatuses: ContainerStatus[]) => row(pod({ spec, status: { initContainerStatuses } }));
  assert.equal(shown(status("i", { running: {} }))[STATUS], "Init:0/2");
  assert.equal(shown(status("i", { waiting: { reason: "PodInitializing" } }))[STATUS], "Init:0/2");
  assert.equal(shown(status("i", { waiting: { reason: "ErrImagePull" } }))[STATUS], "Init:ErrImagePull");
  assert.equal(shown(status("i", { terminated: { exitCode: 2 } }))[STATUS], "Init:ExitCode:2");
  assert.equal(shown(status("i", { terminated: { exitCode: 9, signal: 9 } }))[STATUS], "Init:Signal:9");
  const done = status("i", { terminated: { exitCode: 0 } });
  assert.equal(shown(done, status("s", { running: {} }))[STATUS], "Init:1/2");
  const started = shown(done, status("s", { running: {} }, { started: true, ready: true, restartCount: 2 }));
  assert.deepEqual([started[READY], started[STATUS], started[RESTARTS]], ["1/3", "Pending", "2"]);
});

test("ends, gates, deletion and lost nodes", () => {
  const of = (change: Parameters<typeof pod>[0]) => row(pod(change))[STATUS];
  const deleted = { deletionTimestamp: "2026-01-01T00:30:00Z" };
  const completed = status("a", { terminated: { exitCode: 0, reason: "Completed" } });
  const running = status("b", { running: {} }, { ready: true });
  assert.equal(of({ status: { phase: "Succeeded", containerStatuses: [completed] } }), "Completed");
  assert.equal(of({ status: { phase: "Running", containerStatuses: [completed, running] } }), "NotReady");
  const conditions = [{ type: "Ready", status: "True" }];
  assert.equal(of({ status: { phase: "Running", conditions, containerStatuses: [completed, running] } }), "Running");
  assert.equal(of({ status: { phase: "Failed", reason: "Evicted" } }), "Evicted");
  const gated = [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }];
  assert.equal(of({ status: { conditions: gated } }), "SchedulingGated");
  assert.equal(of({ metadata: deleted }), "Terminating");
  assert.equal(of({ metadata: deleted, status: { phase: "Succeeded" } }), "Succeeded");
  assert.equal(of({ metadata: deleted, status: { phase: "Running", reason: "NodeLost" } }), "Unknown");
});

test("only rows of pods that are over have a condition", () => {
  assert.deepEqual(podRowConditions(pod({})), []);
  assert.equal(podRowConditions(pod({ status: { phase: "Failed" } }))[0]?.reason, "Failed");
});
