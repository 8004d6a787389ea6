// Jobs through defaults, prepare and rules.
import assert from "node:assert/strict";
import { test } from "node:test";
import { tryOut } from "../trial.ts";
import { Job, jobState } from "./job.ts";

const pod = { containers: [{ name: "c", image: "nginx" }], restartPolicy: "Never" };
const job = (spec: object = {}, more: object = {}) => ({
  metadata: { name: "x" },
  spec: { template: { spec: pod }, ...spec },
  ...more,
});
const errors = (spec: object, old?: Job) => tryOut(Job, job(spec), { ...(old && { old }) }).errors;

test("defaults depend on each other", () => {
  const { spec, status, metadata } = tryOut(Job, job()).object;
  const uid = metadata.uid!;
  assert.deepEqual(
    [spec.parallelism, spec.completions, spec.backoffLimit, spec.podReplacementPolicy, spec.manualSelector],
    [1, 1, 6, "TerminatingOrFailed", false],
  );
  assert.deepEqual(spec.selector, { matchLabels: { "batch.kubernetes.io/controller-uid": uid } });
  assert.deepEqual(metadata.labels, spec.template.metadata?.labels);
  assert.equal(metadata.labels?.["batch.kubernetes.io/job-name"], "x");
  assert.deepEqual(status, {});
  assert.equal(tryOut(Job, job({ parallelism: 2 })).object.spec.completions, undefined);
  assert.equal(tryOut(Job, job({ completions: 4 })).object.spec.parallelism, 1);
  const perIndex = tryOut(Job, job({ completionMode: "Indexed", completions: 2, backoffLimitPerIndex: 1 })).object;
  assert.equal(perIndex.spec.backoffLimit, 2147483647);
  const rules = [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] }];
  const policy = tryOut(Job, job({ podFailurePolicy: { rules } })).object.spec;
  assert.equal(policy.podReplacementPolicy, "Failed");
  assert.equal(policy.podFailurePolicy?.rules[0]?.onPodConditions?.[0]?.status, "True");
});

test("labels of one's own stay, and those of the template that contradict the generated ones do not pass", () => {
  const own = tryOut(Job, { ...job(), metadata: { name: "x", labels: { a: "b" } } }).object;
  assert.deepEqual(own.metadata.labels, { a: "b" });
  const other = { metadata: { labels: { "job-name": "y" } }, spec: pod };
  assert.deepEqual(errors({ template: other }), [
    "spec.template.metadata.labels[job-name]: Invalid value: \"y\": must be 'x'",
  ]);
});

