// The API server under load beside bare HTTP/2 servers: GET, create, status patch, delete, LIST, watch. Rates are for each
// second of the server's processor time, so that a busy machine shows as little as may be. It refuses to judge.
import { cpuSeconds, residentMiB } from "./process-cost.ts";
import type { Report, RequestJob } from "./load.ts";
import { POD_BODY, STATUS_PATCH, UNIQUE_POD_BODY } from "./pod.ts";
import { atLeast, atMost, cost, rate, ratioOf } from "./row.ts";
import type { Row } from "./row.ts";
import { ApiBench } from "./servers.ts";
import type { Running } from "./servers.ts";

const PODS = "/api/v1/namespaces/bench/pods";
const JSON_BODY = { "content-type": "application/json" };
const PROTOBUF = { accept: "application/vnd.kubernetes.protobuf" };
const perCpu = ({ count, cpuSeconds: seconds }: Report) => count / Math.max(seconds, 0.01);

interface Sizes {
  readonly gets: number;
  readonly creates: number;
  /** Creations before anything is measured, of every server: a server's first thousands are its compiler's work. */
  readonly warm: number;
  readonly events: number;
  readonly watchers: number;
}

const FULL: Sizes = { gets: 12_000, creates: 4000, warm: 4000, events: 40, watchers: 1000 };
const QUICK: Sizes = { gets: 4000, creates: 1000, warm: 2000, events: 10, watchers: 1000 };

const job = (method: string, path: string, count: number, more: Partial<RequestJob> = {}): RequestJob => {
  return { type: "requests", method, path, count, inFlight: 64, firstNumber: 0, status: 200, ...more };
};

const DELAY = /^nodejs_eventloop_delay_p99_seconds (\S+)$/m;
const delayIn = (text: string) => Number(DELAY.exec(text)?.[1] ?? Number.NaN) * 1000;

export async function apiRows(quick: boolean): Promise<Row[]> {
  const bench = new ApiBench();
  try {
    return await measure(bench, quick ? QUICK : FULL);
  } finally {
    await bench.close();
  }
}

async function prepare(bench: ApiBench, api: Running): Promise<void> {
  const send = (path: string, object: object) =>
    bench.run(
      api,
      job("POST", path, 1, { body: JSON.stringify(object), headers: JSON_BODY, status: 201, inFlight: 1 }),
    );
  await send("/api/v1/namespaces", { metadata: { name: "bench" } });
  await send("/api/v1/namespaces/bench/serviceaccounts", { metadata: { name: "default" } });
  await send("/api/v1/namespaces/bench/configmaps", { metadata: { name: "c" }, data: { a: "b" } });
}

async function measure(bench: ApiBench, sizes: Sizes): Promise<Row[]> {
  const api = await bench.apiserver();
  await prepare(bench, api);
  const rows: Row[] = [];
  const creation = { body: POD_BODY, headers: JSON_BODY, status: 201 };
  const { gets, creates, warm } = sizes;
  await bench.run(api, job("POST", PODS, warm, { ...creation, firstNumber: 1_000_000 }));
  const pod = await bench.text(api, `${PODS}/web-1000000`);
  const bare = await bench.bare(pod, creates + warm);

  await bench.run(bare, job("POST", "/", warm, creation));
  const created = await bench.run(api, job("POST", PODS, creates, creation));
  const bareCreated = await bench.run(bare, job("POST", "/", creates, creation));
  rows.push(
    rate("create one pod, durable, 64 at once", "1/cpu s", perCpu(created), perCpu(bareCreated), ratioOf(0.35)),
    cost("create one pod, 64 at once, p99", "ms", created.p99, bareCreated.p99),
  );
  const alone = await bench.run(api, job("POST", PODS, 200, { ...creation, firstNumber: 2_000_000, inFlight: 1 }));
  rows.push(cost("create one pod, alone, p50", "ms", alone.p50));

  const one = job("GET", `${PODS}/web-7`, gets);
  await bench.run(bare, { ...one, count: 1000 });
  await bench.run(api, { ...one, count: 1000 });
  const bareGot = await bench.run(bare, one);
  const got = await bench.run(api, one);
  rows.push(rate(`GET one pod, ${pod.length} bytes`, "1/cpu s", perCpu(got), perCpu(bareGot), ratioOf(0.6)));
  const gotMessages = await bench.run(api, { ...one, headers: PROTOBUF });
  rows.push(rate("GET one pod, protobuf", "1/cpu s", perCpu(gotMessages), perCpu(bareGot), atLeast(15_000)));

  const patch = { body: STATUS_PATCH, headers: { "content-type": "application/strategic-merge-patch+json" } };
  const onWarm = { ...patch, firstNumber: 1_000_000 };
  await bench.run(api, job("PATCH", `${PODS}/web-{i}/status`, warm, onWarm));
  const patched = await bench.run(api, job("PATCH", `${PODS}/web-{i}/status`, creates, patch));
  rows.push(rate("patch of a pod's status", "1/cpu s", perCpu(patched), perCpu(bareCreated), atLeast(3000)));

  rows.push(...(await listRows(bench, api, bare, creates + warm)));
  const delay = delayIn(await bench.text(api, "/metrics"));
  rows.push(cost("event loop of the API server under all of this, delay p99", "ms", delay, undefined, atMost(25)));
  rows.push(...(await watchRows(bench, api, bare, sizes)));
  await bench.run(api, job("DELETE", `${PODS}/web-{i}?gracePeriodSeconds=0`, warm / 2, { firstNumber: 1_000_000 }));
  const deleted = await bench.run(api, job("DELETE", `${PODS}/web-{i}?gracePeriodSeconds=0`, creates));
  rows.push(rate("delete of a pod", "1/cpu s", perCpu(deleted), perCpu(bareCreated), atLeast(3000)));
  const unique = { ...creation, body: UNIQUE_POD_BODY, firstNumber: 3_000_000 };
  await bench.run(api, job("POST", PODS, warm / 2, { ...unique, firstNumber: 4_000_000 }));
  const unlike = await bench.run(api, job("POST", PODS, creates / 2, unique));
  rows.push(rate("create one pod, each of a spec of its own", "1/cpu s", perCpu(unlike), perCpu(bareCreated)));
  rows.push(cost("memory of the API server after all of this", "MiB", residentMiB(api.pid)));
  return rows;
}

