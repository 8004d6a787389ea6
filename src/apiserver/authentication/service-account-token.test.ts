// Lasting tokens of service accounts, which secrets hold.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../base/virtual-clock.ts";
import { Es256 } from "../../wire/jwt/es256.ts";
import { issueSigningKey } from "../../wire/x509/issue.ts";
import type { Lookup } from "../admission/plugin.ts";
import { jwtSigner, tokenJudge } from "./service-account-token.ts";

const keys = await issueSigningKey();
const AUDIENCES = ["https://kubernetes.default.svc"];
const claims = {
  iss: "kubernetes/serviceaccount",
  "kubernetes.io/serviceaccount/namespace": "demo",
  "kubernetes.io/serviceaccount/secret.name": "s",
  "kubernetes.io/serviceaccount/service-account.name": "robot",
  "kubernetes.io/serviceaccount/service-account.uid": "u1",
  sub: "system:serviceaccount:demo:robot",
};
const token = await new Es256(keys).sign(claims);
const encoded = Buffer.from(token).toString("base64");

async function judged(objects: Readonly<Record<string, object | undefined>>, given = token, audiences = AUDIENCES) {
  const find = ({ kind }: { readonly kind: string }, _namespace: string, name: string) => objects[`${kind}/${name}`];
  const lookup = { get: find, read: async (...of: Parameters<typeof find>) => find(...of) } as unknown as Lookup;
  const judge = tokenJudge({
    signer: jwtSigner(keys),
    issuer: AUDIENCES[0]!,
    audiences: AUDIENCES,
    lookup,
    clock: new VirtualClock(0),
  });
  return (await judge.judge(given, audiences))?.user.name;
}

test("a lasting token is good while its secret holds it and its account is the same", async () => {
  const account = { metadata: { name: "robot", uid: "u1" } };
  const secret = { metadata: { name: "s" }, data: { token: encoded } };
  const all = { "ServiceAccount/robot": account, "Secret/s": secret };
  assert.equal(await judged(all), "system:serviceaccount:demo:robot");
  assert.equal(await judged({ ...all, "Secret/s": undefined }), undefined);
  assert.equal(await judged({ ...all, "Secret/s": { ...secret, data: { token: "b3RoZXI=" } } }), undefined);
  const going = { ...secret, metadata: { name: "s", deletionTimestamp: "2026-01-01T00:00:00Z" } };
  assert.equal(await judged({ ...all, "Secret/s": going }), undefined);
  assert.equal(await judged({ ...all, "ServiceAccount/robot": { metadata: { name: "robot", uid: "u2" } } }), undefined);
  assert.equal(await judged(all, token, ["somebody-else"]), undefined);
  const forged = await new Es256(await issueSigningKey()).sign(claims);
  assert.equal(
    await judged(
      { ...all, "Secret/s": { ...secret, data: { token: Buffer.from(forged).toString("base64") } } },
      forged,
    ),
    undefined,
  );
  const borrowed = await new Es256(keys).sign({ ...claims, sub: "system:serviceaccount:demo:admin" });
  const holder = { ...secret, data: { token: Buffer.from(borrowed).toString("base64") } };
  assert.equal(await judged({ ...all, "Secret/s": holder }, borrowed), undefined);
});