test("what a spec must be", () => {
  const expected: readonly (readonly [object, string])[] = [
    [
      { maxFailedIndexes: 1, completionMode: "Indexed" },
      "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
    ],
    [
      { completionMode: "Indexed", parallelism: 2 },
      "spec.completions: Required value: when completion mode is Indexed",
    ],
    [
      { managedBy: "me" },
      'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
    [
      { template: { spec: { ...pod, restartPolicy: "Always" } } },
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
    [
      { podReplacementPolicy: "Never" },
      'spec.podReplacementPolicy: Unsupported value: "Never": supported values: "Failed", "TerminatingOrFailed"',
    ],
    [
      { podFailurePolicy: { rules: [{ action: "FailIndex", onExitCodes: { operator: "In", values: [1] } }] } },
      'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
    ],
    [
      {
        podFailurePolicy: {
          rules: [{ action: "Count", onExitCodes: { containerName: "q", operator: "NotIn", values: [1] } }],
        },
      },
      'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "q": must be one of the container or initContainer names in the pod template',
    ],
    [
      {
        completionMode: "Indexed",
        completions: 5,
        successPolicy: { rules: [{ succeededIndexes: "0-2", succeededCount: 4 }] },
      },
      "spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of indexes in the specified succeededIndexes field)",
    ],
  ];
  for (const [spec, message] of expected) assert.deepEqual(errors(spec), [message]);
});

test("most of it stays; a suspended job may say where its pods run, an Indexed one may be resized", () => {
  const running = tryOut(Job, job()).object;
  const change = (old: Job, spec: object) => tryOut(Job, { ...old, spec: { ...old.spec, ...spec } }, { old }).errors;
  assert.deepEqual(change(running, { parallelism: 3, suspend: true, backoffLimit: 1, activeDeadlineSeconds: 5 }), []);
  assert.deepEqual(change(running, { completions: 3 }), ["spec.completions: Invalid value: 3: field is immutable"]);
  assert.deepEqual(change(running, { managedBy: "a/b" }), ['spec.managedBy: Invalid value: "a/b": field is immutable']);
  const placed = (old: Job) => ({
    template: { ...old.spec.template, spec: { ...old.spec.template.spec, nodeSelector: { a: "b" } } },
  });
  assert.match(change(running, placed(running)).join(), /^spec.template: Invalid value: .*: field is immutable$/s);
  const suspended = tryOut(Job, job({ suspend: true })).object;
  assert.deepEqual(change(suspended, placed(suspended)), []);
  const other = {
    template: { ...suspended.spec.template, spec: { ...suspended.spec.template.spec, hostNetwork: true } },
  };
  assert.equal(change(suspended, other).length, 1);
  const containers = [{ ...suspended.spec.template.spec.containers[0]!, resources: { requests: { cpu: "1" } } }];
  const sized = { template: { ...suspended.spec.template, spec: { ...suspended.spec.template.spec, containers } } };
  assert.deepEqual(change(suspended, sized), []);
  assert.equal(change(running, sized).length, 1);
  const indexed = tryOut(Job, job({ completionMode: "Indexed", completions: 2, parallelism: 2 })).object;
  assert.deepEqual(change(indexed, { completions: 3, parallelism: 3 }), []);
  assert.deepEqual(change(indexed, { completions: 3 }), [
    "spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism",
  ]);
});

test("a status agrees with itself, and what is over stays over", () => {
  const old = tryOut(Job, job()).object;
  const write = (status: object, before: Job = old) =>
    tryOut(Job, { ...before, status }, { old: before, subresource: "status" });
  const yes = (type: string) => ({ type, status: "True" });
  const startTime = "2020-01-01T00:00:00Z";
  const failed = { startTime, failed: 1, conditions: [yes("FailureTarget"), yes("Failed")] };
  assert.deepEqual(write(failed).errors, []);
  assert.deepEqual(write({ startTime, conditions: [yes("Complete")] }).errors, [
    "status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
    "status.completionTime: Required value: completionTime is required for Complete jobs",
  ]);
  assert.deepEqual(write({ ...failed, active: 1 }).errors, [
    "status.active: Invalid value: 1: active>0 is invalid for finished job",
  ]);
  assert.deepEqual(write({ startTime, failed: 1 }, write(failed).object).errors, [
    "status.conditions: Invalid value: cannot disable the terminal Failed=True condition",
    "status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition",
  ]);
  assert.deepEqual(write({ active: 1, ready: 2 }).errors, [
    "status.ready: Invalid value: 2: cannot set more ready pods than active",
  ]);
});

test("what is wrong about indexes in a status is said, and where two lists overlap", () => {
  const old = tryOut(Job, job({ completionMode: "Indexed", completions: 5, backoffLimitPerIndex: 1 })).object;
  const said = (status: object) => tryOut(Job, { ...old, status }, { old, subresource: "status" }).errors;
  assert.deepEqual(said({ completedIndexes: "0-2", failedIndexes: "2,3" }), [
    'status.failedIndexes: Invalid value: "2,3": failedIndexes and completedIndexes overlap at index: 2',
  ]);
  assert.deepEqual(said({ completedIndexes: "7" }), [
    'status.completedIndexes: Invalid value: "7": error parsing completedIndexes: too large index: "7"',
  ]);
});

test("the state in one word", () => {
  const of = (...types: string[]) =>
    jobState({
      ...tryOut(Job, job()).object,
      status: { conditions: types.map((type) => ({ type, status: "True" })) },
    });
  assert.deepEqual(
    [of(), of("Suspended"), of("FailureTarget"), of("FailureTarget", "Failed"), of("SuccessCriteriaMet", "Complete")],
    ["Running", "Suspended", "FailureTarget", "Failed", "Complete"],
  );
});
