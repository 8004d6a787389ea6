// The official tests of aggregated APIs and of conversion webhooks, step by step, against `bin/kaji apiserver` and servers of
// our own on loopback, over real sockets. It refuses to need nodes: the Services lead to this process.
import assert from "node:assert/strict";
import { createServer, request as requestHttps } from "node:https";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { issue, issueAuthority } from "../../src/wire/x509/issue.ts";
import { startApiserver } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";
import { ExtensionServer, GROUP, VERSION } from "./extension-server.ts";

type Json = { readonly [key: string]: unknown };
interface Told {
  readonly status: number;
  readonly text: string;
  readonly body: Json & {
    readonly metadata?: Json;
    readonly spec?: Json;
    readonly status?: Json;
    readonly items?: Json[];
  };
  readonly type: string;
}

const REGISTRATION = "/apis/apiregistration.k8s.io/v1/apiservices";
const NAME = `${VERSION}.${GROUP}`;
const BASE = `/apis/${GROUP}/${VERSION}`;
const FLUNDERS = `${BASE}/namespaces/default/flunders`;
const V2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

let cluster: Cluster;
let extension: ExtensionServer;
let converter: ReturnType<typeof createServer>;
let caBundle: string;

before(async () => {
  cluster = await startApiserver();
  const now = systemClock.now();
  const life = { notBefore: now - 60_000, notAfter: now + 3_600_000 };
  const authority = await issueAuthority({ commonName: "extensions", ...life }, systemRandom);
  caBundle = Buffer.from(authority.cert).toString("base64");
  const usages = ["server"] as const;
  const names = { commonName: "sample-api", dnsNames: ["sample-api.default.svc"], ipAddresses: ["127.0.0.1"] };
  const pair = await issue(authority, { ...names, usages, ...life }, systemRandom);
  const trust = await eventually(async () => {
    const told = await call("GET", "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication");
    assert.equal(told.status, 200);
    return told.body["data"] as Readonly<Record<string, string>>;
  });
  assert.deepEqual(JSON.parse(trust["requestheader-allowed-names"] ?? ""), ["front-proxy-client"]);
  extension = await ExtensionServer.start({ ...pair, ca: trust["requestheader-client-ca-file"] ?? "" });
  converter = createServer(pair, (incoming, response) => {
    void textOf(incoming).then((text) => response.end(converted(text)));
  });
  await new Promise<void>((resolve) => converter.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  await extension?.stop();
  converter?.closeAllConnections();
  converter?.close();
  await cluster?.stop();
});

async function textOf(stream: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of stream.setEncoding("utf8")) text += String(piece);
  return text;
}

function outgoing(method: string, path: string, headers: Readonly<Record<string, string>> = {}) {
  const option = (name: string) => cluster.credentials[cluster.credentials.indexOf(`--${name}`) + 1]!;
  const file = (name: string) => readFileSync(option(name), "utf8");
  const keys = { ca: file("ca"), cert: file("cert"), key: file("key") };
  return requestHttps(new URL(path, option("server")), { method, ...keys, headers });
}

