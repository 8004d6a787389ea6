// Charges to quotas, by the words and figures that users see.
import assert from "node:assert/strict";
import { it } from "node:test";
import { ConfigMap } from "../../resources/core/config-map.ts";
import { Deployment } from "../../resources/apps/deployment.ts";
import { ResourceQuota } from "../../resources/core/resource-quota.ts";
import { Service } from "../../resources/core/service.ts";
import { PriorityClass } from "../../resources/scheduling/priority-class.ts";
import { make, makePod, NAMESPACE, podOf, refusal, trialServer } from "./trial.ts";

const Q = { namespace: NAMESPACE, name: "q" };

/** A server with a quota `q` whose status is filled, as its controller would. */
async function limited(hard: Readonly<Record<string, string>>, spec: object = {}) {
  const trial = await trialServer();
  const quota = await make(trial, ResourceQuota, { metadata: { name: "q" }, spec: { hard, ...spec } });
  const used = Object.fromEntries(Object.keys(hard).map((name) => [name, "0"]));
  await trial.client.update(ResourceQuota, { ...quota, status: { hard, used } }, { subresource: "status" });
  return { ...trial, used: async () => (await trial.client.get(ResourceQuota, Q)).status.used };
}
const named = (name: string) => ({ metadata: { name } });
const amounts = (requests: object, limits: object = {}) => ({ resources: { requests, limits } });

it("counts objects by their old names and by count/, and refuses one too many", async () => {
  const trial = await limited({ configmaps: "2", "count/configmaps": "1" });
  await make(trial, ConfigMap, named("a"));
  assert.deepEqual(await trial.used(), { configmaps: "1", "count/configmaps": "1" });
  assert.equal(
    await refusal(make(trial, ConfigMap, named("b"))),
    'configmaps "b" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, ' +
      "limited: count/configmaps=1",
  );
  assert.deepEqual(await trial.used(), { configmaps: "1", "count/configmaps": "1" });
});

it("a quota nobody has counted for blocks nothing", async () => {
  const trial = await trialServer();
  await make(trial, ResourceQuota, { metadata: { name: "q" }, spec: { hard: { configmaps: "0" } } });
  await make(trial, ConfigMap, named("a"));
  assert.equal((await trial.client.get(ResourceQuota, Q)).status.used, undefined);
});

it("a dry run is judged and not charged", async () => {
  const trial = await limited({ configmaps: "1" });
  await make(trial, ConfigMap, named("a"), true);
  assert.deepEqual(await trial.used(), { configmaps: "0" });
  await make(trial, ConfigMap, named("a"));
  assert.match(await refusal(make(trial, ConfigMap, named("b"), true)), /exceeded quota: q/);
});

it("of many writers at a time as many succeed as there is room for", async () => {
  const trial = await limited({ configmaps: "7" });
  const names = Array.from({ length: 20 }, (_, i) => `m${i}`);
  const answers = await Promise.all(names.map((name) => refusal(make(trial, ConfigMap, named(name)))));
  assert.equal(answers.filter((answer) => answer === "was not refused").length, 7);
  assert.deepEqual(await trial.used(), { configmaps: "7" });
});

it("pods must state what is limited, and are charged for it", async () => {
  const trial = await limited({
    pods: "2",
    "requests.cpu": "1",
    "limits.memory": "1Gi",
    "requests.example.com/gpu": "1",
  });
  assert.equal(
    await refusal(makePod(trial, podOf("x"))),
    'pods "x" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c',
  );
  await makePod(trial, podOf("a", amounts({ cpu: "600m" }, { memory: "512Mi", "example.com/gpu": "1" })));
  assert.deepEqual(await trial.used(), {
    "limits.memory": "512Mi",
    pods: "1",
    "requests.cpu": "600m",
    "requests.example.com/gpu": "1",
  });
  assert.match(
    await refusal(makePod(trial, podOf("b", amounts({ cpu: "600m" }, { memory: "512Mi" })))),
    /: exceeded quota: q, requested: requests\.cpu=600m, used: requests\.cpu=600m, limited: requests\.cpu=1$/,
  );
});

it("services are charged for node ports and balancers, and for what a change adds", async () => {
  const trial = await limited({ services: "5", "services.nodeports": "2", "services.loadbalancers": "0" });
  const ports = (...all: number[]) => all.map((port) => ({ port, name: `p${port}` }));
  const plain = await make(trial, Service, { ...named("a"), spec: { ports: ports(80, 81) } });
  const changed = await trial.client.update(Service, { ...plain, spec: { ...plain.spec, type: "NodePort" } });
  assert.equal((await trial.used())?.["services.nodeports"], "2");
  const more = { ...changed, spec: { ...changed.spec, ports: [...(changed.spec.ports ?? []), ...ports(82)] } };
  assert.match(
    await refusal(trial.client.update(Service, more as Service)),
    /requested: services\.nodeports=1, used: services\.nodeports=2/,
  );
  assert.match(
    await refusal(make(trial, Service, { ...named("b"), spec: { type: "LoadBalancer", ports: ports(80) } })),
    /requested: services\.loadbalancers=1,services\.nodeports=1, used: services\.loadbalancers=0,services\.nodeports=2/,
  );
});

it("scopes choose the pods", async () => {
  const best = await limited({ pods: "0" }, { scopes: ["BestEffort"] });
  await makePod(best, podOf("a", amounts({ cpu: "1" })));
  assert.match(await refusal(makePod(best, podOf("b"))), /requested: pods=1, used: pods=0, limited: pods=0/);
  const ending = await limited({ pods: "0" }, { scopes: ["Terminating"] });
  await makePod(ending, podOf("a"));
  assert.match(await refusal(makePod(ending, podOf("b", {}, { activeDeadlineSeconds: 5 }))), /exceeded quota/);
  const expression = { scopeName: "PriorityClass", operator: "In", values: ["system-node-critical"] };
  const ranked = await limited({ pods: "0" }, { scopeSelector: { matchExpressions: [expression] } });
  await makePod(ranked, podOf("a"));
  await make(ranked, PriorityClass, { ...named("vip"), value: 1000 });
  const vip = { scopeName: "PriorityClass", operator: "In", values: ["vip"] };
  const spec = { hard: { pods: "0" }, scopeSelector: { matchExpressions: [vip] } };
  const quota = await make(ranked, ResourceQuota, { ...named("r"), spec });
  const filled = { ...quota, status: { hard: { pods: "0" }, used: { pods: "0" } } };
  await ranked.client.update(ResourceQuota, filled, { subresource: "status" });
  await makePod(ranked, podOf("b"));
  assert.match(await refusal(makePod(ranked, podOf("c", {}, { priorityClassName: "vip" }))), /exceeded quota: r/);
});

it("kinds of other groups count by their group", async () => {
  const trial = await limited({ "count/deployments.apps": "0" });
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "a" }] } };
  const spec = { selector: { matchLabels: { a: "b" } }, template };
  assert.match(
    await refusal(make(trial, Deployment, { ...named("d"), spec })),
    /^deployments\.apps "d" is forbidden: exceeded quota: q, requested: count\/deployments\.apps=1, used: count\/deployments\.apps=0/,
  );
});
