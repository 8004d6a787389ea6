// Custom resources whose versions a webhook converts, on a whole server without sockets: the steps of the official tests,
// and what becomes of answers that cannot be believed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../base/log.ts";
import { seededRandom } from "../../base/random.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import { MutatingAdmissionPolicyBinding } from "../../resources/admissionregistration/mutating-admission-policy-binding.ts";
import { MutatingAdmissionPolicy } from "../../resources/admissionregistration/mutating-admission-policy.ts";
import { ValidatingAdmissionPolicyBinding } from "../../resources/admissionregistration/validating-admission-policy-binding.ts";
import { ValidatingAdmissionPolicy } from "../../resources/admissionregistration/validating-admission-policy.ts";
import { customKinds } from "../../resources/apiextensions/custom-kind.ts";
import { CustomResourceDefinition } from "../../resources/apiextensions/custom-resource-definition.ts";
import { StatusError } from "../../schema/meta/status.ts";
import type { JsonObject } from "../../schema/node.ts";
import type { KubeObject, Resource } from "../../schema/resource.ts";
import { memoryStore } from "../../store/memory.ts";
import { prepareCluster, standardServer, upkeep } from "../standard.ts";

const GROUP = "stable.example.com";
const PLURAL = "e2e-tests";
const NAME = `${PLURAL}.${GROUP}`;

type Thing = KubeObject & { readonly hostPort?: string; readonly host?: string; readonly port?: string };
type Convert = (object: JsonObject, apiVersion: string) => JsonObject;

/** `hostPort` of v1 is `host` and `port` of v2. */
const honest: Convert = (object, apiVersion) => {
  const { hostPort, host, port, ...rest } = object as unknown as Thing;
  if (apiVersion.endsWith("/v1")) return { ...rest, apiVersion, hostPort: `${host}:${port}` };
  const [first, second] = (hostPort ?? "").split(":");
  return { ...rest, apiVersion, host: first, port: second };
};

const text = { type: "string" };
const version = (name: string, storage: boolean, fields: readonly string[]) => ({
  name,
  served: true,
  storage,
  schema: {
    openAPIV3Schema: { type: "object", properties: Object.fromEntries(fields.map((field) => [field, text])) },
  },
});
const selectable = (...fields: readonly string[]) => ({
  selectableFields: fields.map((one) => ({ jsonPath: `.${one}` })),
});
const versions = (stored: string) => [
  { ...version("v1", stored === "v1", ["hostPort"]), ...selectable("hostPort") },
  { ...version("v2", stored === "v2", ["host", "port"]), ...selectable("host", "port") },
];

/** A server with the definition, stored in v1. `convert` may be replaced. */
async function start() {
  const clock = new VirtualClock();
  const log = silentLog;
  const asked: { readonly desired: string; readonly names: readonly string[]; readonly path: string }[] = [];
  const webhook = { convert: honest, answer: (review: JsonObject): JsonObject => review };
  const store = memoryStore({ clock });
  const server = await standardServer({
    store,
    clock,
    random: seededRandom(1),
    log,
    serviceCidrs: ["10.96.0.0/16"],
    webhooks: async ({ body, path }) => {
      const { request, ...review } = JSON.parse(body) as { request: JsonObject; apiVersion: string; kind: string };
      const { uid, desiredAPIVersion, objects } = request as {
        uid: string;
        desiredAPIVersion: string;
        objects: Thing[];
      };
      asked.push({ desired: desiredAPIVersion, names: objects.map(({ metadata }) => metadata.name ?? ""), path });
      const convertedObjects = objects.map((one) => webhook.convert(one as unknown as JsonObject, desiredAPIVersion));
      const response = { uid, result: { status: "Success" }, convertedObjects };
      return { status: 200, body: JSON.stringify(webhook.answer({ ...review, response })) };
    },
  });
  const client = await prepareCluster({ server, log });
  const stop = new AbortController();
  const keeping = upkeep({ server, store, clock, log }, stop.signal);
  await clock.settle();
  const conversion = {
    strategy: "Webhook",
    webhook: {
      conversionReviewVersions: ["v1", "v1beta1"],
      clientConfig: { url: "https://hooks.example.com/convert" },
    },
  };
  await client.create(CustomResourceDefinition, {
    metadata: { name: NAME },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { plural: PLURAL, kind: "E2eTest" },
      versions: versions("v1"),
      conversion,
    },
  });
  await clock.settle();
  const definition = await client.get(CustomResourceDefinition, { name: NAME });
  const kind = (name: string) =>
    customKinds(definition).find((one) => one.version === name) as unknown as Resource<Thing>;
  const end = async () => {
    stop.abort();
    await clock.settle();
    await keeping;
    await server.close(0);
  };
  return { server, client, clock, asked, webhook, v1: kind("v1"), v2: kind("v2"), end };
}

