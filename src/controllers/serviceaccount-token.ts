// serviceaccount-token: fills the secrets that people make to have a lasting token of a ServiceAccount, and takes them away
// when the account goes. It refuses to make such secrets: nobody gets one who did not ask for it.
import { SERVICE_ACCOUNT_NAME, SERVICE_ACCOUNT_TOKEN, Secret } from "../resources/core/secret.ts";
import { ServiceAccount } from "../resources/core/service-account.ts";
import { hasReason } from "../schema/meta/status.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { Controller, ReconcileContext } from "../reconcile/controller.ts";

const SERVICE_ACCOUNT_UID = "kubernetes.io/service-account.uid";

export interface TokenSettings {
  /** Signs claims with the key of the cluster's service accounts. */
  readonly signToken: (claims: object) => Promise<string>;
  /** PEM of the authorities of the API server. */
  readonly rootCa?: string | undefined;
  /** Whom it writes as: no service account may change secrets everywhere. */
  readonly identity: string;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const accountOf = ({ metadata }: Secret): string => metadata.annotations?.[SERVICE_ACCOUNT_NAME] ?? "";

export function serviceAccountTokens({ signToken, rootCa, identity }: TokenSettings): Controller {
  return controller<Secret>({
    name: "serviceaccount-token-controller",
    identity,
    of: Secret,
    heeds: ({ type }) => type === SERVICE_ACCOUNT_TOKEN,
    maps: [
      mapping(ServiceAccount, ({ metadata: { namespace, name = "" } }, { cache }) =>
        cache(Secret)
          .list(namespace)
          .filter((secret) => secret.type === SERVICE_ACCOUNT_TOKEN && accountOf(secret) === name)
          .map((secret) => `${namespace}/${secret.metadata.name}`),
      ),
    ],
    writes: [{ resource: Secret, verbs: ["update", "delete"] }],
    async reconcile(secret, context) {
      if (secret.type !== SERVICE_ACCOUNT_TOKEN || accountOf(secret) === "") return;
      const account = await accountFor(secret, context);
      const { namespace, name = "", uid } = secret.metadata;
      try {
        if (account) await fill(secret, account, context);
        else await context.client.delete(Secret, { namespace, name }, { preconditions: { uid } });
      } catch (error) {
        // Somebody was faster: the cache will tell.
        if (!hasReason(error, "NotFound", "Conflict")) throw error;
      }
    },
  });

  async function fill(secret: Secret, account: ServiceAccount, { client }: ReconcileContext): Promise<void> {
    const { namespace = "", name = "", annotations } = secret.metadata;
    const { data = {} } = secret;
    const needsToken = !data["token"];
    const wanted: Record<string, string> = {
      ...data,
      ...(rootCa !== undefined && { "ca.crt": base64(rootCa) }),
      ...(!data["namespace"] && { namespace: base64(namespace) }),
    };
    const isSame = Object.entries(wanted).every(([key, value]) => data[key] === value);
    if (isSame && !needsToken) return;
    const uid = account.metadata.uid ?? "";
    if (needsToken)
      wanted["token"] = base64(
        await signToken({
          iss: "kubernetes/serviceaccount",
          "kubernetes.io/serviceaccount/namespace": namespace,
          "kubernetes.io/serviceaccount/secret.name": name,
          "kubernetes.io/serviceaccount/service-account.name": account.metadata.name,
          "kubernetes.io/serviceaccount/service-account.uid": uid,
          sub: `system:serviceaccount:${namespace}:${account.metadata.name}`,
        }),
      );
    const named = { ...annotations, [SERVICE_ACCOUNT_NAME]: account.metadata.name ?? "", [SERVICE_ACCOUNT_UID]: uid };
    await client.update(Secret, { ...secret, metadata: { ...secret.metadata, annotations: named }, data: wanted });
  }
}

/** The account, if it is still the one that the secret is for. A cache that does not have it may be late. */
async function accountFor(secret: Secret, { cache, client }: ReconcileContext): Promise<ServiceAccount | undefined> {
  const place = { namespace: secret.metadata.namespace, name: accountOf(secret) };
  const wanted = secret.metadata.annotations?.[SERVICE_ACCOUNT_UID];
  const fits = (one: ServiceAccount | undefined) => one && (!wanted || one.metadata.uid === wanted);
  const known = cache(ServiceAccount).get(place);
  if (fits(known)) return known;
  try {
    const read = await client.get(ServiceAccount, place);
    return fits(read) ? read : undefined;
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    return undefined;
  }
}