/** One request as the administrator. */
function call(
  method: string,
  path: string,
  body?: object,
  { type = "application/json", ...headers }: Readonly<Record<string, string>> = {},
): Promise<Told> {
  const request = outgoing(method, path, { "content-type": type, ...headers });
  return new Promise((resolve, reject) => {
    request.on("response", (incoming) => {
      textOf(incoming).then((text) => {
        const parsed = text.startsWith("{") ? (JSON.parse(text) as Told["body"]) : {};
        resolve({ status: incoming.statusCode ?? 0, text, body: parsed, type: incoming.headers["content-type"] ?? "" });
      }, reject);
    });
    request.on("error", reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function expected(status: number, ...about: Parameters<typeof call>): Promise<Told["body"]> {
  const told = await call(...about);
  assert.equal(told.status, status, told.text.slice(0, 500));
  return told.body;
}

async function eventually<T>(look: () => Promise<T>, withinMs = 20_000): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(100);
    }
  }
}

const availableIn = ({ status }: Told["body"]): Json | undefined =>
  ((status?.["conditions"] ?? []) as Json[]).find((one) => one["type"] === "Available");

test("official: the sample API server", async () => {
  const service = { type: "ExternalName", externalName: "127.0.0.1", ports: [{ port: extension.port }] };
  const spec = {
    group: GROUP,
    version: VERSION,
    groupPriorityMinimum: 2000,
    versionPriority: 200,
    service: { namespace: "default", name: "sample-api", port: extension.port },
    caBundle,
  };
  await expected(201, "POST", REGISTRATION, { metadata: { name: NAME, labels: { e2e: "sample" } }, spec });
  // Before it is seen to work nobody is led there.
  await eventually(async () => assert.equal((await call("GET", FLUNDERS)).status, 503));
  const refused = await call("GET", FLUNDERS);
  assert.deepEqual(
    [refused.status, refused.text, refused.type],
    [503, "service unavailable\n", "text/plain; charset=utf-8"],
  );
  await expected(201, "POST", "/api/v1/namespaces/default/services", {
    metadata: { name: "sample-api" },
    spec: service,
  });
  await eventually(async () => {
    const found = availableIn(await expected(200, "GET", `${REGISTRATION}/${NAME}`));
    assert.deepEqual([found?.["status"], found?.["reason"]], ["True", "Passed"]);
  });

  const flunder = { apiVersion: `${GROUP}/${VERSION}`, kind: "Flunder", metadata: { name: "one" }, spec: {} };
  await expected(201, "POST", FLUNDERS, flunder);
  const { user, groups, headers } = extension.asked.at(-1)!;
  assert.deepEqual([user, groups.includes("system:masters")], ["kubernetes-admin", true]);
  assert.equal(headers["authorization"], undefined);
  const read = await expected(200, "GET", `${FLUNDERS}/one`);
  assert.equal(read.metadata?.["name"], "one");
  assert.equal((await expected(200, "GET", FLUNDERS)).items?.length, 1);
  assert.equal((await call("GET", `${FLUNDERS}/two`)).status, 404);
  await expected(200, "DELETE", `${FLUNDERS}/one`);
  assert.deepEqual((await expected(200, "GET", FLUNDERS)).items, []);

  const patched = await expected(
    200,
    "PATCH",
    `${REGISTRATION}/${NAME}`,
    { spec: { versionPriority: 400 } },
    { type: "application/merge-patch+json" },
  );
  assert.equal(patched.spec?.["versionPriority"], 400);
  const listed = await expected(200, "GET", `${REGISTRATION}?labelSelector=e2e%3Dsample`);
  assert.equal(listed.items?.length, 1);
  const stated = await eventually(async () => {
    const current = await expected(200, "GET", `${REGISTRATION}/${NAME}/status`);
    const mine = { type: "StatusUpdated", status: "True", reason: "E2E", message: "Set by e2e test" };
    const conditions = [...((current.status?.["conditions"] ?? []) as Json[]), mine];
    return expected(200, "PUT", `${REGISTRATION}/${NAME}/status`, { ...current, status: { conditions } });
  });
  assert.ok(((stated.status?.["conditions"] ?? []) as Json[]).some((one) => one["type"] === "StatusUpdated"));
});

test("a watch streams through the aggregator, an upgrade goes both ways", async () => {
  const request = outgoing("GET", `${FLUNDERS}?watch=true`);
  const lines: Json[] = [];
  const watching = new Promise<void>((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (incoming) => {
      incoming.setEncoding("utf8").on("data", (text: string) => {
        for (const line of text.split("\n").filter(Boolean)) lines.push(JSON.parse(line) as Json);
        if (lines.length === 2) resolve();
      });
    });
    request.end();
  });
  await eventually(async () => assert.ok(extension.asked.some(({ url }) => url.includes("watch=true"))));
  await expected(201, "POST", FLUNDERS, { metadata: { name: "seen" } });
  await expected(200, "DELETE", `${FLUNDERS}/seen`);
  await watching;
  request.destroy();
  assert.deepEqual(
    lines.map((one) => one["type"]),
    ["ADDED", "DELETED"],
  );

  const upgrade = outgoing("GET", `${FLUNDERS}/x/echo`, { connection: "Upgrade", upgrade: "echo" });
  const said = await new Promise<string>((resolve, reject) => {
    upgrade.on("error", reject);
    upgrade.on("response", (incoming) => reject(new Error(`no upgrade: ${incoming.statusCode}`)));
    upgrade.on("upgrade", (_, socket) => {
      socket.write("hello");
      socket.once("data", (chunk: Buffer) => {
        socket.destroy();
        resolve(chunk.toString("utf8"));
      });
    });
    upgrade.end();
  });
  assert.equal(said, "HELLO");
});

test("discovery and OpenAPI tell of it", async () => {
  const groups = (await expected(200, "GET", "/apis"))["groups"] as Json[];
  assert.equal(groups.at(-1)?.["name"], GROUP);
  const group = await expected(200, "GET", `/apis/${GROUP}`);
  assert.deepEqual(group["preferredVersion"], { groupVersion: `${GROUP}/${VERSION}`, version: VERSION });
  const list = await expected(200, "GET", BASE);
  assert.equal(((list["resources"] as Json[])[0] ?? {})["name"], "flunders");
  const aggregated = await call("GET", "/apis", undefined, { accept: V2 });
  const item = aggregated.body.items?.find(({ metadata }) => (metadata as Json)["name"] === GROUP);
  const [version] = (item?.["versions"] ?? []) as Json[];
  assert.deepEqual(
    [version?.["freshness"], ((version?.["resources"] ?? []) as Json[]).map((one) => [one["resource"], one["scope"]])],
    ["Current", [["flunders", "Namespaced"]]],
  );
  const v3 = (await expected(200, "GET", "/openapi/v3"))["paths"] as Readonly<Record<string, Json>>;
  const { serverRelativeURL } = v3[`apis/${GROUP}/${VERSION}`] as { serverRelativeURL?: string };
  assert.equal((await expected(200, "GET", serverRelativeURL ?? ""))["openapi"], "3.0.0");
  const v2 = await expected(200, "GET", "/openapi/v2");
  assert.ok((v2["paths"] as Json)[`${BASE}/flunders`]);
  assert.ok((v2["definitions"] as Json)["wardle.Flunder"]);
  assert.ok((v2["paths"] as Json)["/api/v1/namespaces/{namespace}/pods"]);
});