type Running = Awaited<ReturnType<typeof start>>;

async function storeAs({ client, clock }: Running, name: string): Promise<void> {
  const definition = await client.get(CustomResourceDefinition, { name: NAME });
  await client.update(CustomResourceDefinition, {
    ...definition,
    spec: { ...definition.spec, versions: versions(name) },
  } as CustomResourceDefinition);
  await clock.settle();
}

const place = (name: string) => ({ namespace: "default", name });
const first = { metadata: place("a"), hostPort: "localhost:8080" } as unknown as Thing;
const second = { metadata: place("b"), host: "other", port: "1" } as unknown as Thing;

test("official: from v1 to v2", async () => {
  const running = await start();
  const { client, v1, v2, asked } = running;
  await client.create(v1, first);
  assert.deepEqual(asked, []);
  const read = await client.get(v2, place("a"));
  assert.deepEqual(
    [read.apiVersion, read.host, read.port, read.hostPort],
    [`${GROUP}/v2`, "localhost", "8080", undefined],
  );
  assert.ok(read.metadata.resourceVersion);
  assert.deepEqual(asked, [{ desired: `${GROUP}/v2`, names: ["a"], path: "/convert?timeout=30s" }]);
  await running.end();
});

test("official: a list of objects that are stored in several versions", async () => {
  const running = await start();
  const { client, v1, v2 } = running;
  await client.create(v1, first);
  await storeAs(running, "v2");
  await client.create(v2, second);
  const old = await client.list(v1, { namespace: "default" });
  assert.deepEqual(
    old.items.map((one) => [one.apiVersion, one.hostPort]),
    [
      [`${GROUP}/v1`, "localhost:8080"],
      [`${GROUP}/v1`, "other:1"],
    ],
  );
  const now = await client.list(v2, { namespace: "default" });
  assert.deepEqual(
    now.items.map(({ apiVersion, host, port }) => [apiVersion, host, port]),
    [
      [`${GROUP}/v2`, "localhost", "8080"],
      [`${GROUP}/v2`, "other", "1"],
    ],
  );
  await running.end();
});

test("what is written in one version is judged and answered in it, and stored in the other", async () => {
  const running = await start();
  const { client, v1, v2, asked } = running;
  const made = await client.create(v2, second);
  assert.deepEqual([made.host, made.port, made.metadata.generation], ["other", "1", 1]);
  assert.equal((await client.get(v1, place("b"))).hostPort, "other:1");
  const patched = await client.patch(v2, place("b"), { type: "merge", body: { port: "2" } });
  assert.deepEqual([patched.port, patched.metadata.generation], ["2", 2]);
  const body = { apiVersion: `${GROUP}/v2`, kind: "E2eTest", metadata: place("b"), host: "applied" };
  const applied = await client.patch(v2, place("b"), { type: "apply", body, force: true }, { fieldManager: "me" });
  assert.deepEqual([applied.host, applied.port], ["applied", "2"]);
  assert.equal((await client.get(v1, place("b"))).hostPort, "applied:2");
  assert.ok(applied.metadata.managedFields?.some(({ manager }) => manager === "me"));
  // Nobody asks for what is there in the right version, or was converted already.
  const before = asked.length;
  await client.get(v1, place("b"));
  await client.get(v2, place("b"));
  await client.get(v2, place("b"));
  assert.equal(asked.length, before);
  await client.delete(v2, place("b"));
  assert.equal((await client.list(v1, {})).items.length, 0);
  await running.end();
});

