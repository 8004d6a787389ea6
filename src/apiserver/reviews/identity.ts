// SelfSubjectReview and TokenReview: who am I, and whose token is this? They refuse to be stored.
import { formatTime } from "../../base/timestamp.ts";
import { badRequest } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import { hasReason } from "../../schema/meta/status.ts";
import type { Authenticator } from "../authentication/authenticator.ts";
import type { TokenJudge } from "../authentication/service-account-token.ts";
import { withStandingGroups } from "../authentication/authenticate.ts";
import type { Review } from "../parts.ts";
import type { User } from "../request.ts";

const userInfo = ({ name, uid, groups, extra }: User) => ({
  username: name,
  ...(uid && { uid }),
  ...(groups.length > 0 && { groups }),
  ...(extra && Object.keys(extra).length > 0 && { extra }),
});

export const selfSubjectReview: Review = (object, { user, receivedAt }) =>
  ({
    ...object,
    metadata: { creationTimestamp: formatTime(receivedAt) },
    status: { userInfo: userInfo(user) },
  }) as KubeObject;

interface TokenReview extends KubeObject {
  readonly spec: { readonly token?: string; readonly audiences?: readonly string[] };
}

/** `judge` knows service account tokens; `others` are the authenticators that take bearer tokens for the API server itself. */
export function tokenReview(
  judge: TokenJudge | undefined,
  others: readonly Authenticator[],
  audiences: readonly string[],
): Review {
  return async (object) => {
    const { spec } = object as TokenReview;
    const { token = "" } = spec;
    if (token === "") throw badRequest("token is required for TokenReview in authentication");
    const wanted = spec.audiences?.length ? spec.audiences : audiences;
    const found = (await judge?.judge(token, wanted)) ?? (await askOthers(others, token, wanted, audiences));
    const status =
      found === undefined
        ? { user: {} }
        : { authenticated: true, user: userInfo(withStandingGroups(found.user)), audiences: found.audiences };
    return { ...object, status } as unknown as KubeObject;
  };
}

async function askOthers(
  others: readonly Authenticator[],
  token: string,
  wanted: readonly string[],
  own: readonly string[],
): Promise<{ user: User; audiences: readonly string[] } | undefined> {
  const matching = wanted.filter((one) => own.includes(one));
  if (matching.length === 0) return undefined;
  for (const authenticator of others) {
    try {
      const known = await authenticator.authenticate({ bearerToken: token, header: () => undefined });
      if (known !== undefined) return { user: known.user, audiences: known.audiences ?? matching };
    } catch (error) {
      // A token that this one refuses is no error of the review.
      if (!hasReason(error, "Unauthorized")) throw error;
    }
  }
  return undefined;
}
