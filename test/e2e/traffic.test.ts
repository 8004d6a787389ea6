// 200 requests a second through cluster IP and node port while everything moves: a rolling update, and a restart of each of Kaji's
// processes. No request may fail.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { run, until, withoutRealNodes } from "./host.ts";
import { RealCluster } from "./real-cluster.ts";

const NAMESPACE = "demo";
const REQUESTS = 6000;
const PER_SECOND = 200;

/** Sends `count` requests at a steady rate, every second one on a connection of its own; prints the failures as JSON. */
const LOAD = `
  const http = require("node:http");
  const [count, rate, ...urls] = process.argv.slice(1);
  const kept = new http.Agent({ keepAlive: true, maxSockets: 50 });
  const failures = []; let done = 0;
  const ask = (i) => {
    const began = Date.now();
    const fail = (why) => { failures.push({ i, url: urls[i % urls.length], kept: (i >> 1) % 2 === 1, at: began, after: Date.now() - began, why }); end(); };
    let over = false;
    const end = () => { if (over) return; over = true; if (++done === +count) process.stdout.write(JSON.stringify(failures), () => process.exit()); };
    const request = http.get(urls[i % urls.length], { agent: (i >> 1) % 2 === 1 ? kept : false, timeout: 5000 }, (answer) => {
      let text = "";
      answer.on("data", (d) => (text += d)).on("end", () => (answer.statusCode === 200 && text.includes("This is") ? end() : fail(answer.statusCode + " " + text.slice(0, 80))));
      answer.on("error", (e) => fail(e.message));
    });
    request.on("timeout", () => request.destroy(new Error("timeout"))).on("error", (e) => { if (!over) fail(e.code || e.message); });
  };
  let sent = 0;
  const begun = Date.now();
  const timer = setInterval(() => { while (sent < +count && sent < ((Date.now() - begun) * +rate) / 1000) ask(sent++); if (sent >= +count) clearInterval(timer); }, 5);`;

/** A page without a program behind it, so that what is measured is the way to it. It drains: preStop outlasts the endpoints' change. */
const SITE = `
apiVersion: v1
kind: Namespace
metadata: {name: ${NAMESPACE}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: hello, namespace: ${NAMESPACE}}
spec:
  replicas: 3
  selector: {matchLabels: {app: hello}}
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: hello}}
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - name: web
          image: kaji.local/busybox:1
          command: [sh, -c, "mkdir /www; echo This is $HOSTNAME > /www/index.html; exec httpd -f -p 8080 -h /www"]
          readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
          lifecycle: {preStop: {exec: {command: [sleep, "2"]}}}
---
apiVersion: v1
kind: Service
metadata: {name: hello, namespace: ${NAMESPACE}}
spec: {selector: {app: hello}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: hello-port, namespace: ${NAMESPACE}}
spec: {type: NodePort, selector: {app: hello}, ports: [{port: 80, targetPort: 8080}]}
`;

interface Failure {
  readonly i: number;
  readonly url: string;
  readonly why: string;
  readonly at: number;
}

test(
  "no request of 6,000 fails while pods and processes are replaced",
  { skip: withoutRealNodes(), timeout: 300_000 },
  async () => {
    await using cluster = await RealCluster.prepare();
    await cluster.up();
    const applied = await cluster.tryKubectl(["apply", "-f", "-"], { input: SITE });
    assert.equal(applied.code, 0, applied.stderr);
    await cluster.kubectl("wait", "-n", NAMESPACE, "--for=condition=Available", "deploy/hello", "--timeout=60s");
    const clusterIP = await cluster.path(["svc", "-n", NAMESPACE, "hello"], "{.spec.clusterIP}");
    const nodeIP = await cluster.path(["nodes"], "{.items[0].status.addresses[?(@.type=='InternalIP')].address}");
    const services = JSON.parse(await cluster.kubectl("get", "svc", "-n", NAMESPACE, "-o", "json")) as {
      items: { spec: { type: string; ports: { nodePort?: number }[] } }[];
    };
    const nodePort = services.items.find((s) => s.spec.type === "NodePort")!.spec.ports[0]!.nodePort!;
    const urls = [`http://${clusterIP}/`, `http://${nodeIP}:${nodePort}/`];

    // From inside a pod, by name, as fast as a shell goes.
    await cluster.kubectl(
      "run",
      "asker",
      "-n",
      NAMESPACE,
      "--image=kaji.local/busybox:1",
      "--restart=Never",
      "--",
      "sh",
      "-c",
      "n=0; bad=0; while [ ! -e /stop ]; do n=$((n+1)); wget -qO- http://hello.demo | grep -q 'This is' || bad=$((bad+1)); done; echo asked $n failed $bad",
    );
    await cluster.kubectl("wait", "-n", NAMESPACE, "--for=condition=Ready", "pod/asker", "--timeout=30s");

    const load = spawn(process.execPath, ["-e", LOAD, String(REQUESTS), String(PER_SECOND), ...urls], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    load.stdout.on("data", (data) => (said += String(data)));
    const ended = new Promise<void>((resolve) => load.once("close", () => resolve()));
    const marks: Record<string, number> = {};
    const restart = async (name: string, pid: number | null): Promise<void> => {
      marks[name] = Date.now();
      process.kill(pid!, "SIGTERM");
      await until(
        `${name} has ended`,
        async () => ((await run("kill", ["-0", String(pid)])).code === 0 ? undefined : true),
        15_000,
      );
      await cluster.up();
    };
    await sleep(1500);
    marks["rollout"] = Date.now();
    await cluster.kubectl("set", "env", "-n", NAMESPACE, "deploy/hello", "ROUND=2");
    await cluster.kubectl("rollout", "status", "-n", NAMESPACE, "deploy/hello", "--timeout=60s");
    await restart("control plane", (await cluster.status()).pid);
    await restart("agent", (await cluster.status()).nodes[0]!.agentPid);
    await ended;

    const failures = JSON.parse(said) as Failure[];
    const told = failures.slice(0, 10).map(
      (f) =>
        `${f.url} ${f.why}, ${Object.entries(marks)
          .map(([name, at]) => `${((f.at - at) / 1000).toFixed(1)} s after ${name}`)
          .join(", ")}`,
    );
    assert.equal(failures.length, 0, `${failures.length} of ${REQUESTS} failed:\n${told.join("\n")}`);
    // The container may end, and take this command with it, before the command has said that it is done.
    await cluster.tryKubectl(["exec", "-n", NAMESPACE, "asker", "--", "touch", "/stop"]);
    const log = await until(
      "the pod has counted",
      async () => /asked (\d+) failed (\d+)/.exec(await cluster.kubectl("logs", "-n", NAMESPACE, "asker")) ?? undefined,
    );
    assert.ok(Number(log[1]) > 100, log[0]);
    assert.equal(log[2], "0", log[0]);
  },
);