test("official: APIServices are deleted as a collection; then nobody serves the group", async () => {
  await expected(200, "DELETE", `${REGISTRATION}?labelSelector=e2e%3Dsample`);
  await eventually(async () => assert.equal((await call("GET", FLUNDERS)).status, 404));
  const groups = (await expected(200, "GET", "/apis"))["groups"] as Json[];
  assert.ok(!groups.some((one) => one["name"] === GROUP));
});

/** What the official webhook does: `hostPort` of v1 is `host` and `port` of v2. */
function converted(text: string): string {
  const review = JSON.parse(text) as { apiVersion: string; kind: string; request: Json };
  const { uid, desiredAPIVersion, objects } = review.request as {
    uid: string;
    desiredAPIVersion: string;
    objects: (Json & { hostPort?: string; host?: string; port?: string })[];
  };
  const convertedObjects = objects.map(({ hostPort = "", host = "", port = "", ...rest }) => {
    const [first, second] = hostPort.split(":");
    const fields = desiredAPIVersion.endsWith("/v1") ? { hostPort: `${host}:${port}` } : { host: first, port: second };
    return { ...rest, ...fields, apiVersion: desiredAPIVersion };
  });
  const { apiVersion, kind } = review;
  return JSON.stringify({ apiVersion, kind, response: { uid, result: { status: "Success" }, convertedObjects } });
}

test("official: custom resources from v1 to v2, and a list of objects stored in both", async () => {
  const text = { type: "string" };
  const version = (name: string, storage: boolean, ...fields: string[]) => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: { type: "object", properties: Object.fromEntries(fields.map((one) => [one, text])) } },
  });
  const group = "stable.example.com";
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const { port } = converter.address() as AddressInfo;
  const clientConfig = { url: `https://127.0.0.1:${port}/crdconvert`, caBundle };
  const definition = {
    metadata: { name: `e2etests.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "e2etests", kind: "E2eTest" },
      versions: [version("v1", true, "hostPort"), version("v2", false, "host", "port")],
      conversion: { strategy: "Webhook", webhook: { clientConfig, conversionReviewVersions: ["v1", "v1beta1"] } },
    },
  };
  await expected(201, "POST", definitions, definition);
  const path = (name: string) => `/apis/${group}/${name}/namespaces/default/e2etests`;
  const first = { apiVersion: `${group}/v1`, kind: "E2eTest", metadata: { name: "one" }, hostPort: "localhost:8080" };
  await eventually(() => expected(201, "POST", path("v1"), first));
  const read = await expected(200, "GET", `${path("v2")}/one`);
  assert.deepEqual([read["host"], read["port"], read["apiVersion"]], ["localhost", "8080", `${group}/v2`]);

  const versions = [version("v1", false, "hostPort"), version("v2", true, "host", "port")];
  const patch = { type: "application/merge-patch+json" };
  await expected(200, "PATCH", `${definitions}/e2etests.${group}`, { spec: { versions } }, patch);
  const second = { apiVersion: `${group}/v2`, kind: "E2eTest", metadata: { name: "two" }, host: "other", port: "1" };
  await eventually(async () => {
    const made = await call("POST", path("v2"), second);
    assert.ok(made.status === 201 || made.status === 409, made.text);
    const stored = await expected(200, "GET", definitions);
    const [found] = stored.items ?? [];
    assert.deepEqual(((found?.["status"] ?? {}) as Json)["storedVersions"], ["v1", "v2"]);
  });
  const list = async (name: string) =>
    ((await expected(200, "GET", path(name))).items ?? []).map(({ apiVersion, hostPort, host, port: p }) => [
      apiVersion,
      hostPort ?? `${String(host)} ${String(p)}`,
    ]);
  assert.deepEqual(await list("v1"), [
    [`${group}/v1`, "localhost:8080"],
    [`${group}/v1`, "other:1"],
  ]);
  assert.deepEqual(await list("v2"), [
    [`${group}/v2`, "localhost 8080"],
    [`${group}/v2`, "other 1"],
  ]);
  // Its APIServices come of themselves.
  const services = await expected(200, "GET", REGISTRATION);
  const names = (services.items ?? []).map(({ metadata }) => (metadata as Json)["name"]);
  assert.ok(names.includes(`v1.${group}`) && names.includes(`v2.${group}`));
});
