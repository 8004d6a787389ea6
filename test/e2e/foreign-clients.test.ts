// Clients that Kaji did not write, against a cluster with real containers: kubectl's interactive commands, and the JavaScript client.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { PassThrough } from "node:stream";
import { after, before, describe, test } from "node:test";
import {
  AppsV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  Log,
  PatchStrategy,
  PortForward,
  Watch,
  setHeaderOptions,
} from "@kubernetes/client-node";
import type { V1Pod, V1Status } from "@kubernetes/client-node";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { KUBECTL, ROOT, must, run, until, withoutRealNodes } from "./host.ts";
import { RealCluster } from "./real-cluster.ts";

const NAMESPACE = "demo";

describe("foreign clients", { skip: withoutRealNodes(), timeout: 240_000 }, () => {
  let cluster: RealCluster;
  let pod = "";

  before(async () => {
    cluster = await RealCluster.prepare();
    await cluster.up();
    await cluster.kubectl("apply", "-f", path.join(ROOT, "examples/hello.yaml"));
    await cluster.kubectl("wait", "-n", NAMESPACE, "--for=condition=Available", "deploy/hello", "--timeout=60s");
    pod = await cluster.path(["pods", "-n", NAMESPACE, "-l", "app=hello"], "{.items[0].metadata.name}");
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  test("kubectl exec with a terminal knows its size", async () => {
    const command = `stty cols 101 rows 31; ${KUBECTL} exec -it -n ${NAMESPACE} ${pod} -- sh -c 'sleep 0.5; stty size; exit 3'; echo "code $?"`;
    const { stdout } = await run("script", ["-qc", command, "/dev/null"], { env: cluster.env });
    assert.match(stdout, /31 101/);
    assert.match(stdout, /code 3/);
  });

  test("kubectl exec passes input of a megabyte through", async () => {
    const input = "0123456789abcde\n".repeat(65_536);
    const { stdout } = await run(KUBECTL, ["exec", "-i", "-n", NAMESPACE, pod, "--", "md5sum"], {
      env: cluster.env,
      input,
    });
    const expected = await must("md5sum", [], { input });
    assert.equal(stdout.split(" ")[0], expected.split(" ")[0]);
  });

  test("kubectl cp, both ways", async () => {
    const [there, back] = [path.join(cluster.folder, "there"), path.join(cluster.folder, "back")];
    await writeFile(there, "carried\n");
    await cluster.kubectl("cp", there, `${NAMESPACE}/${pod}:/tmp/carried`);
    await cluster.kubectl("cp", `${NAMESPACE}/${pod}:/tmp/carried`, back);
    assert.equal(await readFile(back, "utf8"), "carried\n");
  });

  test("kubectl port-forward to a service", async () => {
    const child = spawn(KUBECTL, ["port-forward", "-n", NAMESPACE, "svc/hello", ":80"], {
      env: { ...process.env, ...cluster.env },
    });
    try {
      let said = "";
      child.stdout.on("data", (data) => (said += String(data)));
      const port = await until("the port is open", async () => /127\.0\.0\.1:(\d+)/.exec(said)?.[1], 10_000);
      for (let i = 0; i < 3; i++)
        assert.match(await (await fetch(`http://127.0.0.1:${port}/`)).text(), /This is hello-/);
    } finally {
      child.kill();
    }
  });

  test("kubectl debug adds a container that sees the others' network", async () => {
    await cluster.kubectl(
      "debug",
      "-n",
      NAMESPACE,
      pod,
      "--image=kaji.local/busybox:1",
      "-c",
      "look",
      "--",
      "wget",
      "-qO-",
      "http://127.0.0.1:8080/healthz",
    );
    const log = await until(
      "it has spoken",
      async () => (await cluster.kubectl("logs", "-n", NAMESPACE, pod, "-c", "look")) || undefined,
    );
    assert.equal(log.trim(), "ok");
  });

  test("kubectl diff, explain, wait, auth can-i, get --raw through a service", async () => {
    const changed = (await readFile(path.join(ROOT, "examples/hello.yaml"), "utf8")).replace(
      "replicas: 3",
      "replicas: 2",
    );
    const { code, stdout } = await run(KUBECTL, ["diff", "-f", "-"], { env: cluster.env, input: changed });
    assert.deepEqual([code, /-  replicas: 3\n\+  replicas: 2/.test(stdout)], [1, true], stdout);
    assert.match(await cluster.kubectl("explain", "deployment.spec.strategy.rollingUpdate"), /maxSurge/);
    assert.equal((await cluster.tryKubectl(["auth", "can-i", "delete", "nodes", "--as=alice"])).stdout.trim(), "no");
    assert.match(
      await cluster.kubectl("get", "--raw", `/api/v1/namespaces/${NAMESPACE}/services/hello:80/proxy/`),
      /This is hello-/,
    );
  });

  test("kubectl drain empties the node, uncordon fills it again", async () => {
    const node = await cluster.path(["nodes"], "{.items[0].metadata.name}");
    await cluster.kubectl("drain", node, "--ignore-daemonsets", "--force", "--delete-emptydir-data", "--timeout=50s");
    assert.equal(await cluster.path(["pods", "-n", NAMESPACE, "-l", "app=hello"], "{.items[*].spec.nodeName}"), "");
    await cluster.kubectl("uncordon", node);
    await cluster.kubectl("wait", "-n", NAMESPACE, "--for=condition=Available", "deploy/hello", "--timeout=60s");
    pod = await cluster.path(["pods", "-n", NAMESPACE, "-l", "app=hello"], "{.items[0].metadata.name}");
  });

  test("@kubernetes/client-node: list, watch, patch, apply, exec, log, port-forward", async () => {
    const config = new KubeConfig();
    config.loadFromFile(cluster.env["KUBECONFIG"]!);
    const core = config.makeApiClient(CoreV1Api);
    const apps = config.makeApiClient(AppsV1Api);
    const list = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: "app=hello" });
    assert.equal(list.items.length, 3);

    const seen: string[] = [];
    const stop = await new Watch(config).watch(
      `/api/v1/namespaces/${NAMESPACE}/configmaps`,
      { resourceVersion: list.metadata!.resourceVersion! },
      (phase, object: { metadata: { name: string } }) => seen.push(`${phase} ${object.metadata.name}`),
      () => undefined,
    );
    await core.createNamespacedConfigMap({
      namespace: NAMESPACE,
      body: { metadata: { name: "made" }, data: { a: "1" } },
    });
    await core.patchNamespacedConfigMap(
      { namespace: NAMESPACE, name: "made", body: { data: { b: "2" } } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
    const applied = await core.patchNamespacedConfigMap(
      {
        namespace: NAMESPACE,
        name: "made",
        fieldManager: "test",
        body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made" }, data: { c: "3" } },
      },
      setHeaderOptions("Content-Type", PatchStrategy.ServerSideApply),
    );
    assert.deepEqual(applied.data, { a: "1", b: "2", c: "3" });
    await core.deleteNamespacedConfigMap({ namespace: NAMESPACE, name: "made" });
    await until("the watch has told it all", async () => (seen.length >= 4 ? true : undefined), 5000);
    assert.deepEqual(
      seen.filter((s) => s.endsWith(" made")),
      ["ADDED made", "MODIFIED made", "MODIFIED made", "DELETED made"],
    );
    stop.abort();

    const [out, err] = [new PassThrough(), new PassThrough()];
    const said = { out: "", err: "" };
    out.on("data", (data) => (said.out += String(data)));
    err.on("data", (data) => (said.err += String(data)));
    const status = await new Promise<V1Status>((resolve, reject) => {
      new Exec(config)
        .exec(NAMESPACE, pod, "web", ["sh", "-c", "echo out; echo err >&2; exit 4"], out, err, null, false, resolve)
        .catch(reject);
    });
    assert.deepEqual([said.out, said.err, status.details?.causes?.[0]?.message], ["out\n", "err\n", "4"]);

    const log = new PassThrough();
    let text = "";
    log.on("data", (data) => (text += String(data)));
    await new Log(config).log(NAMESPACE, pod, "web", log, { tailLines: 1 });
    await until("the log has come", async () => (/serves/.test(text) ? true : undefined), 5000);

    await forwarded(config, pod);
    const scaled = await apps.readNamespacedDeploymentScale({ name: "hello", namespace: NAMESPACE });
    assert.equal(scaled.spec?.replicas, 3);
    assert.ok(list.items.every((p: V1Pod) => p.status?.phase === "Running" || p.status?.phase === "Pending"));
  });
});

/** A request through the JavaScript client's port-forward. */
async function forwarded(config: KubeConfig, pod: string): Promise<void> {
  const forward = new PortForward(config);
  const server = createServer((socket) => void forward.portForward(NAMESPACE, pod, [8080], socket, null, socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: "close" } });
    assert.equal((await answer.text()).trim(), "ok");
  } finally {
    server.close();
  }
}
