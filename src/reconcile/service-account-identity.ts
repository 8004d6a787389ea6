// Clients that speak as service accounts of kube-system, so that RBAC holds for each component apart: by impersonation where
// the identity may, else by tokens of their own. It refuses to give anybody rights: bindings do.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { isAbortOf } from "../base/scope.ts";
import { TokenRequest } from "../resources/authentication/token-request.ts";
import { SelfSubjectAccessReview } from "../resources/authorization/self-subject-access-review.ts";
import { ServiceAccount } from "../resources/core/service-account.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { Client } from "../client/client.ts";
import type { HttpsClient } from "../client/https.ts";

const NAMESPACE = "kube-system";
const TOKEN_SECONDS = 3600;
/** A token is renewed when so much of its life is over. */
const RENEW_AFTER_MS = TOKEN_SECONDS * 800;
const RETRY_MS = 10_000;

export interface IdentityOptions {
  readonly client: HttpsClient;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the renewal of tokens. */
  readonly signal: AbortSignal;
}

/** One client for each name. Rejects when the identity may neither impersonate nor ask for tokens. */
export async function serviceAccountClients(
  names: Iterable<string>,
  options: IdentityOptions,
): Promise<ReadonlyMap<string, Client>> {
  const { client } = options;
  const impersonates = await mayImpersonate(client);
  const made = [...new Set(names)].map(async (name) => {
    const user = `system:serviceaccount:${NAMESPACE}:${name}`;
    return [name, impersonates ? client.as(user) : client.as(user, { token: await tokenOf(name, options) })] as const;
  });
  return new Map(await Promise.all(made));
}

/** Whether this identity may act as any service account of kube-system, and as any user. */
export async function mayImpersonate(client: Client): Promise<boolean> {
  const resourceAttributes = { verb: "impersonate", resource: "serviceaccounts", namespace: NAMESPACE };
  const review = await client.create(SelfSubjectAccessReview, { metadata: {}, spec: { resourceAttributes } });
  return review.status.allowed === true;
}

/** A token that stays fresh. The account is made if it is not there yet. */
async function tokenOf(name: string, { client, clock, log, signal }: IdentityOptions): Promise<() => string> {
  try {
    await client.create(ServiceAccount, { metadata: { namespace: NAMESPACE, name } });
  } catch (error) {
    if (!hasReason(error, "AlreadyExists")) throw error;
  }
  const ask = async (): Promise<string> => {
    const body = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: {},
      spec: { audiences: [], expirationSeconds: TOKEN_SECONDS },
    };
    const answer = (await client.command(
      ServiceAccount,
      { namespace: NAMESPACE, name },
      "token",
      body,
    )) as TokenRequest;
    return answer.status.token ?? "";
  };
  let token = await ask();
  const renew = async (): Promise<void> => {
    for (let waitMs = RENEW_AFTER_MS; ;) {
      await clock.sleep(waitMs, signal);
      try {
        token = await ask();
        waitMs = RENEW_AFTER_MS;
      } catch (error) {
        log.warn("token not renewed", { serviceAccount: name, error: String(error) });
        waitMs = RETRY_MS;
      }
    }
  };
  renew().catch((error: unknown) => {
    if (!isAbortOf(signal, error)) log.error("renewal of tokens ended", { serviceAccount: name, error: String(error) });
  });
  return () => token;
}
