// Quota as admission and its controller keep it together, on caches that lag. It refuses to know the arithmetic (quota-usage).
import assert from "node:assert/strict";
import { test } from "node:test";
import { resourceQuota as admission } from "../../src/apiserver/admission/resource-quota.ts";
import { replicaSet } from "../../src/controllers/replicaset.ts";
import { resourceQuota } from "../../src/controllers/resourcequota.ts";
import { ReplicaSet } from "../../src/resources/apps/replica-set.ts";
import { Pod } from "../../src/resources/core/pod.ts";
import { ResourceQuota } from "../../src/resources/core/resource-quota.ts";
import { openWorld } from "./world.ts";

const AT = { namespace: "demo", name: "q" };

test("a count from a cache that lags does not take back what admission has charged", async () => {
  const world = await openWorld({
    controllers: [resourceQuota, replicaSet],
    lagMs: (r) => (r.plural === "pods" ? 2000 : 0),
    admission: [admission()],
  });
  await world.client.create(ResourceQuota, { metadata: AT, spec: { hard: { pods: "1" } } });
  await world.pass(3000);
  await world.client.create(ReplicaSet, {
    metadata: { namespace: "demo", name: "rs" },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "app:1" }] } },
    },
  });
  for (let i = 0; i < 20; i++) {
    await world.pass(500);
    assert.ok((await world.client.list(Pod, { namespace: "demo" })).items.length <= 1, `after ${(i + 1) * 500} ms`);
  }
  const { status } = await world.client.get(ResourceQuota, AT);
  assert.deepEqual(status, { hard: { pods: "1" }, used: { pods: "1" } });
  await world.stop();
});
