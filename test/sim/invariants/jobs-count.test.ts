// What a job may call a failure, told fact by fact. That wrong counts are caught in a whole cluster is told by the
// planted bugs.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../../../src/schema/resource.ts";
import type { Fact } from "../truth.ts";
import type { World } from "../world.ts";
import { jobsCount } from "./jobs-count.ts";

const CONTROLLER = "system:serviceaccount:kube-system:job-controller";
const job = (status: object) =>
  ({ metadata: { namespace: "demo", name: "j", uid: "j" }, spec: { completions: 1 }, status }) as unknown as KubeObject;

interface PodState {
  readonly phase: string;
  readonly leaving: boolean;
  readonly tracked: boolean;
  readonly owned?: boolean;
}

function pod({ phase, leaving, tracked, owned = true }: PodState): KubeObject {
  const metadata = {
    uid: "p",
    ...(owned && { ownerReferences: [{ kind: "Job", uid: "j", controller: true }] }),
    ...(leaving && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    ...(tracked && { finalizers: ["batch.kubernetes.io/job-tracking"] }),
  };
  return { metadata, status: { phase } } as unknown as KubeObject;
}

/** What is found when a job that has named its pod a failure, or not, lets it go after it succeeded, and counts it so. */
function found({ named, leaving }: { named: boolean; leaving: boolean }): (string | undefined)[] {
  const judge = jobsCount.judge({ cluster: { truth: {} } } as unknown as World);
  const tell = (kind: string, old: KubeObject | undefined, object: KubeObject) =>
    judge.onFact?.({ kind, old, object, cause: { user: CONTROLLER } } as unknown as Fact);
  const running = pod({ phase: "Running", leaving, tracked: true });
  const over = pod({ phase: "Succeeded", leaving, tracked: true });
  const before = job({ uncountedTerminatedPods: named ? { failed: ["p"] } : {} });
  return [
    tell("batch/jobs", job({}), before),
    tell("core/pods", running, over),
    tell("core/pods", over, pod({ phase: "Succeeded", leaving, tracked: false })),
    tell("batch/jobs", before, job({ failed: 1 })),
  ];
}

test("a deleted pod that was named a failure counts as one, though it succeeded in the end", () => {
  assert.deepEqual(found({ named: true, leaving: true }), [undefined, undefined, undefined, undefined]);
});

test("any other pod that succeeded is no failure", () => {
  for (const one of [
    { named: false, leaving: true },
    { named: true, leaving: false },
  ])
    assert.match(found(one).at(-1) ?? "", /counts 1 failures and let 0/);
});

test("a pod whose owner was taken away counts for the job that lets it go, and for that one only", () => {
  const judge = jobsCount.judge({ cluster: { truth: {} } } as unknown as World);
  const tell = (kind: string, old: KubeObject | undefined, object: KubeObject, user = CONTROLLER) =>
    judge.onFact?.({ kind, old, object, cause: { user } } as unknown as Fact);
  const failed = { phase: "Failed", leaving: false };
  const before = pod({ ...failed, tracked: true });
  const taken = pod({ ...failed, tracked: true, owned: false });
  assert.equal(
    tell("core/pods", before, taken, "system:serviceaccount:kube-system:generic-garbage-collector"),
    undefined,
  );
  const early = tell("batch/jobs", job({}), job({ failed: 1 }));
  assert.match(early ?? "", /counts 1 failures and let 0/, "not before it is let go");
  assert.equal(tell("core/pods", taken, pod({ ...failed, tracked: false, owned: false })), undefined);
  assert.equal(tell("batch/jobs", job({}), job({ failed: 1 })), undefined);
  assert.match(tell("batch/jobs", job({}), job({ failed: 2 })) ?? "", /counts 2 failures and let 1/);
});

test("what a job had named of a pod that was taken from it may be counted before anybody lets the pod go, once", () => {
  const judge = jobsCount.judge({ cluster: { truth: {} } } as unknown as World);
  const tell = (kind: string, old: KubeObject | undefined, object: KubeObject, user = CONTROLLER) =>
    judge.onFact?.({ kind, old, object, cause: { user } } as unknown as Fact);
  const over = { phase: "Succeeded", leaving: false, tracked: true };
  const named = job({ uncountedTerminatedPods: { succeeded: ["p"] } });
  assert.equal(tell("batch/jobs", job({}), named), undefined);
  const early = tell("batch/jobs", named, job({ succeeded: 1 }));
  assert.match(early ?? "", /counts 1 successes and let 0/, "it is still the job's");
  const taken = pod({ ...over, owned: false });
  tell("core/pods", pod(over), taken, "system:serviceaccount:kube-system:generic-garbage-collector");
  assert.equal(tell("batch/jobs", named, job({ succeeded: 1 })), undefined);
  assert.equal(tell("core/pods", taken, pod({ ...over, tracked: false, owned: false })), undefined);
  assert.match(tell("batch/jobs", job({ succeeded: 1 }), job({ succeeded: 2 })) ?? "", /counts 2 successes/);
});
