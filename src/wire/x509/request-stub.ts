// A new key, and a request (PKCS #10, RFC 2986) that names nobody and proves only that its maker holds the key: what a
// PodCertificateRequest carries (KEP-4317). Loading the library costs 70 ms: import this file when it is needed.
// @peculiar/x509 asks for this polyfill to be loaded first.
import type { webcrypto } from "node:crypto";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { writePem } from "../../base/pem.ts";

const rsa = (modulusLength: number) => ({
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
});
const ecdsa = (namedCurve: string, hash: string) => ({ name: "ECDSA", namedCurve, hash });

type Algorithm =
  | webcrypto.RsaHashedKeyGenParams
  | (webcrypto.EcKeyGenParams & webcrypto.EcdsaParams)
  | { readonly name: "Ed25519" };

/** By the key types of the API. */
const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  RSA3072: rsa(3072),
  RSA4096: rsa(4096),
  ECDSAP256: ecdsa("P-256", "SHA-256"),
  ECDSAP384: ecdsa("P-384", "SHA-384"),
  ECDSAP521: ecdsa("P-521", "SHA-512"),
  ED25519: { name: "Ed25519" },
};

export interface RequestStub {
  /** PKCS #8 in PEM. */
  readonly key: string;
  /** DER. */
  readonly request: Uint8Array;
}

/** Throws for a key type that the API does not know. */
export async function requestStub(keyType: string): Promise<RequestStub> {
  const algorithm = ALGORITHMS[keyType];
  if (algorithm === undefined) throw new Error(`unknown key type ${JSON.stringify(keyType)}`);
  const keys = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: algorithm });
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { key: writePem("PRIVATE KEY", der), request: new Uint8Array(request.rawData) };
}
