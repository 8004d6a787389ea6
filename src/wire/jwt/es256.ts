// JSON Web Signatures in the compact form, with ES256 (P-256, SHA-256) alone: RFC 7515, 7518 section 3.4, 7638. It refuses every
// other algorithm, headers that demand more, and encodings that are not canonical; and to know what claims mean.
import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { promisify } from "node:util";

const signing = promisify(sign);
const verifying = promisify(verify);

/** Both halves of one key pair, PEM: PKCS#8 and SPKI. */
export interface SigningKeys {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A public key as a JSON Web Key. */
export interface PublicJwk {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly use: "sig";
  readonly kid: string;
  readonly alg: "ES256";
}

/** How ES256 writes signatures: r and s side by side, 64 bytes. */
const ENCODING = { dsaEncoding: "ieee-p1363" } as const;
const SIGNATURE_BYTES = 64;

/** One key pair. Its work is done on the thread pool. */
export class Es256 {
  readonly jwk: PublicJwk;
  readonly #private: KeyObject;
  readonly #public: KeyObject;
  readonly #header: string;

  constructor(keys: SigningKeys) {
    this.#private = createPrivateKey(keys.privateKey);
    this.#public = createPublicKey(keys.publicKey);
    const { kty, crv, x, y } = this.#public.export({ format: "jwk" });
    if (kty !== "EC" || crv !== "P-256" || x === undefined || y === undefined)
      throw new Error("ES256 needs a key on the curve P-256");
    // The thumbprint is that of these members in this order.
    const kid = createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
    this.jwk = { kty, crv, x, y, use: "sig", kid, alg: "ES256" };
    this.#header = encoded(JSON.stringify({ alg: "ES256", kid }));
  }

  /** The token with this payload. */
  async sign(payload: object): Promise<string> {
    const input = `${this.#header}.${encoded(JSON.stringify(payload))}`;
    const signature = await signing("sha256", Buffer.from(input), { key: this.#private, ...ENCODING });
    return `${input}.${signature.toString("base64url")}`;
  }

  /** The payload of a token that this key signed; undefined for any other text. Its times are not looked at. */
  async verify(token: string): Promise<object | undefined> {
    const [header = "", payload = "", signature = "", ...more] = token.split(".");
    if (more.length > 0) return undefined;
    const claims = objectIn(decoded(payload));
    const bytes = decoded(signature);
    if (claims === undefined || bytes?.length !== SIGNATURE_BYTES || !isEs256(objectIn(decoded(header))))
      return undefined;
    const input = Buffer.from(`${header}.${payload}`);
    return (await verifying("sha256", input, { key: this.#public, ...ENCODING }, bytes)) ? claims : undefined;
  }
}

/** `crit` names extensions that must be understood, and none is. */
const isEs256 = (header: Readonly<Record<string, unknown>> | undefined) =>
  header?.["alg"] === "ES256" && !("crit" in header) && !("b64" in header);

const encoded = (text: string) => Buffer.from(text).toString("base64url");

/** Undefined for what is not base64url in its one form. */
function decoded(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}

function objectIn(bytes: Buffer | undefined): Readonly<Record<string, unknown>> | undefined {
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
