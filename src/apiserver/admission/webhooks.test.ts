// Webhooks of both kinds on a whole server, asked without sockets: what they are sent, and what follows from what they
// say or do not say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MutatingWebhookConfiguration } from "../../resources/admissionregistration/mutating-webhook-configuration.ts";
import { ValidatingWebhookConfiguration } from "../../resources/admissionregistration/validating-webhook-configuration.ts";
import { Deployment } from "../../resources/apps/deployment.ts";
import { HorizontalPodAutoscaler } from "../../resources/autoscaling/horizontal-pod-autoscaler.ts";
import { ConfigMap } from "../../resources/core/config-map.ts";
import { Pod } from "../../resources/core/pod.ts";
import { Service } from "../../resources/core/service.ts";
import { hasReason, StatusError } from "../../schema/meta/status.ts";
import type { JsonObject } from "../../schema/node.ts";
import type { KubeObject } from "../../schema/resource.ts";
import { make, makePod, NAMESPACE, podOf, refusal, trialServer } from "./trial.ts";
import type { WebhookQuestion } from "./webhooks/dialer.ts";

type Asked = { readonly request: JsonObject & { readonly object: JsonObject | null; readonly uid: string } };
type Say = (review: Asked, question: WebhookQuestion) => JsonObject;

const rule = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["configmaps"] };
const hook = (name: string, more: object = {}) => ({
  name: `${name}.example.com`,
  clientConfig: { url: `https://hooks.example.com/${name}` },
  rules: [rule],
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
  ...more,
});
const patching = (...steps: object[]) => ({
  allowed: true,
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(steps)).toString("base64"),
});
const add = (path: string, value: unknown) => ({ op: "add", path, value });

/** A server whose webhooks answer with `say`, by the last part of their path. */
async function withWebhooks(says: Readonly<Record<string, Say>>) {
  const asked: string[] = [];
  const reviews: Asked[] = [];
  const trial = await trialServer({
    webhooks: async (question) => {
      const name = /\/([^/?]*)\?/.exec(question.path)?.[1] ?? "";
      const review = JSON.parse(question.body) as Asked;
      asked.push(name);
      reviews.push(review);
      const { apiVersion = "admission.k8s.io/v1", ...response } = says[name]!(review, question);
      const body = { kind: "AdmissionReview", apiVersion, response: { uid: review.request.uid, ...response } };
      return { status: 200, body: JSON.stringify(body) };
    },
  });
  const configure = (
    kind: typeof ValidatingWebhookConfiguration | typeof MutatingWebhookConfiguration,
    ...all: object[]
  ) =>
    make<ValidatingWebhookConfiguration>(trial, kind as typeof ValidatingWebhookConfiguration, {
      metadata: { name: "c" },
      webhooks: all,
    });
  const map = (name: string, more: object = {}, dryRun = false) =>
    make(trial, ConfigMap, { metadata: { name }, ...more }, dryRun);
  return { trial, asked, reviews, configure, map };
}

test("a refusal is told in the webhook's words, with its code", async () => {
  const { configure, map, reviews } = await withWebhooks({
    no: () => ({
      allowed: false,
      status: { message: "not this", code: 403, reason: "Forbidden" },
      warnings: ["careful"],
    }),
  });
  await configure(ValidatingWebhookConfiguration, hook("no"));
  await assert.rejects(map("x", { data: { a: "b" } }), (error) => {
    assert.ok(error instanceof StatusError);
    assert.deepEqual([error.code, error.reason], [403, "Forbidden"]);
    assert.equal(error.message, 'admission webhook "no.example.com" denied the request: not this');
    return true;
  });
  const { request } = reviews[0]!;
  assert.deepEqual(request["kind"], { group: "", version: "v1", kind: "ConfigMap" });
  assert.deepEqual([request["operation"], request["name"], request["namespace"]], ["CREATE", "x", NAMESPACE]);
  assert.deepEqual([request.object?.["data"], request["oldObject"], request["dryRun"]], [{ a: "b" }, null, false]);
});

test("a refusal without words has the code 400", async () => {
  const { configure, map } = await withWebhooks({ no: () => ({ allowed: false }) });
  await configure(ValidatingWebhookConfiguration, hook("no"));
  await assert.rejects(map("x"), (error) => error instanceof StatusError && error.code === 400);
  assert.match(await refusal(map("x")), /denied the request without explanation$/);
});

