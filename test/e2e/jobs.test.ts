// Jobs as their user runs them, on real containers with kubectl: made, waited for, read, suspended, thrown away. It
// refuses to wait for a schedule's minute: virtual time does that (test/engine/batch.test.ts).
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { until, withoutRealNodes } from "./host.ts";
import { RealCluster } from "./real-cluster.ts";

const IMAGE = "kaji.local/busybox:1";
const WAIT = "--timeout=90s";

const job = (name: string, spec: object, script: string) => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name },
  spec: {
    ...spec,
    template: {
      spec: {
        restartPolicy: "Never",
        terminationGracePeriodSeconds: 1,
        containers: [{ name: "c", image: IMAGE, command: ["sh", "-c", script] }],
      },
    },
  },
});

const INDEXED = { completionMode: "Indexed", completions: 3, parallelism: 3 };
const JOBS = {
  apiVersion: "v1",
  kind: "List",
  items: [
    job("indexed", INDEXED, "echo $JOB_COMPLETION_INDEX $(hostname)"),
    job("failing", { backoffLimit: 0 }, "exit 3"),
    job("waiting", { suspend: true }, "sleep 600"),
    job(
      "enough",
      { ...INDEXED, successPolicy: { rules: [{ succeededIndexes: "1" }] } },
      "[ $JOB_COMPLETION_INDEX = 1 ] || sleep 600",
    ),
  ],
};

describe("jobs", { skip: withoutRealNodes(), concurrency: 1 }, () => {
  let cluster: RealCluster;
  const waitFor = (condition: string, name: string) =>
    cluster.kubectl("wait", `--for=condition=${condition}`, `job/${name}`, WAIT);
  const pods = (name: string) => cluster.path(["pods", "-l", `job-name=${name}`], "{.items[*].metadata.name}");

  before(async () => {
    cluster = await RealCluster.prepare();
    await cluster.up();
    const applied = await cluster.tryKubectl(["apply", "-f", "-"], { input: JSON.stringify(JOBS) });
    assert.equal(applied.code, 0, applied.stderr);
  });
  after(() => cluster?.[Symbol.asyncDispose]());

  test("each index runs once and knows its number", async () => {
    await waitFor("complete", "indexed");
    for (const index of [0, 1, 2]) {
      const selector = `job-name=indexed,batch.kubernetes.io/job-completion-index=${index}`;
      assert.equal((await cluster.kubectl("logs", "-l", selector)).trim(), `${index} indexed-${index}`);
    }
    assert.match(await cluster.kubectl("get", "jobs", "indexed"), /Complete\s+3\/3/);
  });

  test("a failure beyond the limit fails the job, enough successes end it early", async () => {
    await waitFor("failed", "failing");
    await waitFor("complete", "enough");
    const status = await cluster.path(["job", "enough"], "{.status.completedIndexes} {.status.failed}");
    assert.equal(status.trim(), "1");
  });

  test("suspended it has no pods; resumed one, and none again", async () => {
    assert.equal(await pods("waiting"), "");
    const suspend = (value: boolean) =>
      cluster.kubectl("patch", "job", "waiting", "-p", JSON.stringify({ spec: { suspend: value } }));
    await suspend(false);
    await cluster.kubectl("wait", "--for=jsonpath={.status.ready}=1", "job/waiting", WAIT);
    await suspend(true);
    await until("the pod is gone", async () => ((await pods("waiting")) === "" ? true : undefined));
  });

  test("a job from a CronJob; deleting the CronJob takes both", async () => {
    await cluster.kubectl("create", "cronjob", "yearly", `--image=${IMAGE}`, "--schedule=@yearly", "--", "echo", "hi");
    await cluster.kubectl("create", "job", "now", "--from=cronjob/yearly");
    await waitFor("complete", "now");
    assert.equal((await cluster.kubectl("logs", "job/now")).trim(), "hi");
    await cluster.kubectl("delete", "cronjob", "yearly");
    await cluster.kubectl("wait", "--for=delete", "job/now", WAIT);
    await until("its pod is gone", async () => ((await pods("now")) === "" ? true : undefined));
  });
});
