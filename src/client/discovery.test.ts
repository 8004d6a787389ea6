// What is made of a server's discovery document, that of servers that do not answer included.
import assert from "node:assert/strict";
import { test } from "node:test";
import { discoverKinds } from "./discovery.ts";
import type { HttpsClient } from "./https.ts";
import { IncompleteDiscoveryError, whatIsDiscovered } from "./incomplete-discovery.ts";
import { metadataOf } from "./metadata-only.ts";

const ConfigMap = metadataOf({
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  scope: "Namespaced",
  verbs: ["list"],
});

const version = (name: string, plural: string, freshness: string, more: object = {}) => ({
  version: name,
  freshness,
  resources: [{ resource: plural, responseKind: { kind: "K" }, scope: "Namespaced", verbs: ["list"], ...more }],
});
const answering = (documents: Readonly<Record<string, object>>): HttpsClient =>
  ({
    raw: async (_method: string, path: string) => ({ status: 200, body: JSON.stringify(documents[path] ?? {}) }),
  }) as unknown as HttpsClient;

test("kinds come in the version that is preferred; those we know as what we know", async () => {
  const client = answering({
    "/api": { items: [{ versions: [version("v1", "configmaps", "Current")] }] },
    "/apis": {
      items: [
        { metadata: { name: "e.com" }, versions: [version("v2", "ks", "Current"), version("v1", "ks", "Current")] },
      ],
    },
  });
  const found = await discoverKinds(client, [ConfigMap]);
  assert.equal(found[0], ConfigMap);
  assert.deepEqual(
    found.map((one) => `${one.group}/${one.version}/${one.plural}`),
    ["/v1/configmaps", "e.com/v2/ks"],
  );
});

test("a server that does not answer leaves its kinds out, and that is said", async () => {
  const client = answering({
    "/apis": {
      items: [
        { metadata: { name: "z.com" }, versions: [version("v1", "zs", "Stale")] },
        { metadata: { name: "a.com" }, versions: [version("v2", "as", "Stale"), version("v1", "as", "Current")] },
      ],
    },
  });
  await assert.rejects(discoverKinds(client, []), {
    name: "IncompleteDiscoveryError",
    message:
      "unable to retrieve the complete list of server APIs: a.com/v2: stale GroupVersion discovery: a.com/v2, " +
      "z.com/v1: stale GroupVersion discovery: z.com/v1",
  });
  const { kinds, incomplete } = await whatIsDiscovered(() => discoverKinds(client, []));
  assert.deepEqual(
    kinds.map((one) => `${one.group}/${one.version}`),
    ["a.com/v1"],
  );
  assert.ok(incomplete instanceof IncompleteDiscoveryError);
  await assert.rejects(
    whatIsDiscovered(async () => Promise.reject(new Error("something else"))),
    /something else/,
  );
});
