// Asks each authenticator in order; adds what every user belongs to. It refuses a bearer token that nobody knows,
// rather than calling its holder anonymous.
import { unauthorized } from "../../schema/meta/status.ts";
import type { User } from "../request.ts";
import { ANONYMOUS } from "../request.ts";
import type { Authenticator, Credentials } from "./authenticator.ts";

const AUTHENTICATED = "system:authenticated";
const UNAUTHENTICATED = "system:unauthenticated";

/** The user with the group of all authenticated ones (or of anonymous ones), which is never stored anywhere. */
export function withStandingGroups(user: User): User {
  const standing = user.name === ANONYMOUS.name ? UNAUTHENTICATED : AUTHENTICATED;
  return user.groups.includes(standing) ? user : { ...user, groups: [...user.groups, standing] };
}

/** Who asks; anonymous when no credentials are shown. Throws 401 for credentials that are wrong. */
export function authenticate(
  authenticators: readonly Authenticator[],
  credentials: Credentials,
  from = 0,
): User | Promise<User> {
  for (let i = from; i < authenticators.length; i++) {
    const known = authenticators[i]!.authenticate(credentials);
    if (known instanceof Promise) {
      return known.then((later) =>
        later ? withStandingGroups(later.user) : authenticate(authenticators, credentials, i + 1),
      );
    }
    if (known) return withStandingGroups(known.user);
  }
  if (credentials.bearerToken) throw unauthorized();
  return ANONYMOUS;
}
