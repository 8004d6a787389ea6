// A PKCS #10 request for a certificate (RFC 2986): whose it is, and whether who asks holds the key. It refuses to sign.
import { createPublicKey, verify } from "node:crypto";
import { BIT_STRING, DerError, membersOf, objectIdentifier, readDer, SEQUENCE, SET } from "../../base/der.ts";
import type { DerValue } from "../../base/der.ts";
import { readPem } from "../../base/pem.ts";

export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

/** Why a request cannot be read, as upstream says it. */
export class RequestError extends Error {
  override readonly name = "RequestError";
}

const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";

/** By the algorithm of the signature: the digest, and what upstream says when it is wrong. Ed25519 has no digest of its own. */
const ALGORITHMS: Readonly<Record<string, readonly [digest: string | null, wrong: string]>> = {
  "1.2.840.113549.1.1.11": ["sha256", "crypto/rsa: verification error"],
  "1.2.840.113549.1.1.12": ["sha384", "crypto/rsa: verification error"],
  "1.2.840.113549.1.1.13": ["sha512", "crypto/rsa: verification error"],
  "1.2.840.10045.4.3.2": ["sha256", "x509: ECDSA verification failure"],
  "1.2.840.10045.4.3.3": ["sha384", "x509: ECDSA verification failure"],
  "1.2.840.10045.4.3.4": ["sha512", "x509: ECDSA verification failure"],
  "1.3.101.112": [null, "x509: Ed25519 verification failure"],
};

/** Reads and verifies a request as the API carries it, base64 of PEM. Throws a RequestError. */
export function readRequest(base64: string): CertificateRequest {
  const [block] = readPem(Buffer.from(base64, "base64").toString("latin1"));
  if (block?.type !== "CERTIFICATE REQUEST") throw new RequestError("PEM block type must be CERTIFICATE REQUEST");
  try {
    const [info, algorithm, signature] = membersOf(readDer(block.der)[0], SEQUENCE);
    const [, subject, key] = membersOf(info, SEQUENCE);
    verifySignature(info!.whole, { key, algorithm: membersOf(algorithm, SEQUENCE)[0], signature });
    return subjectOf(subject);
  } catch (error) {
    if (error instanceof DerError) throw new RequestError(error.message, { cause: error });
    throw error;
  }
}

interface Signature {
  readonly key: DerValue | undefined;
  readonly algorithm: DerValue | undefined;
  readonly signature: DerValue | undefined;
}

function verifySignature(signed: Uint8Array, { key, algorithm, signature }: Signature): void {
  const known = ALGORITHMS[objectIdentifier(algorithm)];
  if (known === undefined) throw new RequestError("x509: cannot verify signature: algorithm unimplemented");
  if (key === undefined || signature?.tag !== BIT_STRING) throw new DerError("asn1: structure error: tags don't match");
  const [digest, wrong] = known;
  // The first octet of a bit string counts the bits that are left over: none.
  if (!verifies(digest, signed, key.whole, signature.content.subarray(1))) throw new RequestError(wrong);
}

/** A key that OpenSSL cannot read verifies nothing. */
function verifies(digest: string | null, signed: Uint8Array, key: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(digest, signed, createPublicKey({ key: Buffer.from(key), format: "der", type: "spki" }), signature);
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}

function subjectOf(name: DerValue | undefined): CertificateRequest {
  const organizations: string[] = [];
  let commonName = "";
  for (const set of membersOf(name, SEQUENCE)) {
    for (const attribute of membersOf(set, SET)) {
      const [type, value] = membersOf(attribute, SEQUENCE);
      const text = value === undefined ? "" : new TextDecoder().decode(value.content);
      const identifier = objectIdentifier(type);
      if (identifier === ORGANIZATION) organizations.push(text);
      else if (identifier === COMMON_NAME) commonName = text;
    }
  }
  return { commonName, organizations };
}
