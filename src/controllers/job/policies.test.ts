// What failures mean, and when successes are enough.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../resources/batch/job.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { failureMeaning, metSuccessRule } from "./policies.ts";

const pod = (exitCodes: Readonly<Record<string, number>>, conditions: readonly object[] = []) =>
  ({
    metadata: { namespace: "n", name: "p" },
    status: {
      conditions,
      containerStatuses: Object.entries(exitCodes).map(([name, exitCode]) => ({
        name,
        state: { terminated: { exitCode } },
      })),
    },
  }) as unknown as Pod;
const job = (spec: object) => ({ spec }) as unknown as Job;

test("the first rule that matches decides; exit code 0 matches none", () => {
  const rules = [
    { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
    { action: "FailIndex", onExitCodes: { containerName: "a", operator: "In", values: [3] } },
    { action: "FailJob", onExitCodes: { operator: "NotIn", values: [1, 2] } },
  ];
  const of = job({ podFailurePolicy: { rules } });
  const disrupted = [{ type: "DisruptionTarget", status: "True" }];
  assert.equal(failureMeaning(of, pod({ a: 3 }, disrupted)).action, "Ignore");
  assert.equal(failureMeaning(of, pod({ a: 3 }, [{ type: "DisruptionTarget", status: "False" }])).action, "FailIndex");
  assert.equal(failureMeaning(of, pod({ a: 1, b: 0 })).action, "Count");
  assert.deepEqual(failureMeaning(of, pod({ a: 1, b: 3 })), {
    action: "FailJob",
    message: "Container b for pod n/p failed with exit code 3 matching FailJob rule at index 2",
  });
  assert.equal(failureMeaning(job({}), pod({ a: 9 })).action, "Count");
});

test("a condition that fails the job is named", () => {
  const rules = [{ action: "FailJob", onPodConditions: [{ type: "ConfigIssue", status: "True" }] }];
  const { message } = failureMeaning(
    job({ podFailurePolicy: { rules } }),
    pod({}, [{ type: "ConfigIssue", status: "True" }]),
  );
  assert.equal(message, "Pod n/p has condition ConfigIssue matching FailJob rule at index 0");
});

test("all of the named indexes, so many of them, or so many of any", () => {
  const met = (rules: readonly object[], succeeded: readonly number[]) =>
    metSuccessRule(job({ completions: 9, successPolicy: { rules } }), new Set(succeeded));
  assert.equal(met([{ succeededIndexes: "0,2-3" }], [0, 2]), undefined);
  assert.equal(met([{ succeededIndexes: "0,2-3" }], [0, 2, 3]), 0);
  assert.equal(met([{ succeededIndexes: "8" }, { succeededIndexes: "0,2-3", succeededCount: 2 }], [0, 3]), 1);
  assert.equal(met([{ succeededCount: 2 }], [5, 6]), 0);
  assert.equal(met([{ succeededCount: 0 }], []), undefined);
});