async function listRows(bench: ApiBench, api: Running, bare: Running, count: number): Promise<Row[]> {
  const times = Math.max(3, Math.round(20_000 / count));
  const all = job("GET", PODS, times, { inFlight: 1 });
  await bench.run(api, all);
  await bench.run(bare, { ...all, path: "/list" });
  const before = residentMiB(api.pid);
  const listed = await bench.run(api, all);
  const grown = residentMiB(api.pid) - before;
  const bareListed = await bench.run(bare, { ...all, path: "/list" });
  const speed = ({ bytes, cpuSeconds: seconds }: Report) => bytes / 2 ** 20 / Math.max(seconds, 0.01);
  await bench.run(api, { ...all, count: 1, headers: PROTOBUF });
  const messages = await bench.run(api, { ...all, headers: PROTOBUF });
  const label = job("GET", `${PODS}?labelSelector=number%3Dn7`, 500);
  const few = await bench.run(api, label);
  return [
    rate(`LIST ${count} pods`, "MiB/cpu s", speed(listed), speed(bareListed), ratioOf(0.4)),
    cost(`memory grown by ${times} lists`, "MiB", grown, undefined, atMost(20)),
    rate(`LIST ${count} pods, protobuf`, "1/cpu s", perCpu(messages), perCpu(bareListed)),
    rate("LIST by a label with one match", "1/cpu s", perCpu(few), undefined, atLeast(600)),
  ];
}

async function watchRows(bench: ApiBench, api: Running, bare: Running, sizes: Sizes): Promise<Row[]> {
  const { watchers, events } = sizes;
  const delivered = async (server: Running, path: string, event: RequestJob): Promise<number> => {
    await bench.run(server, { type: "watch", path, watchers });
    await bench.run(server, { ...event, count: 3, firstNumber: 9000 });
    await bench.run(server, { type: "lines", each: 3 });
    const before = cpuSeconds(server.pid);
    await bench.run(server, event);
    const { cpuSeconds: after } = await bench.run(server, { type: "lines", each: events });
    await bench.run(server, { type: "unwatch" });
    return (watchers * events) / Math.max(after - before, 0.01);
  };
  const headers = { "content-type": "application/strategic-merge-patch+json" };
  const patch = job("PATCH", `${PODS}/web-7/status`, events, {
    body: STATUS_PATCH,
    headers,
    inFlight: 1,
    firstNumber: 100,
  });
  const path = `${PODS}?watch=1&resourceVersion=${await revision(bench, api)}`;
  const figure = await delivered(api, path, patch);
  const baseline = await delivered(bare, "/watch", job("GET", "/event", events, { inFlight: 1 }));
  return [rate(`watch: one event to ${watchers} watchers, deliveries`, "1/cpu s", figure, baseline, ratioOf(0.5))];
}

async function revision(bench: ApiBench, api: Running): Promise<string> {
  const list = JSON.parse(await bench.text(api, `${PODS}?limit=1`)) as { metadata: { resourceVersion: string } };
  return list.metadata.resourceVersion;
}
