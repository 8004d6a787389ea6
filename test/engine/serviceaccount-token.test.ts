// Secrets that hold a lasting token, on a real server in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serviceAccountTokens } from "../../src/controllers/serviceaccount-token.ts";
import { Secret } from "../../src/resources/core/secret.ts";
import { ServiceAccount } from "../../src/resources/core/service-account.ts";
import { hasReason } from "../../src/schema/meta/status.ts";
import { openWorld } from "./world.ts";
import type { World } from "./world.ts";

const SECOND = 1000;
const in_ = (name: string) => ({ namespace: "demo", name });
const NAME = "kubernetes.io/service-account.name";
const open = () =>
  openWorld({
    controllers: [
      serviceAccountTokens({
        signToken: async (claims) => `signed ${JSON.stringify(claims)}`,
        rootCa: "authority",
        identity: "manager",
      }),
    ],
  });
const secretFor = ({ client }: World, account: string) =>
  client.create(Secret, {
    metadata: { ...in_("s"), annotations: { [NAME]: account } },
    type: "kubernetes.io/service-account-token",
  } as unknown as Secret);
const find = async ({ client }: World) =>
  client.get(Secret, in_("s")).catch((error: unknown) => {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  });
const text = (data: string | undefined) => Buffer.from(data ?? "", "base64").toString();

test("a secret for an account gets its token, and goes with the account", async () => {
  const world = await open();
  const account = await world.client.create(ServiceAccount, { metadata: in_("robot") });
  const uid = account.metadata.uid ?? "";
  await secretFor(world, "robot");
  await world.pass(SECOND);
  const secret = await find(world);
  assert.equal(secret?.metadata.annotations?.["kubernetes.io/service-account.uid"], uid);
  assert.equal(text(secret?.data?.["ca.crt"]), "authority");
  assert.equal(text(secret?.data?.["namespace"]), "demo");
  assert.deepEqual(JSON.parse(text(secret?.data?.["token"]).slice("signed ".length)), {
    iss: "kubernetes/serviceaccount",
    "kubernetes.io/serviceaccount/namespace": "demo",
    "kubernetes.io/serviceaccount/secret.name": "s",
    "kubernetes.io/serviceaccount/service-account.name": "robot",
    "kubernetes.io/serviceaccount/service-account.uid": uid,
    sub: "system:serviceaccount:demo:robot",
  });
  const writes = world.writes.length;
  await world.pass(60 * SECOND);
  assert.equal(world.writes.length, writes, "it is not written again");
  await world.client.delete(ServiceAccount, in_("robot"));
  await world.pass(SECOND);
  assert.equal(await find(world), undefined);
  await world.stop();
});

test("a secret for nobody goes, and so does one for an account that was replaced", async () => {
  const world = await open();
  await secretFor(world, "nobody");
  await world.pass(SECOND);
  assert.equal(await find(world), undefined);
  await world.client.create(ServiceAccount, { metadata: in_("robot") });
  await secretFor(world, "robot");
  await world.pass(SECOND);
  await world.client.delete(ServiceAccount, in_("robot"));
  await world.client.create(ServiceAccount, { metadata: in_("robot") });
  await world.pass(SECOND);
  assert.equal(await find(world), undefined);
  await world.stop();
});