test("a patch is applied, and defaults follow it at once", async () => {
  const container = { name: "added", image: "b" };
  const { trial, configure, reviews } = await withWebhooks({
    side: () => patching(add("/spec/initContainers", [container])),
    seen: () => ({ allowed: true }),
  });
  const pods = [{ ...rule, resources: ["pods"] }];
  await configure(MutatingWebhookConfiguration, hook("side", { rules: pods }), hook("seen", { rules: pods }));
  const pod = await makePod(trial, podOf("p"));
  assert.equal(pod.spec.initContainers?.[0]?.terminationMessagePolicy, "File");
  const spec = reviews[1]!.request.object?.["spec"] as { initContainers: { terminationMessagePath?: string }[] };
  assert.equal(spec.initContainers[0]?.terminationMessagePath, "/dev/termination-log");
});

test("who saw an object before it changed is asked once more when he wants to be", async () => {
  const { asked, configure, map } = await withWebhooks({
    first: ({ request: { object } }) => (object?.["data"] ? patching(add("/data/seen", "yes")) : { allowed: true }),
    never: () => ({ allowed: true }),
    second: () => patching(add("/data", { b: "1" })),
  });
  const again = { reinvocationPolicy: "IfNeeded" };
  await configure(MutatingWebhookConfiguration, hook("first", again), hook("never"), hook("second"));
  assert.deepEqual((await map("x")).data, { b: "1", seen: "yes" });
  assert.deepEqual(asked, ["first", "never", "second", "first"]);
});

test("silence refuses or does not matter, as the webhook's policy says", async () => {
  const broken: Say = () => {
    throw new Error("context deadline exceeded");
  };
  const { trial, configure, map } = await withWebhooks({ broken });
  await configure(ValidatingWebhookConfiguration, hook("broken", { timeoutSeconds: 1 }));
  assert.equal(
    await refusal(map("x")),
    'Internal error occurred: failed calling webhook "broken.example.com": failed to call webhook: ' +
      'Post "https://hooks.example.com/broken?timeout=1s": context deadline exceeded',
  );
  await trial.client.delete(ValidatingWebhookConfiguration, { name: "c" });
  await configure(ValidatingWebhookConfiguration, hook("broken", { failurePolicy: "Ignore" }));
  await map("x");
});

test("an answer to another question is no answer", async () => {
  const { configure, map } = await withWebhooks({ wrong: () => ({ uid: "other", allowed: true }) });
  await configure(ValidatingWebhookConfiguration, hook("wrong"));
  assert.match(await refusal(map("x")), /received invalid webhook response: expected response\.uid=".*", got "other"$/);
});

test("selectors and conditions keep requests away", async () => {
  const { asked, configure, map } = await withWebhooks({ yes: () => ({ allowed: true }) });
  const matchConditions = [{ name: "c", expression: "object.metadata.name != 'skip-me'" }];
  const objectSelector = { matchLabels: { a: "b" } };
  await configure(ValidatingWebhookConfiguration, hook("yes", { matchConditions, objectSelector }));
  const metadata = (name: string) => ({ metadata: { name, labels: { a: "b" } } });
  await map("x");
  await map("skip-me", metadata("skip-me"));
  assert.deepEqual(asked, []);
  await map("y", metadata("y"));
  assert.deepEqual(asked, ["yes"]);
});

test("deletions show the old object; what configures webhooks is never asked about", async () => {
  const { trial, configure, map, reviews } = await withWebhooks({ no: () => ({ allowed: false }) });
  const everything = { apiGroups: ["*"], apiVersions: ["*"], operations: ["DELETE"], resources: ["*"] };
  await configure(MutatingWebhookConfiguration, hook("no", { rules: [everything] }));
  await map("x", { data: { a: "b" } });
  const refused = (error: unknown) => error instanceof StatusError && error.code === 400;
  await assert.rejects(trial.client.delete(ConfigMap, { namespace: NAMESPACE, name: "x" }), refused);
  await assert.rejects(trial.client.deleteCollection(ConfigMap, { namespace: NAMESPACE }), refused);
  assert.equal(reviews[0]!.request.object, null);
  assert.deepEqual((reviews[0]!.request["oldObject"] as JsonObject)["data"], { a: "b" });
  await trial.client.delete(MutatingWebhookConfiguration, { name: "c" });
  await trial.client.delete(ConfigMap, { namespace: NAMESPACE, name: "x" });
});

test("a Service is dialled at its cluster IP, under its name", async () => {
  let seen: WebhookQuestion | undefined;
  const { trial, configure, map } = await withWebhooks({
    review: (_, question) => ((seen = question), { allowed: true }),
  });
  const clientConfig = { service: { namespace: NAMESPACE, name: "w", path: "/review", port: 8443 }, caBundle: "Q0E=" };
  await configure(ValidatingWebhookConfiguration, hook("review", { clientConfig }));
  assert.match(
    await refusal(map("x")),
    /Post "https:\/\/w\.demo\.svc:8443\/review\?timeout=10s": service "w" not found$/,
  );
  await make(trial, Service, { metadata: { name: "w" }, spec: { ports: [{ port: 8443 }] } });
  await map("x");
  const { spec } = await trial.client.get(Service, { namespace: NAMESPACE, name: "w" });
  assert.deepEqual(
    [seen?.host, seen?.port, seen?.servername, seen?.path, seen?.ca],
    [spec.clusterIP, 8443, "w.demo.svc", "/review?timeout=10s", "CA"],
  );
});

