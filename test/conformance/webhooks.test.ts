// The official tests of admission webhooks, walked through against `bin/kaji apiserver` and a webhook of our own on
// loopback, over real sockets. It refuses to need nodes: what is attached to never runs.
import assert from "node:assert/strict";
import { createServer, request as requestHttps } from "node:https";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { issue, issueAuthority } from "../../src/wire/x509/issue.ts";
import { startApiserver } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";

type Json = { readonly [key: string]: unknown };
type Told = { readonly status: number; readonly body: Json & { readonly message?: string } };

let cluster: Cluster;
let webhook: ReturnType<typeof createServer>;
let caBundle: string;

before(async () => {
  cluster = await startApiserver();
  const now = systemClock.now();
  const life = { notBefore: now - 60_000, notAfter: now + 3_600_000 };
  const authority = await issueAuthority({ commonName: "webhooks", ...life }, systemRandom);
  caBundle = Buffer.from(authority.cert).toString("base64");
  const subject = { commonName: "webhook", ipAddresses: ["127.0.0.1"], usages: ["server"] as const };
  const { cert, key } = await issue(authority, { ...subject, ...life }, systemRandom);
  webhook = createServer({ cert, key }, (incoming, response) => {
    void textOf(incoming).then((text) => {
      const review = JSON.parse(text) as { request: Json };
      const said = says[new URL(incoming.url ?? "", "https://x").pathname]?.(review.request);
      // Silence: the server has to give up by itself.
      if (said === undefined) return;
      const { apiVersion, kind } = review as unknown as Json;
      response.end(JSON.stringify({ apiVersion, kind, response: { uid: review.request["uid"], ...said } }));
    });
  });
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  webhook?.closeAllConnections();
  webhook?.close();
  await cluster?.stop();
});

async function textOf(stream: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of stream.setEncoding("utf8")) text += String(piece);
  return text;
}

const patch = (...steps: readonly object[]) => ({
  allowed: true,
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(steps)).toString("base64"),
});
const dataOf = (request: Json) => (((request["object"] ?? request["oldObject"]) as Json)["data"] ?? {}) as Json;
const deny = (message: string) => ({ allowed: false, status: { message, reason: message } });

/** What the official sample webhook does, by its paths. */
const says: Readonly<Record<string, (request: Json) => Json | undefined>> = {
  "/deny": (request) =>
    dataOf(request)["webhook-e2e-test"] === "webhook-disallow"
      ? deny("the configmap contains unwanted key and value")
      : { allowed: true },
  "/always-deny": () => deny("this webhook denies all requests"),
  "/silent": () => undefined,
  "/mutate": (request) => {
    const data = dataOf(request);
    const steps = [];
    if (data["mutation-start"] === "yes") steps.push({ op: "add", path: "/data/mutation-stage-1", value: "yes" });
    if (data["mutation-stage-1"] === "yes") steps.push({ op: "add", path: "/data/mutation-stage-2", value: "yes" });
    return patch(...steps);
  },
  "/add-init-container": () =>
    patch({ op: "add", path: "/spec/initContainers", value: [{ name: "webhook-added-init-container", image: "i" }] }),
  "/attach": (request) => {
    const { stdin, container, kind } = request["object"] as Json;
    const forbidden = request["name"] === "to-be-attached-pod" && stdin === true && container === "container1";
    return forbidden && kind === "PodAttachOptions"
      ? deny("attaching to pod 'to-be-attached-pod' is not allowed")
      : { allowed: true };
  },
};

/** One request as the administrator. */
function call(method: string, path: string, body?: object, type = "application/json"): Promise<Told> {
  const option = (name: string) => cluster.credentials[cluster.credentials.indexOf(`--${name}`) + 1]!;
  const file = (name: string) => readFileSync(option(name), "utf8");
  const sent = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = requestHttps(
      new URL(path, option("server")),
      { method, ca: file("ca"), cert: file("cert"), key: file("key"), headers: { "content-type": type } },
      (incoming) => {
        textOf(incoming).then((text) => {
          resolve({ status: incoming.statusCode ?? 0, body: text.startsWith("{") ? (JSON.parse(text) as Json) : {} });
        }, reject);
      },
    );
    outgoing.on("error", reject);
    outgoing.end(sent);
  });
}

async function made(path: string, body: object): Promise<Json> {
  const told = await call("POST", path, body);
  assert.equal(told.status, 201, JSON.stringify(told.body));
  return told.body;
}

