// Signs requests for certificates (PKCS #10) as an authority: whose they are and what they name stays as asked. It refuses
// to judge requests, and to make them authorities. Loading the library costs 70 ms: import this file when it is needed.
import { createPrivateKey } from "node:crypto";
// @peculiar/x509 asks for this polyfill to be loaded first.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { Random } from "../../base/random.ts";
import type { KeyPair } from "./issue.ts";

export interface SignOptions {
  /** By their names in Kubernetes: `client auth`, `digital signature` … */
  readonly usages: readonly string[];
  /** Milliseconds since the epoch; seconds count. The end is the authority's where that comes first. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const { KeyUsageFlags: Key, ExtendedKeyUsage: Extended } = x509;
const KEY_USAGES: Readonly<Record<string, number>> = {
  signing: Key.digitalSignature,
  "digital signature": Key.digitalSignature,
  "content commitment": Key.nonRepudiation,
  "key encipherment": Key.keyEncipherment,
  "key agreement": Key.keyAgreement,
  "data encipherment": Key.dataEncipherment,
  "encipher only": Key.encipherOnly,
  "decipher only": Key.decipherOnly,
};
const EXTENDED_USAGES: Readonly<Record<string, string>> = {
  any: "2.5.29.37.0",
  "server auth": Extended.serverAuth,
  "client auth": Extended.clientAuth,
  "code signing": Extended.codeSigning,
  "email protection": Extended.emailProtection,
  "s/mime": Extended.emailProtection,
  timestamping: Extended.timeStamping,
  "ocsp signing": Extended.ocspSigning,
};

/** The certificate in PEM. Keys of authorities may be RSA or elliptic, in any form that OpenSSL reads. */
export async function signRequest(
  authority: KeyPair,
  requestPem: string,
  { usages, notBefore, notAfter }: SignOptions,
  random: Random,
): Promise<string> {
  const request = new x509.Pkcs10CertificateRequest(requestPem);
  const issuer = new x509.X509Certificate(authority.cert);
  const { key, algorithm } = await privateKey(authority.key);
  const flags = usages.reduce((sum, usage) => sum | (KEY_USAGES[usage] ?? 0), 0);
  const extended = usages.flatMap((usage) => EXTENDED_USAGES[usage] ?? []);
  const names = request.extensions.find((one) => one instanceof x509.SubjectAlternativeNameExtension);
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: serial(random),
    subject: request.subjectName,
    issuer: issuer.subjectName,
    notBefore: new Date(notBefore),
    notAfter: new Date(Math.min(notAfter, issuer.notAfter.getTime())),
    signingAlgorithm: algorithm,
    publicKey: request.publicKey,
    signingKey: key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      ...(flags ? [new x509.KeyUsagesExtension(flags, true)] : []),
      ...(extended.length > 0 ? [new x509.ExtendedKeyUsageExtension(extended)] : []),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(names ? [new x509.SubjectAlternativeNameExtension(names.names.toJSON())] : []),
    ],
  });
  const pem = cert.toString("pem");
  return pem.endsWith("\n") ? pem : `${pem}\n`;
}

/** RFC 5280 wants a positive serial of at most 20 octets. */
function serial(random: Random): string {
  const b = random.bytes(16);
  b[0] = (b[0]! & 0x7f) | 0x40;
  return Buffer.from(b).toString("hex");
}

async function privateKey(pem: string) {
  const read = createPrivateKey(pem);
  const curve = read.asymmetricKeyDetails?.namedCurve;
  const curves: Readonly<Record<string, string>> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };
  const algorithm =
    read.asymmetricKeyType === "rsa"
      ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
      : { name: "ECDSA", namedCurve: curves[curve ?? ""] ?? "P-256", hash: "SHA-256" };
  const der = read.export({ type: "pkcs8", format: "der" });
  return { key: await crypto.subtle.importKey("pkcs8", new Uint8Array(der), algorithm, false, ["sign"]), algorithm };
}
