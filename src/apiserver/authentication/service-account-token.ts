// Service account tokens (JWT, ES256): making them for TokenRequest, and telling who holds one. It refuses tokens whose
// account, pod, node or secret is gone: a bound token dies with what it is bound to (KEP-1205, KEP-4193).
import type { Clock } from "../../base/clock.ts";
import { Node } from "../../resources/core/node.ts";
import { Pod } from "../../resources/core/pod.ts";
import { Secret } from "../../resources/core/secret.ts";
import { ServiceAccount } from "../../resources/core/service-account.ts";
import { unauthorized } from "../../schema/meta/status.ts";
import type { KubeObject, Resource } from "../../schema/resource.ts";
import { Es256 } from "../../wire/jwt/es256.ts";
import type { SigningKeys } from "../../wire/jwt/es256.ts";
import type { Lookup } from "../admission/plugin.ts";
import type { User } from "../request.ts";
import type { Authenticator } from "./authenticator.ts";

/** A name and uid inside a token. */
interface Bound {
  readonly name: string;
  readonly uid: string;
}

/** What a token says beside the registered claims (RFC 7519). */
export interface TokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  /** Seconds since the epoch. */
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly jti: string;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly serviceaccount: Bound;
    readonly pod?: Bound;
    readonly node?: Bound;
    readonly secret?: Bound;
    /** When a refreshed token should have replaced this one, for legacy-style long tokens. */
    readonly warnafter?: number;
  };
}

const LEGACY_ISSUER = "kubernetes/serviceaccount";

/** What a lasting token says, which a secret holds. */
interface LegacyClaims {
  readonly sub: string;
  readonly "kubernetes.io/serviceaccount/namespace": string;
  readonly "kubernetes.io/serviceaccount/secret.name": string;
  readonly "kubernetes.io/serviceaccount/service-account.name": string;
  readonly "kubernetes.io/serviceaccount/service-account.uid": string;
}

/** Signs and checks tokens; injected, so that the simulation needs no thread pool. */
export interface TokenSigner {
  sign(claims: TokenClaims): Promise<string>;
  /** The claims of a token with a good signature of ours, whatever they say; undefined for any other text. */
  verify(token: string): Promise<TokenClaims | undefined>;
  /** The public keys as a JWKS document. */
  jwks(): Promise<unknown>;
}

/** ES256 over the cluster's `sa` key pair (PEM). */
export function jwtSigner(keys: SigningKeys): TokenSigner {
  const key = new Es256(keys);
  return {
    sign: (claims) => key.sign(claims),
    verify: (token) => key.verify(token) as Promise<TokenClaims | undefined>,
    jwks: async () => ({ keys: [key.jwk] }),
  };
}

export const serviceAccountUserName = (namespace: string, name: string) => `system:serviceaccount:${namespace}:${name}`;

/** The user of a service account, as tokens and local clients act. */
export const serviceAccountUser = (namespace: string, name: string, uid?: string): User => ({
  name: serviceAccountUserName(namespace, name),
  ...(uid && { uid }),
  groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
});

export interface ServiceAccountTokenOptions {
  readonly signer: TokenSigner;
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly lookup: Lookup;
  readonly clock: Clock;
}

/** Verified signatures are remembered for so many tokens; what tokens are bound to is looked up each time. */
const REMEMBERED_TOKENS = 5000;

/** Judges a token: its user and the audiences it may be used for, or undefined when it is not one of ours or no longer good. */
export interface TokenJudge {
  judge(token: string, audiences: readonly string[]): Promise<{ user: User; audiences: readonly string[] } | undefined>;
}