let spaces = 0;

/** A namespace with a label that the test's webhooks select. */
async function space(): Promise<string> {
  const name = `webhooks-${++spaces}`;
  await made("/api/v1/namespaces", { metadata: { name, labels: { hooked: name } } });
  await made(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: "default" } });
  return name;
}

const CONFIGMAPS = {
  apiGroups: [""],
  apiVersions: ["v1"],
  resources: ["configmaps"],
  operations: ["CREATE", "UPDATE"],
};
const REGISTRATION = "/apis/admissionregistration.k8s.io/v1";
type Kind = "validatingwebhookconfigurations" | "mutatingwebhookconfigurations";

interface Hooked {
  readonly name: string;
  readonly path: string;
  readonly more?: object;
}

async function hook(kind: Kind, namespace: string, ...hooks: readonly Hooked[]): Promise<string> {
  const { port } = webhook.address() as AddressInfo;
  const webhooks = hooks.map(({ name, path, more = {} }) => ({
    name: `${name}.k8s.io`,
    clientConfig: { url: `https://127.0.0.1:${port}${path}`, caBundle },
    rules: [CONFIGMAPS],
    sideEffects: "None",
    admissionReviewVersions: ["v1", "v1beta1"],
    namespaceSelector: { matchLabels: { hooked: namespace } },
    ...more,
  }));
  const place = `${REGISTRATION}/${kind}`;
  await made(place, { metadata: { name: namespace, labels: { suite: "webhooks" } }, webhooks });
  return `${place}/${namespace}`;
}

const maps = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const map = (name: string, data: object = {}) => ({ metadata: { name }, data });
const unwanted = { "webhook-e2e-test": "webhook-disallow" };

test("should be able to deny pod and configmap creation", async () => {
  const namespace = await space();
  await hook("validatingwebhookconfigurations", namespace, { name: "deny", path: "/deny" });
  const told = await call("POST", maps(namespace), map("x", unwanted));
  assert.deepEqual([told.status, told.body["reason"]], [400, "the configmap contains unwanted key and value"]);
  assert.match(
    told.body.message ?? "",
    /^admission webhook "deny\.k8s\.io" denied the request: the configmap contains/,
  );
  await made(maps(namespace), map("x"));
  const patched = await call("PATCH", `${maps(namespace)}/x`, { data: unwanted }, "application/merge-patch+json");
  assert.match(patched.body.message ?? "", /denied the request/);
  const other = await space();
  await made(maps(other), map("x", unwanted));
});

test("should be able to deny attaching pod", async () => {
  const namespace = await space();
  const rule = { apiGroups: [""], apiVersions: ["v1"], resources: ["pods/attach"], operations: ["CONNECT"] };
  await hook("validatingwebhookconfigurations", namespace, {
    name: "attach",
    path: "/attach",
    more: { rules: [rule] },
  });
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const containers = [{ name: "container1", image: "i" }];
  await made(pods, { metadata: { name: "to-be-attached-pod" }, spec: { containers } });
  const attach = (query: string) => call("POST", `${pods}/to-be-attached-pod/attach?${query}`);
  const denied = await attach("container=container1&stdin=true");
  assert.match(denied.body.message ?? "", /attaching to pod 'to-be-attached-pod' is not allowed/);
  assert.match((await attach("container=container1&stdout=true")).body.message ?? "", /does not have a host assigned/);
});

test("should mutate configmap, each webhook on what the one before made", async () => {
  const namespace = await space();
  await hook(
    "mutatingwebhookconfigurations",
    namespace,
    { name: "stage-1", path: "/mutate" },
    { name: "stage-2", path: "/mutate" },
  );
  const { data } = await made(maps(namespace), map("x", { "mutation-start": "yes" }));
  assert.deepEqual(data, { "mutation-start": "yes", "mutation-stage-1": "yes", "mutation-stage-2": "yes" });
});

test("should mutate pod and apply defaults after mutation", async () => {
  const namespace = await space();
  const rule = { apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] };
  const added: Hooked = { name: "init", path: "/add-init-container", more: { rules: [rule] } };
  await hook("mutatingwebhookconfigurations", namespace, added);
  const containers = [{ name: "example", image: "i" }];
  const pod = await made(`/api/v1/namespaces/${namespace}/pods`, { metadata: { name: "p" }, spec: { containers } });
  const [init] = (pod["spec"] as { initContainers: readonly Json[] }).initContainers;
  assert.deepEqual([init?.["name"], init?.["terminationMessagePolicy"]], ["webhook-added-init-container", "File"]);
});

