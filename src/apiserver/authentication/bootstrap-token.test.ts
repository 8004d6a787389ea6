// Tokens of machines that want to join.
import assert from "node:assert/strict";
import { it } from "node:test";
import { Secret } from "../../resources/core/secret.ts";
import { Namespace } from "../../resources/core/namespace.ts";
import { trialServer } from "../admission/trial.ts";
import { bootstrapToken } from "./bootstrap-token.ts";

const TOKEN = "abcdef.0123456789abcdef";
const DATA = { "token-id": "abcdef", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true" };

/** Who shows `token`, where a Secret holds `data`. */
async function userOf(data: Readonly<Record<string, string>>, token = TOKEN, type = "bootstrap.kubernetes.io/token") {
  const { admin, server, clock } = await trialServer();
  await admin.create(Namespace, { metadata: { name: "kube-system" }, spec: {} });
  const coded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  const metadata = { name: "bootstrap-token-abcdef", namespace: "kube-system" };
  await admin.create(Secret, { metadata, type, data: Object.fromEntries(coded) as Record<string, string> });
  const known = await bootstrapToken(server.lookup, () => clock.now()).authenticate({
    bearerToken: token,
    header: () => undefined,
  });
  return known?.user;
}

it("names the token, and its groups", async () => {
  assert.deepEqual(await userOf(DATA), { name: "system:bootstrap:abcdef", groups: ["system:bootstrappers"] });
  const more = { ...DATA, "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token" };
  assert.deepEqual((await userOf(more))?.groups, [
    "system:bootstrappers",
    "system:bootstrappers:kubeadm:default-node-token",
  ]);
});

it("knows nobody else", async () => {
  assert.equal(await userOf(DATA, "abcdef.0123456789abcdeX"), undefined);
  assert.equal(await userOf(DATA, "abcdef.fedcba9876543210"), undefined);
  assert.equal(await userOf(DATA, "zzzzzz.0123456789abcdef"), undefined);
  assert.equal(await userOf(DATA, TOKEN, "Opaque"), undefined);
  assert.equal(await userOf({ ...DATA, "usage-bootstrap-authentication": "false" }), undefined);
  assert.equal(await userOf({ ...DATA, "auth-extra-groups": "system:masters" }), undefined);
});

it("tokens expire; an unreadable time has passed", async () => {
  assert.equal(await userOf({ ...DATA, expiration: "1960-01-01T00:00:00Z" }), undefined);
  assert.equal(await userOf({ ...DATA, expiration: "some day" }), undefined);
  assert.equal((await userOf({ ...DATA, expiration: "2999-01-01T00:00:00Z" }))?.name, "system:bootstrap:abcdef");
});
