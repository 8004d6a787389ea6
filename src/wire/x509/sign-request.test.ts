// Requests for certificates, signed: whose they are, what for, how long.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { seededRandom } from "../../base/random.ts";
import { issueAuthority } from "./issue.ts";
import { signRequest } from "./sign-request.ts";

const DAY = 86_400_000;
const NOW = Math.floor(Date.UTC(2026, 0, 1));
const random = seededRandom(1);
const authority = await issueAuthority({ commonName: "ca", notBefore: NOW - DAY, notAfter: NOW + 100 * DAY }, random);

const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const EC = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

async function request(algorithm: typeof RSA | typeof EC): Promise<string> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ O: ["system:nodes"] }, { CN: ["system:node:a"] }],
    keys: keys as { privateKey: CryptoKey; publicKey: CryptoKey },
    signingAlgorithm: algorithm,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: "dns", value: "a" },
        { type: "ip", value: "10.0.0.1" },
      ]),
    ],
  });
  return made.toString("pem");
}

for (const [name, algorithm] of Object.entries({ RSA, EC })) {
  test(`a certificate for a key of ${name}`, async () => {
    const usages = ["digital signature", "client auth", "server auth"];
    const options = { usages, notBefore: NOW - 300_000, notAfter: NOW + DAY };
    const cert = new X509Certificate(await signRequest(authority, await request(algorithm), options, random));
    assert.equal(cert.subject, "O=system:nodes\nCN=system:node:a");
    assert.equal(cert.subjectAltName, "DNS:a, IP Address:10.0.0.1");
    assert.deepEqual(cert.keyUsage, ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"]);
    assert.equal(Date.parse(cert.validTo), NOW + DAY);
    assert.equal(cert.ca, false);
    assert.ok(cert.verify(new X509Certificate(authority.cert).publicKey));
  });
}

test("nothing outlives its authority", async () => {
  const options = { usages: ["client auth"], notBefore: NOW, notAfter: NOW + 1000 * DAY };
  const cert = new X509Certificate(await signRequest(authority, await request(EC), options, random));
  assert.equal(Date.parse(cert.validTo), NOW + 100 * DAY);
});
