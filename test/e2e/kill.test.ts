// kill -9 of the control plane and of the agent, in the middle of a rollout and in peace: the Service answers all the
// time, what was acknowledged is there, and nothing restarts that did not have to. It refuses to be gentle.
import assert from "node:assert/strict";
import { get } from "node:http";
import { after, before, describe, test } from "node:test";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpsClient } from "../../src/client/https.ts";
import { clientOfKubeconfig } from "../../src/programs/admin-client.ts";
import { ConfigMap } from "../../src/resources/core/config-map.ts";
import { ROOT, until, withoutRealNodes } from "./host.ts";
import { RealCluster } from "./real-cluster.ts";

const HELLO = path.join(ROOT, "examples/hello.yaml");
const NS = ["-n", "demo"];
const WAIT = "--timeout=90s";
/** How often the Service is asked, and how long an answer may take. */
const EVERY_MS = 20;
const ANSWER_MS = 2000;

interface Asking {
  readonly failures: readonly string[];
  readonly answers: () => number;
  stop(): Promise<void>;
}

/** Asks both addresses in turn, each time on a new connection, whether or not earlier answers have come. */
function ask(urls: readonly string[]): Asking {
  const failures: string[] = [];
  const began = performance.now();
  const open = new Set<Promise<void>>();
  let answers = 0;
  let asked = 0;
  const once = (url: string): Promise<void> =>
    new Promise((resolve) => {
      const at = performance.now() - began;
      const failed = (why: string): void => {
        failures.push(`${at.toFixed(0)} ms ${url}: ${why}`);
        resolve();
      };
      const request = get(url, { agent: false, timeout: ANSWER_MS }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.once("error", (error) => failed(error.message));
        response.once("end", () => {
          if (response.statusCode !== 200 || !text.includes("This is hello-")) failed(`${response.statusCode} ${text}`);
          else answers++;
          resolve();
        });
      });
      request.once("timeout", () => request.destroy(new Error(`no answer within ${ANSWER_MS} ms`)));
      request.once("error", (error) => failed(error.message));
    });
  const timer = setInterval(() => {
    const asking = once(urls[asked++ % urls.length]!);
    open.add(asking);
    void asking.then(() => open.delete(asking));
  }, EVERY_MS);
  return {
    failures,
    answers: () => answers,
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
    },
  };
}

/** Writes ConfigMaps one after the other until a write fails; gives the names that were acknowledged. */
async function writeUntilItFails(client: HttpsClient): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let i = 0; ; i++) {
    const name = `write-${i}`;
    try {
      await client.create(ConfigMap, { metadata: { name, namespace: "demo" }, data: { i: String(i) } });
    } catch {
      return acknowledged; // the server is gone, as it was meant to be
    }
    acknowledged.push(name);
  }
}

interface Container {
  readonly pod: string;
  readonly id: string;
  readonly restarts: number;
  readonly started: string;
}

