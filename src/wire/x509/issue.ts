// Makes certificate authorities and certificates (P-256, RFC 5280). It refuses to store keys, and to check chains: node:crypto and TLS do.
// Loading the library costs 70 ms, so callers import this file only when something has to be issued.
// @peculiar/x509 asks for this polyfill to be loaded first.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { writePem } from "../../base/pem.ts";
import type { Random } from "../../base/random.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A certificate and its key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Issue {
  readonly commonName: string;
  /** `O` values: the groups of a user. */
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly usages: readonly ("client" | "server")[];
  /** Validity, milliseconds since the epoch; seconds count. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** A self-signed authority that may sign certificates and nothing below them. */
export async function issueAuthority(
  options: { readonly commonName: string; readonly notBefore: number; readonly notAfter: number },
  random: Random,
): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(random),
    name: nameOf(options.commonName, []),
    notBefore: new Date(options.notBefore),
    notAfter: new Date(options.notAfter),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.keyEncipherment,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: options.commonName }]),
    ],
  });
  return { cert: pem(cert.toString("pem")), key: await privatePem(keys.privateKey) };
}

/** A new key with a certificate for it, signed by `authority`. */
export async function issue(authority: KeyPair, options: Issue, random: Random): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  return { cert: await sign(authority, options, keys.publicKey, random), key: await privatePem(keys.privateKey) };
}

/** A certificate for a public key that somebody else holds the private part of. */
export async function sign(authority: KeyPair, options: Issue, publicKey: CryptoKey, random: Random): Promise<string> {
  const issuer = new x509.X509Certificate(authority.cert);
  const signingKey = await importPrivate(authority.key);
  const usages = options.usages.map((u) =>
    u === "client" ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth,
  );
  const names = [
    ...(options.dnsNames ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(options.ipAddresses ?? []).map((value) => ({ type: "ip" as const, value })),
  ];
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: serial(random),
    subject: nameOf(options.commonName, options.organizations ?? []),
    issuer: issuer.subjectName,
    notBefore: new Date(options.notBefore),
    notAfter: new Date(options.notAfter),
    signingAlgorithm: ALGORITHM,
    publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension(usages),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return pem(cert.toString("pem"));
}

/** A P-256 key pair for signing tokens: the private key (PKCS#8) and the public one (SPKI), PEM. */
export async function issueSigningKey(): Promise<{ readonly privateKey: string; readonly publicKey: string }> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
  return { privateKey: await privatePem(keys.privateKey), publicKey: writePem("PUBLIC KEY", spki) };
}

/** RFC 5280 wants a positive serial of at most 20 octets. */
function serial(random: Random): string {
  const b = random.bytes(16);
  b[0] = (b[0]! & 0x7f) | 0x40;
  return Buffer.from(b).toString("hex");
}

/** Organizations first, as Go's pkix.Name prints them. JSON form keeps commas and the like from being syntax. */
const nameOf = (commonName: string, organizations: readonly string[]) => [
  ...organizations.map((o) => ({ O: [o] })),
  { CN: [commonName] },
];

async function privatePem(key: CryptoKey): Promise<string> {
  return writePem("PRIVATE KEY", new Uint8Array(await crypto.subtle.exportKey("pkcs8", key)));
}

function importPrivate(key: string): Promise<CryptoKey> {
  const der = Buffer.from(key.replace(/-----[^-]+-----|\s/g, ""), "base64");
  return crypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
}

const pem = (text: string) => (text.endsWith("\n") ? text : `${text}\n`);
