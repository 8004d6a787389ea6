// The order in which a StatefulSet's pods come and go.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatefulSet } from "../../resources/apps/stateful-set.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { nextStep, ordinalOf, settled } from "./step.ts";

const NOW = Date.UTC(2026, 0, 2);
const set = (spec: object): StatefulSet =>
  ({
    metadata: { name: "db" },
    spec: { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } }, ...spec },
    status: {},
  }) as unknown as StatefulSet;
type State = "ready" | "starting" | "failed" | "going";
const pod = (ordinal: number, state: State, revision = "new"): Pod =>
  ({
    metadata: {
      name: `db-${ordinal}`,
      labels: { "controller-revision-hash": revision },
      ...(state === "going" && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    },
    spec: { containers: [] },
    status: {
      phase: state === "failed" ? "Failed" : "Running",
      conditions: [
        {
          type: "Ready",
          status: state === "ready" || state === "going" ? "True" : "False",
          lastTransitionTime: "2026-01-01T00:00:00Z",
        },
      ],
    },
  }) as unknown as Pod;

/** `+1old -2`: pods made with their revision, pods deleted. */
const step = (spec: object, ...pods: Pod[]): string => {
  const { create, remove } = nextStep({ set: set(spec), pods, current: "old", update: "new", now: NOW });
  return [
    ...create.map(({ ordinal, revision }) => `+${ordinal}${revision}`),
    ...remove.map((p) => `-${p.metadata.name?.slice(3)}`),
  ].join(" ");
};

test("ordinals are whole numbers behind the set's name", () => {
  assert.deepEqual(
    ["db-0", "db-12", "db-01", "db-x", "db", "other-1"].map((name) => ordinalOf("db", name)),
    [0, 12, undefined, undefined, undefined, undefined],
  );
});

test("in order: one pod at a time, each after those before it are ready", () => {
  assert.equal(step({ replicas: 3 }), "+0new");
  assert.equal(step({ replicas: 3 }, pod(0, "starting")), "");
  assert.equal(step({ replicas: 3 }, pod(0, "ready")), "+1new");
  assert.equal(step({ replicas: 3 }, pod(0, "going"), pod(1, "ready")), "");
  assert.equal(step({ replicas: 2 }, pod(0, "failed"), pod(1, "ready")), "-0");
  assert.equal(step({ replicas: 2, ordinals: { start: 5 } }), "+5new");
});

test("in parallel: all at once", () => {
  assert.equal(step({ replicas: 3, podManagementPolicy: "Parallel" }, pod(1, "starting")), "+0new +2new");
  assert.equal(
    step({ replicas: 1, podManagementPolicy: "Parallel" }, pod(0, "ready"), pod(1, "ready"), pod(2, "starting")),
    "-2 -1",
  );
});

test("labels are looked after on pods that stay, in order only before the first that is not available", () => {
  const names = (spec: object, ...pods: Pod[]) =>
    settled(set(spec), pods, NOW)
      .map((p) => p.metadata.name?.slice(3))
      .join("");
  const pods = [pod(1, "ready"), pod(0, "ready"), pod(2, "starting"), pod(3, "ready")];
  assert.equal(names({ replicas: 4 }, ...pods), "01");
  assert.equal(names({ replicas: 1 }, pod(0, "starting")), "", "adopted, but not started yet");
  assert.equal(names({ replicas: 4 }, ...pods.slice(1)), "0");
  assert.equal(names({ replicas: 3, podManagementPolicy: "Parallel" }, ...pods, pod(5, "going")), "012");
});

test("fewer: the highest goes first, and waits for lower ones to be ready", () => {
  assert.equal(step({ replicas: 1 }, pod(0, "ready"), pod(1, "ready"), pod(2, "ready")), "-2");
  assert.equal(step({ replicas: 1 }, pod(0, "ready"), pod(1, "ready"), pod(2, "going")), "");
  assert.equal(step({ replicas: 1 }, pod(0, "starting"), pod(1, "ready")), "");
  assert.equal(
    step({ replicas: 1 }, pod(0, "ready"), pod(1, "starting"), pod(2, "starting")),
    "",
    "the lower unready one is waited for",
  );
});

test("an update goes from the highest down to the partition, while not too many are missing", () => {
  const old = [0, 1, 2].map((n) => pod(n, "ready", "old"));
  assert.equal(step({ replicas: 3 }, ...old), "-2");
  assert.equal(step({ replicas: 3 }, ...old.slice(0, 2), pod(2, "ready")), "-1");
  const rolling = (rollingUpdate: object) => ({
    replicas: 3,
    updateStrategy: { type: "RollingUpdate", rollingUpdate },
  });
  assert.equal(step(rolling({ partition: 2 }), ...old.slice(0, 2), pod(2, "ready")), "");
  assert.equal(step(rolling({ partition: 0, maxUnavailable: 2 }), ...old), "-2 -1");
  assert.equal(step({ replicas: 3, updateStrategy: { type: "OnDelete" } }, ...old), "");
  const mixed = [pod(0, "starting", "old"), pod(1, "ready", "old"), pod(2, "ready", "old")];
  const parallel = { podManagementPolicy: "Parallel" };
  assert.equal(step({ ...parallel, ...rolling({ partition: 0 }) }, ...mixed), "-0", "it is missing anyway");
  assert.equal(step({ ...parallel, ...rolling({ partition: 0, maxUnavailable: 2 }) }, ...mixed), "-0 -2");
  const below = [pod(0, "starting", "old"), pod(1, "ready", "old"), pod(2, "ready", "old")];
  assert.equal(step({ ...parallel, ...rolling({ partition: 1 }) }, ...below), "", "pods below the partition count");
  assert.equal(
    step(rolling({ partition: 2 }), ...old.slice(0, 1)),
    "+1old",
    "below the partition the old revision comes back",
  );
});
