// The contract of one way to tell who asks. The ordered list is in index.ts; the first that knows decides.
import type { User } from "../request.ts";

/** What an authenticator may look at. */
export interface Credentials {
  /** The verified client certificate, if the connection has one (DER). */
  readonly certificate?: Uint8Array | undefined;
  /** The bearer token of the request, if it has one. */
  readonly bearerToken?: string | undefined;
  readonly header: (name: string) => string | undefined;
}

type Known = { user: User; audiences?: readonly string[] } | undefined;

/**
 * Gives the user, at once where nothing has to be waited for, or undefined when this authenticator has nothing to say; throws
 * a StatusError 401 for bad credentials of its kind.
 */
export interface Authenticator {
  readonly name: string;
  authenticate(credentials: Credentials): Known | Promise<Known>;
}
