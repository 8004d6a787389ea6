// Requests that prove possession of a key, of each kind that the API knows.
import { test } from "node:test";
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
// @peculiar/x509 asks for this polyfill to be loaded first.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { requestStub } from "./request-stub.ts";

test("each kind of key: the request is signed with it, and names nobody", async () => {
  const kinds = { ECDSAP256: "ec", ECDSAP384: "ec", ECDSAP521: "ec", ED25519: "ed25519", RSA3072: "rsa" };
  for (const [keyType, kind] of Object.entries(kinds)) {
    const { key, request } = await requestStub(keyType);
    const read = new x509.Pkcs10CertificateRequest(request);
    assert.equal(await read.verify(), true, keyType);
    assert.equal(read.subject, "");
    const privateKey = createPrivateKey(key);
    assert.equal(privateKey.asymmetricKeyType, kind);
    const own = createPublicKey(privateKey).export({ type: "spki", format: "der" });
    assert.deepEqual(Buffer.from(read.publicKey.rawData), own, keyType);
  }
});

test("another kind of key is an error", async () => {
  await assert.rejects(requestStub("DSA"), /unknown key type "DSA"/);
});