test("should honor timeout", async () => {
  const namespace = await space();
  const configure = (more: object) =>
    hook("validatingwebhookconfigurations", namespace, { name: "slow", path: "/silent", more });
  const place = await configure({ timeoutSeconds: 1 });
  const began = systemClock.monotonic();
  const { status, body } = await call("POST", maps(namespace), map("x"));
  assert.deepEqual([status, body["reason"]], [500, "InternalError"]);
  assert.match(body.message ?? "", /failed calling webhook "slow\.k8s\.io".*timeout=1s.*: context deadline exceeded$/);
  assert.ok(systemClock.monotonic() - began >= 1000);
  await call("DELETE", place);
  await configure({ timeoutSeconds: 1, failurePolicy: "Ignore" });
  await made(maps(namespace), map("x"));
});

test("should unconditionally reject operations on fail closed webhook", async () => {
  const namespace = await space();
  const clientConfig = { service: { namespace, name: "none", path: "/configmaps" }, caBundle };
  await hook("validatingwebhookconfigurations", namespace, { name: "closed", path: "", more: { clientConfig } });
  const { status, body } = await call("POST", maps(namespace), map("x"));
  assert.deepEqual([status, body["reason"]], [500, "InternalError"]);
});

test("should not trust a webhook that another authority vouches for", async () => {
  const namespace = await space();
  const { port } = webhook.address() as AddressInfo;
  const clientConfig = { url: `https://127.0.0.1:${port}/deny` };
  await hook("validatingwebhookconfigurations", namespace, { name: "stranger", path: "", more: { clientConfig } });
  assert.match(
    (await call("POST", maps(namespace), map("x"))).body.message ?? "",
    /certificate signed by unknown auth/,
  );
});

test("should not be able to mutate or prevent deletion of webhook configuration objects", async () => {
  const namespace = await space();
  const rules = [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["*"] }];
  const more = { rules, namespaceSelector: {}, matchConditions: [{ name: "own", expression: onlyRegistration }] };
  const place = await hook("validatingwebhookconfigurations", namespace, { name: "all", path: "/always-deny", more });
  const other = await space();
  const dummy = await hook("mutatingwebhookconfigurations", other, { name: "dummy", path: "/mutate" });
  assert.equal((await call("DELETE", dummy)).status, 200);
  assert.equal((await call("DELETE", place)).status, 200);
});
const onlyRegistration = 'request.resource.group == "admissionregistration.k8s.io"';

test("listing, patching and updating webhooks should work at once", async () => {
  const namespace = await space();
  const place = await hook("validatingwebhookconfigurations", namespace, { name: "deny", path: "/deny" });
  const creates = (operations: readonly string[]) => [
    { op: "replace", path: "/webhooks/0/rules/0/operations", value: operations },
  ];
  const change = (operations: readonly string[]) =>
    call("PATCH", place, creates(operations), "application/json-patch+json");
  assert.equal((await change(["UPDATE"])).status, 200);
  await made(maps(namespace), map("x", unwanted));
  assert.equal((await change(["CREATE"])).status, 200);
  assert.equal((await call("POST", maps(namespace), map("y", unwanted))).status, 400);
  const list = `${REGISTRATION}/validatingwebhookconfigurations?labelSelector=suite%3Dwebhooks`;
  assert.ok(((await call("GET", list)).body["items"] as readonly unknown[]).length > 0);
  assert.equal((await call("DELETE", list)).status, 200);
  await made(maps(namespace), map("y", unwanted));
});

test("should mutate everything except 'skip-me' configmaps", async () => {
  const namespace = await space();
  const matchConditions = [{ name: "skip", expression: "object.metadata.name != 'skip-me'" }];
  await hook("mutatingwebhookconfigurations", namespace, { name: "m", path: "/mutate", more: { matchConditions } });
  const start = { "mutation-start": "yes" };
  assert.deepEqual((await made(maps(namespace), map("skip-me", start)))["data"], start);
  assert.equal(((await made(maps(namespace), map("x", start)))["data"] as Json)["mutation-stage-1"], "yes");
});

const group = "stable.example.com";
const properties = (...names: readonly string[]) => ({
  openAPIV3Schema: {
    type: "object",
    properties: {
      data: { type: "object", properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])) },
    },
  },
});