describe("kill -9", { skip: withoutRealNodes(), concurrency: 1 }, () => {
  let cluster: RealCluster;
  let asking: Asking;

  const containers = async (): Promise<Container[]> => {
    const list = JSON.parse(await cluster.kubectl("get", "pods", ...NS, "-o", "json")) as {
      items: {
        metadata: { name: string; deletionTimestamp?: string };
        status: {
          containerStatuses?: {
            containerID: string;
            restartCount: number;
            state: { running?: { startedAt: string } };
          }[];
        };
      }[];
    };
    return list.items.flatMap(({ metadata, status }) => {
      const [own] = status.containerStatuses ?? [];
      if (metadata.deletionTimestamp !== undefined || own?.state.running === undefined) return [];
      return [
        { pod: metadata.name, id: own.containerID, restarts: own.restartCount, started: own.state.running.startedAt },
      ];
    });
  };
  const killBoth = async (): Promise<void> => {
    const { pid, nodes } = await cluster.status();
    for (const each of [pid!, nodes[0]!.agentPid!]) process.kill(each, "SIGKILL");
  };
  const noFailures = async (): Promise<void> => {
    assert.deepEqual(
      asking.failures.slice(0, 20),
      [],
      `${asking.failures.length} requests failed\n${await cluster.logs()}`,
    );
  };

  before(async () => {
    cluster = await RealCluster.prepare();
    await cluster.up();
    await cluster.kubectl("apply", "-f", HELLO);
    await cluster.kubectl("rollout", "status", "deploy/hello", ...NS, WAIT);
    const ip = await cluster.path(["svc", "hello", ...NS], "{.spec.clusterIP}");
    const node = await cluster.path(["nodes"], '{.items[0].status.addresses[?(@.type=="InternalIP")].address}');
    const port = await cluster.path(["svc", "hello-node", ...NS], "{.spec.ports[0].nodePort}");
    const urls = [`http://${ip}/`, `http://${node}:${port}/`];
    await until("the service answers", async () => ((await fetch(urls[0]!)).ok ? true : undefined));
    asking = ask(urls);
  });
  after(async () => {
    await asking?.stop();
    await cluster?.[Symbol.asyncDispose]();
  });

  test("a rollout without any harm loses no request", async () => {
    await cluster.kubectl("set", "env", "deploy/hello", ...NS, "ROUND=1");
    await cluster.kubectl("rollout", "status", "deploy/hello", ...NS, WAIT);
    await noFailures();
  });

  test("killed in peace and started again: every container is the same", async (t) => {
    await until("three pods are left", async () => ((await containers()).length === 3 ? true : undefined));
    const before = await containers();
    const answers = asking.answers();
    await killBoth();
    await sleep(3000);
    const meanwhile = asking.answers() - answers;
    assert.ok(meanwhile > 100, `${meanwhile} answers while nothing of Kaji ran`);
    await cluster.up();
    await sleep(5000);
    assert.deepEqual(await containers(), before);
    t.diagnostic(`${meanwhile} answers meanwhile`);
    await noFailures();
  });

  test("killed in a rollout: it ends after up, nothing acknowledged is lost, nothing restarts in vain", async (t) => {
    const client = clientOfKubeconfig(path.join(cluster.data, "kubeconfig"), "kill-test");
    const written = writeUntilItFails(client);
    const old = new Set((await containers()).map(({ pod }) => pod));
    await cluster.kubectl("set", "env", "deploy/hello", ...NS, "ROUND=2");
    const running = await until("a new pod runs", async () => {
      const all = await containers();
      return all.some(({ pod }) => !old.has(pod)) ? all : undefined;
    });
    const answers = asking.answers();
    await killBoth();
    const acknowledged = await written;
    await client.close();
    await sleep(3000);
    const meanwhile = asking.answers() - answers;
    assert.ok(meanwhile > 100, `${meanwhile} answers while nothing of Kaji ran`);
    await cluster.up();
    await cluster.kubectl("rollout", "status", "deploy/hello", ...NS, WAIT);
    await until("only new pods are left", async () =>
      (await containers()).every(({ pod }) => !old.has(pod)) ? true : undefined,
    );

    const now = new Map((await containers()).map((each) => [each.pod, each]));
    assert.equal(now.size, 3);
    for (const each of running.filter(({ pod }) => !old.has(pod))) assert.deepEqual(now.get(each.pod), each);
    for (const each of now.values()) assert.equal(each.restarts, 0, each.pod);
    const names = (await cluster.kubectl("get", "configmaps", ...NS, "-o", "name")).split("\n");
    const lost = acknowledged.filter((name) => !names.includes(`configmap/${name}`));
    assert.deepEqual(lost, [], `of ${acknowledged.length} acknowledged writes`);
    t.diagnostic(`${acknowledged.length} acknowledged writes kept, ${meanwhile} answers meanwhile`);
    await noFailures();
  });

  test("the asking does notice a Service without pods", async () => {
    await cluster.kubectl("scale", "deploy/hello", ...NS, "--replicas=0");
    await until("a request fails", async () => (asking.failures.length > 0 ? true : undefined));
  });
});
