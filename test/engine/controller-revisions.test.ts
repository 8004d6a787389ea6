// What StatefulSets and DaemonSets keep of their templates, as clients compare it: byte for byte.
import assert from "node:assert/strict";
import { test } from "node:test";
import { statefulSet } from "../../src/controllers/statefulset.ts";
import { ControllerRevision } from "../../src/resources/apps/controller-revision.ts";
import { StatefulSet } from "../../src/resources/apps/stateful-set.ts";
import { openWorld } from "./world.ts";

test("a revision keeps the template with sorted names; the same template in another order makes no other one", async () => {
  const world = await openWorld({ controllers: [statefulSet] });
  const spec = { restartPolicy: "Always" as const, containers: [{ name: "c", image: "app:1", args: ["x"] }] };
  const made = await world.client.create(StatefulSet, {
    metadata: { namespace: "demo", name: "db" },
    spec: {
      serviceName: "",
      selector: { matchLabels: { b: "1", a: "2" } },
      template: { metadata: { labels: { b: "1", a: "2" } }, spec },
    },
  });
  await world.pass(1000);
  const revisions = async () => (await world.client.list(ControllerRevision, { namespace: "demo" })).items;
  const [revision] = await revisions();
  const orders: string[] = [];
  JSON.stringify(revision!.data, (_, value: unknown) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) orders.push(Object.keys(value).join());
    return value;
  });
  assert.ok(orders.includes("$patch,metadata,spec"), orders.join(" "));
  assert.ok(orders.includes("a,b"));
  for (const names of orders) assert.equal(names, names.split(",").toSorted().join());

  // As an older release kept it.
  const { $patch, ...template } = (revision!.data as { spec: { template: Record<string, unknown> } }).spec.template;
  await world.client.delete(ControllerRevision, { namespace: "demo", name: revision!.metadata.name! });
  const { resourceVersion: _, uid: __, ...metadata } = revision!.metadata;
  await world.client.create(ControllerRevision, {
    ...revision!,
    metadata,
    data: { spec: { template: { ...template, $patch } } },
  });
  await world.client.patch(
    StatefulSet,
    { namespace: "demo", name: made.metadata.name! },
    { type: "merge", body: { metadata: { labels: { x: "y" } } } },
  );
  await world.pass(1000);
  assert.equal((await revisions()).length, 1);
  await world.stop();
});
