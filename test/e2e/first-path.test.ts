// The first path as its user walks it, on real containers with kubectl: up, apply, look, change, throw away.
// It refuses to look inside: only commands, HTTP, and what is left on the host.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { busyboxImage } from "../../src/wire/containerd/built-in-images.ts";
import { buildImage, layerOf, layoutArchive } from "../../src/wire/containerd/oci-image.ts";
import { KAJI, ROOT, must, run, until, withoutRealNodes } from "./host.ts";
import { RealCluster } from "./real-cluster.ts";

const HELLO = path.join(ROOT, "examples/hello.yaml");
const WAIT = "--timeout=60s";
const NS = ["-n", "demo"];

async function page(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(3000) });
  assert.equal(response.status, 200, url);
  return response.text();
}

/** The pods that answered `times` requests, each on a connection of its own. */
async function answering(url: string, times: number): Promise<Set<string>> {
  const names = new Set<string>();
  for (let i = 0; i < times; i++) names.add(/This is (\S+) on/.exec(await page(url))![1]!);
  return names;
}

describe("the first path", { skip: withoutRealNodes(), concurrency: 1 }, () => {
  let cluster: RealCluster;
  let id: string;
  let node: string;
  let service: string;
  let nodePort: string;
  const podNames = async (): Promise<string[]> =>
    (await cluster.path(["pods", ...NS, "-l", "app=hello"], "{.items[*].metadata.name}")).split(" ").filter(Boolean);
  const rolledOut = (): Promise<string> => cluster.kubectl("rollout", "status", "deploy/hello", ...NS, WAIT);

  before(async () => {
    cluster = await RealCluster.prepare();
  });
  after(() => cluster?.[Symbol.asyncDispose]());

  test("up returns when the node is Ready, and says what it did", async (t) => {
    const said = await cluster.up();
    t.diagnostic(said.trim().replaceAll("\n", "; "));
    id = await cluster.id();
    assert.match(said, /is Ready/);
    assert.match(await cluster.kubectl("get", "nodes"), /\bReady\b/);
    assert.equal((await cluster.kubectl("config", "current-context")).trim(), `kaji-${id}`);
    const status = await cluster.status();
    node = status.nodes[0]!.name;
    assert.deepEqual(
      status.nodes.map((each) => each.ready),
      [true],
    );
    assert.ok(status.pid! > 0 && status.nodes[0]!.agentPid! > 0 && status.data === cluster.data);
    assert.match(status.version, /^v1\.37/);
  });

  test("a second up finds everything running", async () => {
    const before = await cluster.status();
    await cluster.up();
    assert.deepEqual(await cluster.status(), before);
  });

  test("apply, and the rollout ends", async (t) => {
    const began = performance.now();
    const said = await cluster.kubectl("apply", "-f", HELLO);
    assert.equal(said.match(/ created$/gm)?.length, 6, said);
    await rolledOut();
    t.diagnostic(`three pods ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    service = await cluster.path(["svc", "hello", ...NS], "{.spec.clusterIP}");
    const address = await cluster.path(["node", node], '{.status.addresses[?(@.type=="InternalIP")].address}');
    nodePort = `http://${address}:${await cluster.path(["svc", "hello-node", ...NS], "{.spec.ports[0].nodePort}")}/`;
    assert.match(await cluster.kubectl("apply", "-f", HELLO), /deployment.apps\/hello unchanged/);
  });

  test("get pods -o wide, describe, events", async () => {
    const rows = (await cluster.kubectl("get", "pods", ...NS, "-o", "wide", "--no-headers")).trim().split("\n");
    assert.equal(rows.length, 3);
    const address = String.raw`\d+\.\d+\.\d+\.\d+`;
    for (const row of rows) assert.match(row, new RegExp(`^hello-\\S+ +1/1 +Running +0 +\\S+ +${address} +${node} `));
    const described = await cluster.kubectl("describe", "pod", ...NS, (await podNames())[0]!);
    for (const part of [
      /^Status: +Running$/m,
      /Ready: +True/,
      /QoS Class: +Burstable/,
      /Mounts:/,
      /Started +\S+ +kubelet/,
    ]) {
      assert.match(described, part);
    }
    const events = await cluster.kubectl("get", "events", ...NS);
    for (const reason of ["ScalingReplicaSet", "SuccessfulCreate", "Scheduled", "Pulled", "Created", "Started"]) {
      assert.match(events, new RegExp(`Normal +${reason} `));
    }
  });

  test("logs, exec, secret and environment", async () => {
    assert.match(await cluster.kubectl("logs", "deploy/hello", ...NS), /^hello-\S+ serves: Hello from Kaji$/m);
    const inside = (...command: string[]): Promise<string> =>
      cluster.kubectl("exec", "deploy/hello", ...NS, "--", ...command);
    assert.equal(await inside("cat", "/etc/hello/greeting"), "Hello from Kaji");
    assert.equal(await inside("cat", "/etc/hello-secret/password"), "correct horse battery staple");
    assert.equal(
      await inside("sh", "-c", 'echo "$GREETING/$PASSWORD"'),
      "Hello from Kaji/correct horse battery staple\n",
    );
    const piped = await cluster.tryKubectl(["exec", "-i", "deploy/hello", ...NS, "--", "cat"], { input: "through\n" });
    assert.deepEqual([piped.code, piped.stdout], [0, "through\n"]);
    const failed = await cluster.tryKubectl(["exec", "deploy/hello", ...NS, "--", "sh", "-c", "exit 7"]);
    assert.equal(failed.code, 7);
  });

  test("the service answers by cluster IP, by node port and by name, from all pods", async () => {
    const names = new Set(await podNames());
    assert.deepEqual(await answering(`http://${service}/`, 60), names);
    assert.deepEqual(await answering(nodePort, 60), names);
    // Without -T: Debian's busybox crashes on it.
    const byName = (name: string): Promise<string> =>
      cluster.kubectl("exec", "deploy/hello", ...NS, "--", "wget", "-qO-", `http://${name}/`);
    for (const name of ["hello", "hello.demo", "hello.demo.svc.cluster.local"]) {
      assert.match(await byName(name), /^Hello from Kaji\nThis is hello-/);
    }
  });

  test("scale to six and back, endpoints follow", async () => {
    await cluster.kubectl("scale", "deploy/hello", ...NS, "--replicas=6");
    await rolledOut();
    assert.equal((await podNames()).length, 6);
    await until("six pods answer", async () =>
      (await answering(`http://${service}/`, 120)).size === 6 ? true : undefined,
    );
    await cluster.kubectl("scale", "deploy/hello", ...NS, "--replicas=3");
    await until("three are left", async () => ((await podNames()).length === 3 ? true : undefined));
  });

  test("set env rolls out, undo rolls back", async () => {
    const first = await podNames();
    await cluster.kubectl("set", "env", "deploy/hello", ...NS, "A=b");
    await rolledOut();
    const variable = (): Promise<string> =>
      cluster.kubectl("exec", "deploy/hello", ...NS, "--", "sh", "-c", "echo A=$A");
    await until("the old pods are gone", async () =>
      (await podNames()).some((name) => first.includes(name)) ? undefined : true,
    );
    assert.equal(await variable(), "A=b\n");
    await cluster.kubectl("rollout", "undo", "deploy/hello", ...NS);
    await rolledOut();
    await until("back to the first revision", async () => ((await variable()) === "A=\n" ? true : undefined));
    assert.match(await cluster.kubectl("rollout", "history", "deploy/hello", ...NS), /^3 /m);
  });

  test("deleted pods are replaced and the service follows", async () => {
    await until("three are left", async () => ((await podNames()).length === 3 ? true : undefined));
    const before = await podNames();
    await cluster.kubectl("delete", "pod", "--all", ...NS, WAIT);
    await rolledOut();
    const names = await podNames();
    assert.equal(names.length, 3);
    assert.deepEqual(
      names.filter((name) => before.includes(name)),
      [],
    );
    await until("they all answer", async () =>
      (await answering(`http://${service}/`, 60)).size === 3 ? true : undefined,
    );
    for (const name of await answering(nodePort, 60)) assert.ok(names.includes(name), name);
  });

  test("an edit of the ConfigMap reaches the mounted file", async (t) => {
    const patch = JSON.stringify({ data: { greeting: "Hello again" } });
    await cluster.kubectl("patch", "configmap", "hello", ...NS, "-p", patch);
    const began = performance.now();
    await until(
      "the page changes",
      async () => ((await page(nodePort)).startsWith("Hello again\n") ? true : undefined),
      10_000,
    );
    t.diagnostic(`after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  });

  test("an image of the user's own is loaded, listed and run", async () => {
    const layer = await layerOf([{ path: "www/index.html", mode: 0o644, file: "an image of my own\n" }]);
    const busybox = await busyboxImage(process.arch === "arm64" ? "arm64" : "amd64", await readFile("/bin/busybox"));
    const base = busybox.blobs.get(busybox.layers[0]!.digest)!;
    const architecture = process.arch === "arm64" ? "arm64" : "amd64";
    const image = buildImage({ architecture, layers: [base, layer], run: { cmd: ["cat", "/www/index.html"] } });
    const archive = path.join(cluster.folder, "own.tar.gz");
    await writeFile(archive, gzipSync(await layoutArchive(image, "example.com/own:1")));
    const data = ["--data", cluster.data];
    assert.equal(await must(KAJI, ["image", "load", archive, ...data]), `example.com/own:1 is on ${node}\n`);
    const listed = JSON.parse(await must(KAJI, ["image", "ls", "-o", "json", ...data])) as { names: string[] }[];
    const names = listed.flatMap((each) => each.names);
    for (const name of ["example.com/own:1", "kaji.local/busybox:1", "kaji.local/pause:1"])
      assert.ok(names.includes(name));
    const said = ["run", "own", ...NS, "--image=example.com/own:1", "--image-pull-policy=Never", "--restart=Never"];
    await cluster.kubectl(...said);
    await until("it has ended", async () =>
      (await cluster.path(["pod", "own", ...NS], "{.status.phase}")) === "Succeeded" ? true : undefined,
    );
    assert.equal(await cluster.kubectl("logs", "own", ...NS), "an image of my own\n");
    const bad = path.join(cluster.folder, "bad.tar");
    await writeFile(bad, "no archive");
    const refused = await run(KAJI, ["image", "load", bad, ...data]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /bad\.tar: the archive cannot be read/);
  });

  test("a namespace takes everything with it", async () => {
    await cluster.kubectl("delete", "namespace", "demo", WAIT);
    assert.equal((await cluster.tryKubectl(["get", "pods", ...NS, "--no-headers"])).stdout, "");
    await assert.rejects(page(`http://${service}/`));
  });

  test("down leaves nothing on the host", async () => {
    await cluster.kubectl("apply", "-f", HELLO);
    await rolledOut();
    const { code, stderr } = await cluster.down();
    assert.equal(code, 0, stderr);
    assert.deepEqual(await cluster.remains(id), []);
    const repeated = await cluster.down("--delete");
    assert.equal(repeated.code, 0, repeated.stderr);
  });
});