test("a watch shows its version, deletions too", async () => {
  const running = await start();
  const { client, clock, v1, v2 } = running;
  await client.create(v1, first);
  const stop = new AbortController();
  const seen: unknown[] = [];
  const watching = (async () => {
    for await (const event of client.watch(v2, { sendInitialEvents: true, signal: stop.signal }))
      if (event.type !== "BOOKMARK") seen.push([event.type, event.object.host, event.object.port]);
  })();
  await clock.settle();
  await client.patch(v1, place("a"), { type: "merge", body: { hostPort: "there:1" } });
  await client.delete(v1, place("a"));
  await clock.settle();
  stop.abort();
  await watching;
  assert.deepEqual(seen, [
    ["ADDED", "localhost", "8080"],
    ["MODIFIED", "there", "1"],
    ["DELETED", "there", "1"],
  ]);
  await running.end();
});

test("official: lists and watches select by fields of the version asked for", async () => {
  const running = await start();
  const { client, clock, v1, v2 } = running;
  const stop = new AbortController();
  const told: string[] = [];
  const follow = async (name: string, kind: Resource<Thing>, fieldSelector: string) => {
    for await (const event of client.watch(kind, { namespace: "default", fieldSelector, signal: stop.signal }))
      if (event.type !== "BOOKMARK") told.push(`${name} ${event.type} ${event.object.metadata.name}`);
  };
  const make = (name: string, host: string, port: string) =>
    client.create(v2, { metadata: { namespace: "default", name }, host, port });
  await make("first", "host1", "80");
  const following = [
    follow("host", v2, "host=host1"),
    follow("both", v2, "host=host1,port=80"),
    follow("v1", v1, "hostPort=host1:80"),
  ];
  await clock.settle();
  await make("second", "host1", "8080");
  await make("third", "host2", "");
  const list = async (kind: Resource<Thing>, fieldSelector: string, more: object = {}) =>
    (await client.list(kind, { namespace: "default", fieldSelector, ...more })).items.map((one) => one.metadata.name);
  assert.deepEqual(await list(v2, "host=host1"), ["first", "second"]);
  assert.deepEqual(await list(v2, "host=host1,port=80"), ["first"]);
  assert.deepEqual(await list(v2, "host!=host1"), ["third"]);
  assert.deepEqual(await list(v1, "hostPort=host1:8080"), ["second"]);
  assert.deepEqual(await list(v2, "host=host1", { limit: 1 }), ["first"]);
  await clock.settle();
  await client.deleteCollection(v2, { namespace: "default", fieldSelector: "host=host1,port=80" });
  const second = await client.get(v2, { namespace: "default", name: "second" });
  await client.update(v2, { ...second, host: "host2" });
  await clock.settle();
  assert.deepEqual(await list(v2, "host=host1"), []);
  stop.abort();
  await clock.settle();
  await Promise.all(following);
  const of = (name: string) =>
    told.filter((one) => one.startsWith(`${name} `)).map((one) => one.slice(name.length + 1));
  assert.deepEqual(of("host"), ["ADDED first", "ADDED second", "DELETED first", "DELETED second"]);
  assert.deepEqual(of("both"), ["ADDED first", "DELETED first"]);
  assert.deepEqual(of("v1"), ["ADDED first", "DELETED first"]);
  await running.end();
});

test("labels and annotations may change, all other metadata stays", async () => {
  const running = await start();
  const { client, webhook, v1, v2 } = running;
  webhook.convert = (object, apiVersion) => {
    const made = honest(object, apiVersion) as unknown as Thing;
    return { ...made, metadata: { ...made.metadata, labels: { a: "b" }, finalizers: ["x/y"], resourceVersion: "7" } };
  };
  const { metadata } = await client.create(v1, first);
  const read = await client.get(v2, place("a"));
  assert.deepEqual(read.metadata, { ...metadata, labels: { a: "b" } });
  await running.end();
});

