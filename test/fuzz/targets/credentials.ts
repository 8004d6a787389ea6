// What a client shows to say who it is: service account tokens, bootstrap tokens, certificates.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { systemClock } from "../../../src/base/clock.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { bootstrapToken } from "../../../src/apiserver/authentication/bootstrap-token.ts";
import { certificateUser } from "../../../src/apiserver/authentication/client-certificate.ts";
import {
  jwtSigner,
  serviceAccountToken,
  tokenJudge,
} from "../../../src/apiserver/authentication/service-account-token.ts";
import type { Lookup } from "../../../src/apiserver/admission/plugin.ts";
import { StatusError } from "../../../src/schema/meta/status.ts";
import { issue, issueAuthority, issueSigningKey } from "../../../src/wire/x509/issue.ts";
import type { Target } from "../target.ts";

const ISSUER = "https://kubernetes.default.svc";
const lookup = { get: () => undefined, read: () => Promise.resolve(undefined) } as unknown as Lookup;
const signer = jwtSigner(await issueSigningKey());
const bound = { name: "a", uid: "1" };
const good = await signer.sign({
  iss: ISSUER,
  sub: "system:serviceaccount:a:b",
  aud: [ISSUER],
  exp: 9e9,
  iat: 1,
  nbf: 1,
  jti: "j",
  "kubernetes.io": { namespace: "a", serviceaccount: bound },
});
const judge = tokenJudge({ signer, issuer: ISSUER, audiences: [ISSUER], lookup, clock: systemClock });
const authenticators = [serviceAccountToken(judge, [ISSUER]), bootstrapToken(lookup, () => 0)];

/** Nobody but the signer's own token verifies; everything else is 401 or not known. */
export const bearerTokens: Target = {
  name: "bearer-tokens",
  text: true,
  mostBytes: 8192,
  words: [
    ".",
    "eyJhbGciOiJub25lIn0",
    Buffer.from('{"alg":"HS256"}').toString("base64url"),
    Buffer.from('{"alg":"ES256","crit":["x"]}').toString("base64url"),
    "=",
    "-",
    "abcdef.0123456789abcdef",
  ],
  seeds: () => [good, "abcdef.0123456789abcdef", "a.b.c"],
  allows: (error) => error instanceof StatusError && error.code === 401,
  async run(input) {
    const bearerToken = input.toString("latin1");
    const claims = await signer.verify(bearerToken);
    if (claims !== undefined) assert.equal(claims.jti, "j", "a token that nobody signed");
    for (const authenticator of authenticators) {
      const found = await authenticator.authenticate({ bearerToken, header: () => undefined });
      assert.equal(found, undefined, "nobody is known here");
    }
    return claims === undefined ? "unknown" : "signed";
  },
};

const random = seededRandom(1);
const authority = await issueAuthority({ commonName: "ca", notBefore: 0, notAfter: 4e12 }, random);
const client = await issue(
  authority,
  {
    commonName: "kubernetes-admin",
    organizations: ["system:masters", "a,b"],
    usages: ["client"],
    notBefore: 0,
    notAfter: 4e12,
  },
  random,
);
const der = new X509Certificate(client.cert).raw;

/** TLS parses a certificate before this does: what OpenSSL refuses never gets here, and is no finding. */
export const certificates: Target = {
  name: "certificates",
  mostBytes: 4096,
  words: ["\x06\x03\x55\x04\x03", "\x06\x03\x55\x04\x0a", "\x0c\x05", "\nO=system:masters", "CN=x", "\\0A", "\0"],
  seeds: () => [der],
  allows: (error) =>
    error instanceof Error && /^(ERR_OSSL|ERR_CRYPTO)/.test((error as NodeJS.ErrnoException).code ?? ""),
  run(input) {
    const user = certificateUser(input);
    if (user === undefined) return "nobody";
    assert.notEqual(user.name, "");
    // A group is said in the certificate, in one piece: none comes out of a name that holds a line break.
    for (const group of user.groups)
      if (group === "system:masters") assert.ok(input.includes("\x0esystem:masters"), "a group that nobody wrote");
    return `${user.groups.length}`;
  },
};
