// Asks the authorizers in order, and words the refusal as upstream does. It refuses to decide anything itself.
import { forbidden } from "../../schema/meta/status.ts";
import type { StatusError } from "../../schema/meta/status.ts";
import type { RequestInfo, User } from "../request.ts";
import type { Authorizer, Decision } from "./authorizer.ts";

/** One authorizer out of many. */
export function union(authorizers: readonly Authorizer[]): Authorizer {
  return {
    name: authorizers.map((a) => a.name).join(","),
    authorize(user, info): Decision {
      const reasons: string[] = [];
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(user, info);
        if (decision.outcome !== "no opinion") return decision;
        if (decision.reason) reasons.push(decision.reason);
      }
      return { outcome: "no opinion", ...(reasons.length > 0 && { reason: reasons.join(", ") }) };
    },
  };
}

/** The 403 for a request that nobody allowed. */
export function refusal(user: User, info: RequestInfo, reason = ""): StatusError {
  const who = `User ${JSON.stringify(user.name)} cannot ${info.verb}`;
  const why = reason ? `: ${reason}` : "";
  if (!info.isResource)
    return forbidden({ group: "", resource: "" }, "", `${who} path ${JSON.stringify(info.path)}${why}`);
  const resource = info.subresource ? `${info.resource}/${info.subresource}` : info.resource;
  const where = info.namespace ? `in the namespace ${JSON.stringify(info.namespace)}` : "at the cluster scope";
  return forbidden(
    { group: info.group, resource: info.resource },
    info.name,
    `${who} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(info.group)} ${where}${why}`,
  );
}
