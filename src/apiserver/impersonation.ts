// Acting as somebody else by `Impersonate-*` headers, where the asker may. It refuses what it cannot read.
// Specification: Kubernetes "User impersonation".
import { badRequest } from "../schema/meta/status.ts";
import { withStandingGroups } from "./authentication/authenticate.ts";
import { refusal } from "./authorization/authorize.ts";
import type { Authorizer } from "./authorization/authorizer.ts";
import type { Exchange } from "./http/exchange.ts";
import { ANONYMOUS } from "./request.ts";
import type { RequestInfo, User } from "./request.ts";

const EXTRA = "impersonate-extra-";
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** The other user; undefined when nobody is to be impersonated. Throws 403 when the asker may not, 400 for half a request. */
export function impersonate(exchange: Exchange, user: User, authorizer: Authorizer): User | undefined {
  const name = exchange.header("impersonate-user") ?? "";
  const uid = exchange.header("impersonate-uid") ?? "";
  const groups: string[] = [];
  const extra = new Map<string, string[]>();
  if (name === "" && uid === "" && exchange.header("impersonate-group") === undefined && !hasExtra(exchange))
    return undefined;
  for (const [header, value] of exchange.headerLines()) {
    if (header === "impersonate-group") groups.push(value);
    else if (header.startsWith(EXTRA)) {
      const key = unescaped(header.slice(EXTRA.length));
      extra.set(key, [...(extra.get(key) ?? []), value]);
    }
  }
  if (name === "") throw badRequest(`requested ${JSON.stringify(groups)} without impersonating a user`);
  const ask = (attributes: Partial<RequestInfo>) => {
    const info: RequestInfo = {
      isResource: true,
      verb: "impersonate",
      path: "",
      group: "",
      version: "",
      namespace: "",
      resource: "",
      subresource: "",
      name: "",
      ...attributes,
    };
    const decision = authorizer.authorize(user, info);
    if (decision.outcome !== "allow") throw refusal(user, info, decision.reason);
  };
  const account = SERVICE_ACCOUNT.exec(name);
  if (account) ask({ resource: "serviceaccounts", namespace: account[1]!, name: account[2]! });
  else ask({ resource: "users", name });
  for (const group of groups) ask({ resource: "groups", name: group });
  if (uid !== "") ask({ group: "authentication.k8s.io", resource: "uids", name: uid });
  for (const [key, values] of extra) {
    for (const value of values)
      ask({ group: "authentication.k8s.io", resource: "userextras", subresource: key, name: value });
  }
  const standing =
    account && groups.length === 0 ? ["system:serviceaccounts", `system:serviceaccounts:${account[1]!}`] : groups;
  if (name === ANONYMOUS.name && groups.length === 0) return ANONYMOUS;
  return withStandingGroups({
    name,
    groups: standing,
    ...(uid && { uid }),
    ...(extra.size > 0 && { extra: Object.fromEntries(extra) }),
  });
}

/** A key that is not well escaped stands for itself, as upstream. */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch (error) {
    if (error instanceof URIError) return key;
    throw error;
  }
}

function hasExtra(exchange: Exchange): boolean {
  if (exchange.hasHeaderLike !== undefined) return exchange.hasHeaderLike(EXTRA);
  for (const [header] of exchange.headerLines()) if (header.startsWith(EXTRA)) return true;
  return false;
}