export function tokenJudge(options: ServiceAccountTokenOptions): TokenJudge {
  const { signer, issuer, lookup, clock } = options;
  const verified = new Map<string, TokenClaims>();

  async function claimsOf(token: string): Promise<TokenClaims | undefined> {
    const known = verified.get(token);
    if (known) return known;
    const claims = await signer.verify(token);
    if (!claims) return undefined;
    if (verified.size >= REMEMBERED_TOKENS) verified.delete(verified.keys().next().value!);
    verified.set(token, claims);
    return claims;
  }

  /** The cache may lag behind a token just made: absence is confirmed by the store. */
  async function lives<T extends KubeObject>(resource: Resource<T>, namespace: string, bound: Bound): Promise<boolean> {
    const cached = lookup.get(resource, namespace, bound.name);
    const found = cached?.metadata.uid === bound.uid ? cached : await lookup.read(resource, namespace, bound.name);
    if (found?.metadata.uid !== bound.uid) return false;
    const { deletionTimestamp } = found.metadata;
    return !deletionTimestamp || Date.parse(deletionTimestamp) + 60_000 > clock.now();
  }

  /** A lasting token is good for as long as the secret that it was written into holds it. */
  async function legacy(claims: LegacyClaims, token: string, audiences: readonly string[]) {
    const namespace = claims["kubernetes.io/serviceaccount/namespace"];
    const name = claims["kubernetes.io/serviceaccount/service-account.name"];
    const uid = claims["kubernetes.io/serviceaccount/service-account.uid"];
    const secretName = claims["kubernetes.io/serviceaccount/secret.name"];
    const matching = options.audiences.filter((one) => audiences.includes(one));
    if (matching.length === 0 || claims.sub !== serviceAccountUserName(namespace, name)) return undefined;
    const holds = (one: Secret | undefined) =>
      one?.metadata.deletionTimestamp === undefined && one?.data?.["token"] === Buffer.from(token).toString("base64");
    const secret = lookup.get(Secret, namespace, secretName);
    if (!holds(secret) && !holds(await lookup.read(Secret, namespace, secretName))) return undefined;
    if (!(await lives(ServiceAccount, namespace, { name, uid }))) return undefined;
    return { user: serviceAccountUser(namespace, name, uid), audiences: matching };
  }

  return {
    async judge(token, audiences) {
      const claims = await claimsOf(token);
      if (claims?.iss === LEGACY_ISSUER) return legacy(claims as unknown as LegacyClaims, token, audiences);
      if (!claims || claims.iss !== issuer) return undefined;
      const now = clock.now() / 1000;
      if (claims.exp <= now || claims.nbf > now + 60) return undefined;
      const matching = claims.aud.filter((a) => audiences.includes(a));
      if (matching.length === 0) return undefined;
      const { namespace, serviceaccount, pod, node, secret } = claims["kubernetes.io"];
      if (!(await lives(ServiceAccount, namespace, serviceaccount))) return undefined;
      if (pod && !(await lives(Pod, namespace, pod))) return undefined;
      if (secret && !(await lives(Secret, namespace, secret))) return undefined;
      if (node && !pod && !(await lives(Node, "", node))) return undefined;
      return { user: userOf(claims), audiences: matching };
    },
  };
}

function userOf(claims: TokenClaims): User {
  const { namespace, serviceaccount, pod, node } = claims["kubernetes.io"];
  return {
    ...serviceAccountUser(namespace, serviceaccount.name, serviceaccount.uid),
    extra: {
      "authentication.kubernetes.io/credential-id": [`JTI=${claims.jti}`],
      ...(node && {
        "authentication.kubernetes.io/node-name": [node.name],
        "authentication.kubernetes.io/node-uid": [node.uid],
      }),
      ...(pod && {
        "authentication.kubernetes.io/pod-name": [pod.name],
        "authentication.kubernetes.io/pod-uid": [pod.uid],
      }),
    },
  };
}

/** Bearer tokens of service accounts on requests to the API server itself. */
export function serviceAccountToken(judge: TokenJudge, audiences: readonly string[]): Authenticator {
  return {
    name: "service-account-token",
    async authenticate({ bearerToken }) {
      if (!bearerToken || bearerToken.split(".").length !== 3) return undefined;
      const judged = await judge.judge(bearerToken, audiences);
      if (!judged) throw unauthorized();
      return judged;
    },
  };
}