test("a patch that cannot be applied is an error of the server's", async () => {
  const { configure, map, trial } = await withWebhooks({ bad: () => patching({ op: "remove", path: "/data/none" }) });
  await configure(MutatingWebhookConfiguration, hook("bad"));
  await assert.rejects(map("x"), (error) => hasReason(error, "InternalError"));
  await makePod(trial, podOf("other"));
  assert.equal((await trial.client.list(Pod, { namespace: NAMESPACE })).items.length, 1);
});

test("a scale is shown as a Scale, and what becomes of it is written into what it scales", async () => {
  const { trial, configure, reviews } = await withWebhooks({ two: () => patching(add("/spec/replicas", 2)) });
  const rules = [{ ...rule, apiGroups: ["apps"], operations: ["UPDATE"], resources: ["deployments/scale"] }];
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
  const spec = { replicas: 1, selector: { matchLabels: { a: "b" } }, template };
  const made = await make(trial, Deployment, { metadata: { name: "d" }, spec });
  await configure(MutatingWebhookConfiguration, hook("two", { rules }));
  const scale = { metadata: { name: "d", namespace: NAMESPACE }, spec: { replicas: 5 } };
  await trial.client.update(Deployment, scale as unknown as Deployment, { subresource: "scale" });
  assert.deepEqual(reviews[0]!.request["kind"], { group: "autoscaling", version: "v1", kind: "Scale" });
  assert.deepEqual(reviews[0]!.request.object?.["spec"], { replicas: 5 });
  const after = await trial.client.get(Deployment, { namespace: NAMESPACE, name: made.metadata.name ?? "" });
  assert.equal(after.spec.replicas, 2);
});

test("what a webhook makes of a command's body is done; a deletion has nothing to modify", async () => {
  const { trial, configure, reviews } = await withWebhooks({
    there: () => patching({ op: "replace", path: "/target/name", value: "n2" }, add("/metadata/labels", { a: "b" })),
    slow: () => patching(add("/deleteOptions", { dryRun: ["All"] })),
    none: () => patching(add("/metadata/labels", {})),
  });
  const on = (resource: string, operation = "CREATE") => ({
    rules: [{ ...rule, operations: [operation], resources: [resource] }],
  });
  await configure(
    MutatingWebhookConfiguration,
    hook("there", on("pods/binding")),
    hook("slow", on("pods/eviction")),
    hook("none", on("pods", "DELETE")),
  );
  await makePod(trial, podOf("p"));
  const place = { namespace: NAMESPACE, name: "p" };
  const target = { apiVersion: "v1", kind: "Node", name: "n1" };
  const binding = { apiVersion: "v1", kind: "Binding", metadata: place, target } as unknown as KubeObject;
  await trial.client.command(Pod, place, "binding", binding);
  assert.deepEqual(reviews[0]!.request["kind"], { group: "", version: "v1", kind: "Binding" });
  const bound = await trial.client.get(Pod, place);
  assert.deepEqual([bound.spec.nodeName, bound.metadata.labels], ["n2", { a: "b" }]);
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: place } as unknown as KubeObject;
  await trial.client.command(Pod, place, "eviction", eviction);
  assert.equal((await trial.client.get(Pod, place)).metadata.deletionTimestamp, undefined);
  assert.match(
    await refusal(trial.client.delete(Pod, place)),
    /attempted to modify the object, which is not supported/,
  );
});

test("another version of the same kind is meant too, and shown as the one that the rule names, unless it must be exact", async () => {
  const { trial, asked, configure, reviews } = await withWebhooks({ yes: () => ({ allowed: true }) });
  const rules = [{ ...rule, apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"] }];
  const exact = hook("exact", { rules, matchPolicy: "Exact" });
  await configure(ValidatingWebhookConfiguration, hook("yes", { rules }), exact);
  const metrics = [
    { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
  ];
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };
  const spec = { scaleTargetRef, maxReplicas: 3, metrics };
  await make(trial, HorizontalPodAutoscaler, { metadata: { name: "h" }, spec });
  assert.deepEqual(asked, ["yes"]);
  const { request } = reviews[0]!;
  assert.deepEqual(
    [request["kind"], request["requestKind"]].map((kind) => (kind as JsonObject)["version"]),
    ["v1", "v2"],
  );
  assert.equal((request.object?.["spec"] as JsonObject | undefined)?.["targetCPUUtilizationPercentage"], 50);
});