const wrong: readonly (readonly [name: string, Partial<Running["webhook"]>, RegExp])[] = [
  [
    "another name",
    { convert: (object, to) => ({ ...honest(object, to), metadata: { name: "z", namespace: "default" } }) },
    /^conversion webhook for stable\.example\.com\/v1, Kind=E2eTest returned invalid object: must have the same name: a != z$/,
  ],
  [
    "another uid",
    {
      convert: (object, to) => ({
        ...honest(object, to),
        metadata: { ...(object["metadata"] as JsonObject), uid: "other" },
      }),
    },
    /returned invalid object: must have the same UID: .+ != other$/,
  ],
  [
    "another version than was asked for",
    { convert: (object) => object },
    /returned invalid object: invalid groupVersion \(expected stable\.example\.com\/v2, received stable\.example\.com\/v1\)$/,
  ],
  [
    "a label that is none",
    {
      convert: (object, to) => ({
        ...honest(object, to),
        metadata: { ...(object["metadata"] as JsonObject), labels: { "?": "x" } },
      }),
    },
    /returned invalid metadata: metadata\.labels: Invalid value: "\?"/,
  ],
  [
    "more objects than were sent",
    {
      answer: (review) => {
        const response = review["response"] as { convertedObjects: unknown[] };
        return { ...review, response: { ...response, convertedObjects: [...response.convertedObjects, {}] } };
      },
    },
    /Kind=E2eTest returned 2 objects, expected 1$/,
  ],
  [
    "a failure in its own words",
    {
      answer: (review) => ({
        ...review,
        response: { ...(review["response"] as object), result: { status: "Failure", message: "no" } },
      }),
    },
    /Kind=E2eTest failed: no$/,
  ],
  [
    "the answer to another question",
    { answer: (review) => ({ ...review, response: { ...(review["response"] as object), uid: "x" } }) },
    /failed: expected response\.uid=".+", got "x"$/,
  ],
  [
    "silence",
    {
      convert: () => {
        throw new Error("context deadline exceeded");
      },
    },
    /failed: Post "https:\/\/hooks\.example\.com\/convert\?timeout=30s": context deadline exceeded$/,
  ],
];

for (const [name, webhook, message] of wrong) {
  test(`not believed: ${name}`, async () => {
    const running = await start();
    const { client, v1, v2 } = running;
    await client.create(v1, first);
    Object.assign(running.webhook, webhook);
    const refused = (error: unknown) => {
      assert.ok(error instanceof StatusError);
      assert.equal(error.code, 500);
      assert.match(error.message, message);
      return true;
    };
    await assert.rejects(client.get(v2, place("a")), refused);
    await assert.rejects(client.list(v2, {}), refused);
    // What needs no conversion goes on, and a webhook that comes to its senses is asked again.
    assert.equal((await client.get(v1, place("a"))).hostPort, "localhost:8080");
    Object.assign(running.webhook, { convert: honest, answer: (review: JsonObject) => review });
    assert.equal((await client.get(v2, place("a"))).host, "localhost");
    await running.end();
  });
}

test("admission sees the version that its rules name, and what it makes of that is written", async () => {
  const running = await start();
  const { client, v1, v2 } = running;
  const rules = [{ apiGroups: [GROUP], apiVersions: ["v2"], operations: ["CREATE"], resources: [PLURAL] }];
  const matchConstraints = { resourceRules: rules };
  const expression = '[JSONPatch{op: "replace", path: "/host", value: object.host + ".example"}]';
  await client.create(MutatingAdmissionPolicy, {
    metadata: { name: "m" },
    spec: {
      matchConstraints,
      reinvocationPolicy: "Never",
      mutations: [{ patchType: "JSONPatch", jsonPatch: { expression } }],
    },
  } as unknown as MutatingAdmissionPolicy);
  await client.create(MutatingAdmissionPolicyBinding, { metadata: { name: "m" }, spec: { policyName: "m" } });
  await client.create(ValidatingAdmissionPolicy, {
    metadata: { name: "v" },
    spec: { matchConstraints, validations: [{ expression: 'object.port != "1"', message: "not that port" }] },
  } as unknown as ValidatingAdmissionPolicy);
  await client.create(ValidatingAdmissionPolicyBinding, {
    metadata: { name: "v" },
    spec: { policyName: "v", validationActions: ["Deny"] },
  });
  assert.equal((await client.create(v1, first)).hostPort, "localhost.example:8080");
  assert.equal((await client.get(v2, place("a"))).host, "localhost.example");
  await assert.rejects(
    client.create(v1, { metadata: place("c"), hostPort: "localhost:1" } as unknown as Thing),
    /not that port/,
  );
  await running.end();
});