async function define(plural: string, versions: readonly object[]): Promise<string> {
  const names = { plural, singular: plural.slice(0, -1), kind: plural.toUpperCase(), listKind: `${plural}List` };
  const definition = {
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: "Namespaced", names, versions },
  };
  const place = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await made(place, definition);
  for (let tries = 0; tries < 100; tries++) {
    if ((await call("GET", `/apis/${group}/v1/${plural}`)).status === 200) break;
    await systemClock.sleep(50);
  }
  return `${place}/${plural}.${group}`;
}

test("should deny custom resources, and mutate them with pruning, in whichever version is stored", async () => {
  const namespace = await space();
  const schema = properties("mutation-start", "mutation-stage-1", "webhook-e2e-test");
  const version = (name: string, storage: boolean) => ({ name, served: true, storage, schema });
  const definition = await define("widgets", [version("v1", true), version("v2", false)]);
  const rule = { apiGroups: [group], apiVersions: ["*"], resources: ["widgets"] };
  const rules = [{ ...rule, operations: ["CREATE", "UPDATE"] }];
  await hook(
    "mutatingwebhookconfigurations",
    namespace,
    { name: "one", path: "/mutate", more: { rules } },
    { name: "two", path: "/mutate", more: { rules } },
  );
  const at = (v: string) => `/apis/${group}/${v}/namespaces/${namespace}/widgets`;
  const widget = (v: string, name: string, data: object) => ({
    apiVersion: `${group}/${v}`,
    kind: "WIDGETS",
    ...map(name, data),
  });
  const start = { "mutation-start": "yes" };
  // Stage 2 is no field of the schema.
  const both = { "mutation-start": "yes", "mutation-stage-1": "yes" };
  assert.deepEqual((await made(at("v1"), widget("v1", "a", start)))["data"], both);
  const stored = [
    { op: "replace", path: "/spec/versions/0/storage", value: false },
    { op: "replace", path: "/spec/versions/1/storage", value: true },
  ];
  assert.equal((await call("PATCH", definition, stored, "application/json-patch+json")).status, 200);
  assert.deepEqual((await made(at("v2"), widget("v2", "b", start)))["data"], both);
  const touched = await call(
    "PATCH",
    `${at("v1")}/a`,
    { metadata: { labels: { a: "b" } } },
    "application/merge-patch+json",
  );
  assert.equal(touched.status, 200, JSON.stringify(touched.body));
  const denies = [{ ...rule, operations: ["CREATE", "UPDATE", "DELETE"] }];
  const place = await hook("validatingwebhookconfigurations", namespace, {
    name: "deny",
    path: "/deny",
    more: { rules: denies },
  });
  assert.match((await call("POST", at("v1"), widget("v1", "c", unwanted))).body.message ?? "", /denied the request/);
  const change = (data: object) => call("PATCH", `${at("v1")}/b`, { data }, "application/merge-patch+json");
  assert.match((await change(unwanted)).body.message ?? "", /denied the request/);
  await call("DELETE", place);
  assert.equal((await change(unwanted)).status, 200);
  await hook("validatingwebhookconfigurations", namespace, { name: "deny", path: "/deny", more: { rules: denies } });
  assert.match((await call("DELETE", `${at("v2")}/b`)).body.message ?? "", /denied the request/);
  assert.equal((await change({ "webhook-e2e-test": "webhook-allow" })).status, 200);
  assert.equal((await call("DELETE", `${at("v2")}/b`)).status, 200);
});

test("should deny crd creation", async () => {
  const namespace = await space();
  const rule = { apiGroups: ["apiextensions.k8s.io"], apiVersions: ["*"], resources: ["customresourcedefinitions"] };
  const more = {
    rules: [{ ...rule, operations: ["CREATE"] }],
    namespaceSelector: {},
    objectSelector: { matchLabels: { e2e: "denied" } },
  };
  await hook("validatingwebhookconfigurations", namespace, { name: "crd", path: "/always-deny", more });
  const names = { plural: "gadgets", singular: "gadget", kind: "Gadget" };
  const versions = [{ name: "v1", served: true, storage: true, schema: properties("a") }];
  const told = await call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    metadata: { name: `gadgets.${group}`, labels: { e2e: "denied" } },
    spec: { group, scope: "Namespaced", names, versions },
  });
  assert.match(told.body.message ?? "", /this webhook denies all requests$/);
});
