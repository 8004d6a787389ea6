// Signatures with ES256 beside those of jose, and what is no signature of ours.
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { test } from "node:test";
import { calculateJwkThumbprint, compactVerify, exportJWK, SignJWT } from "jose";
import { issueSigningKey } from "../x509/issue.ts";
import { Es256 } from "./es256.ts";

const keys = await issueSigningKey();
const own = new Es256(keys);
const CLAIMS = { iss: "here", sub: "system:serviceaccount:a:b", aud: ["x"], exp: 9e9, text: "ü" };
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

test("jose verifies what is signed here, and the other way round", async () => {
  const { payload, protectedHeader } = await compactVerify(await own.sign(CLAIMS), createPublicKey(keys.publicKey));
  assert.deepEqual(JSON.parse(new TextDecoder().decode(payload)), CLAIMS);
  assert.deepEqual(protectedHeader, { alg: "ES256", kid: own.jwk.kid });
  const jwk = await exportJWK(createPublicKey(keys.publicKey));
  assert.equal(own.jwk.kid, await calculateJwkThumbprint(jwk));
  const theirs = await new SignJWT(CLAIMS).setProtectedHeader({ alg: "ES256" }).sign(createPrivateKey(keys.privateKey));
  assert.deepEqual(await own.verify(theirs), CLAIMS);
});

test("nothing else verifies", async () => {
  const token = await own.sign(CLAIMS);
  const [header = "", payload = "", signature = ""] = token.split(".");
  const other = await new Es256(await issueSigningKey()).sign(CLAIMS);
  const resigned = (head: object) =>
    new SignJWT(CLAIMS).setProtectedHeader(head as never).sign(createPrivateKey(keys.privateKey));
  const flipped = Buffer.from(signature, "base64url");
  flipped[5]! ^= 1;
  for (const wrong of [
    "",
    "..",
    other,
    `${header}.${payload}`,
    `${token}.`,
    `${token}=`,
    ` ${token}`,
    `${header}.${payload}.${flipped.toString("base64url")}`,
    `${header}.${payload}.${signature.slice(0, -2)}`,
    `${header}.${part({ ...CLAIMS, sub: "system:admin" })}.${signature}`,
    `${part({ alg: "none" })}.${payload}.`,
    `${part({ alg: "HS256" })}.${payload}.${signature}`,
    `${part({ alg: "ES256", crit: ["x"] })}.${payload}.${signature}`,
    `${header}.${part([1])}.${signature}`,
    `${header}.!!.${signature}`,
    // The last letter has bits to spare: another one says the same bytes.
    token.slice(0, -1) + String.fromCharCode(token.charCodeAt(token.length - 1) + 1),
    await resigned({ alg: "ES256", b64: true, crit: ["b64"] }),
  ])
    assert.equal(await own.verify(wrong), undefined, wrong);
});
