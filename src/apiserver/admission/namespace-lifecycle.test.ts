// Where nothing may be made, and which namespaces stay.
import assert from "node:assert/strict";
import { it } from "node:test";
import { ConfigMap } from "../../resources/core/config-map.ts";
import { Namespace } from "../../resources/core/namespace.ts";
import { Pod } from "../../resources/core/pod.ts";
import { StatusError } from "../../schema/meta/status.ts";
import { NAMESPACE, podOf, refusal, trialServer } from "./trial.ts";

it("an absent namespace is the first thing that is told, before what is wrong with the object", async () => {
  const { client } = await trialServer();
  const pod = podOf("x", { image: "" }, {}, { namespace: "absent" });
  assert.equal(await refusal(client.create(Pod, pod)), 'namespaces "absent" not found');
});

it("nothing is made in a namespace that is ending", async () => {
  const { client } = await trialServer();
  await client.delete(Namespace, { name: NAMESPACE });
  await assert.rejects(
    client.create(ConfigMap, { metadata: { name: "x", namespace: NAMESPACE } }),
    (error) => error instanceof StatusError && error.details?.causes?.[0]?.reason === "NamespaceTerminating",
  );
});

it("the first namespaces stay", async () => {
  const { client } = await trialServer();
  await client.create(Namespace, { metadata: { name: "kube-public" }, spec: {} });
  assert.match(await refusal(client.delete(Namespace, { name: "kube-public" })), /this namespace may not be deleted$/);
});
