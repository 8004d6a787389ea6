// The contract of one way to decide whether a user may do something. The first that allows or denies decides; silence of all is a denial.
import type { RequestInfo, User } from "../request.ts";

export interface Decision {
  readonly outcome: "allow" | "deny" | "no opinion";
  /** Why, as messages and SubjectAccessReview show it. */
  readonly reason?: string;
}

/** Reads only the server's own watch caches, so it answers at once. */
export interface Authorizer {
  readonly name: string;
  authorize(user: User, info: RequestInfo): Decision;
}
