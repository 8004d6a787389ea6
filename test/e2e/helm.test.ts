// A chart's life with the real helm on real containers: installed with hooks and a kind of its own, upgraded, tested, rolled
// back, refused, taken away. It refuses to need a repository of charts: the chart lies beside it.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { HELM, run, until, withoutRealNodes } from "./host.ts";
import { RealCluster } from "./real-cluster.ts";

const CHART = path.join(import.meta.dirname, "chart");
const WAIT = ["--wait", "--timeout=90s"];

describe("helm", { skip: withoutRealNodes("helm"), concurrency: 1 }, () => {
  let cluster: RealCluster;
  const tryHelm = (...args: readonly string[]) => run(HELM, args, { env: cluster.env, timeoutMs: 120_000 });
  const helm = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await tryHelm(...args);
    assert.equal(code, 0, `helm ${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  };
  const revisions = async () =>
    (JSON.parse(await helm("history", "hi", "-o", "json")) as { revision: number; status: string }[]).map(
      ({ revision, status }) => `${revision} ${status}`,
    );
  const greeting = () => cluster.path(["greetings.kaji.example", "hi"], "{.spec.text}");

  before(async () => {
    cluster = await RealCluster.prepare();
    await cluster.up();
  });
  after(() => cluster?.[Symbol.asyncDispose]());

  test("install: the kind first, then the hook, then the rest, until it is Ready", async () => {
    await helm("install", "hi", CHART, ...WAIT);
    assert.equal((await cluster.kubectl("logs", "job/hi-before")).trim(), "before revision 1");
    assert.equal(await cluster.path(["deployment", "hi"], "{.status.readyReplicas}"), "2");
    assert.equal(await greeting(), "hello");
  });

  test("its test asks the Service by name", async () => {
    await helm("test", "hi", "--timeout=60s");
  });

  test("upgrade: what was set changes, the rest stays", async () => {
    const uid = await cluster.path(["deployment", "hi"], "{.metadata.uid}");
    await helm("upgrade", "hi", CHART, "--set", "greeting=welcome,replicas=3", ...WAIT);
    assert.equal(await cluster.path(["deployment", "hi"], "{.metadata.uid} {.status.readyReplicas}"), `${uid} 3`);
    assert.equal(await greeting(), "welcome");
    await helm("test", "hi", "--timeout=60s");
  });

  test("a dry run on the server writes nothing", async () => {
    // Pods of the old revision may still be on their way out.
    const everything = () =>
      cluster.path(
        ["deployments,services,jobs,configmaps,secrets,greetings"],
        "{range .items[*]}{.kind} {.metadata.uid} {.spec} {.data}{'\\n'}{end}",
      );
    const before = await everything();
    await helm("upgrade", "hi", CHART, "--dry-run=server", "--set", "greeting=never");
    assert.equal(await everything(), before);
  });

  test("an upgrade whose hook fails changes nothing of the application", async () => {
    const { code, stderr } = await tryHelm("upgrade", "hi", CHART, "--set", "greeting=bad", ...WAIT);
    assert.notEqual(code, 0);
    assert.match(stderr, /pre-upgrade hooks failed/);
    assert.equal(await greeting(), "welcome");
  });

  test("rollback: the first revision again", async () => {
    await helm("rollback", "hi", "1", ...WAIT);
    assert.equal(await greeting(), "hello");
    assert.equal(await cluster.path(["deployment", "hi"], "{.status.readyReplicas}"), "2");
    assert.deepEqual(await revisions(), ["1 superseded", "2 superseded", "3 failed", "4 deployed"]);
  });

  test("what the release says is what the cluster has", async () => {
    const manifest = await helm("get", "manifest", "hi");
    const { code, stdout } = await cluster.tryKubectl(["diff", "-f", "-"], { input: manifest });
    assert.equal(code, 0, stdout);
  });

  test("uninstall leaves the kind and what hooks made, nothing else", async () => {
    await helm("uninstall", "hi", ...WAIT);
    // helm waits for what it made, not for the pods of that.
    await until("everything is gone", async () => {
      const left = await cluster.kubectl("get", "all,configmaps,greetings", "-l", "app.kubernetes.io/instance=hi");
      return left === "" ? true : undefined;
    });
    assert.equal(await cluster.kubectl("get", "greetings"), "");
    await cluster.kubectl("get", "customresourcedefinition", "greetings.kaji.example");
  });
});
