// Bearer tokens fixed at start (`--token`, tests): token → user. It refuses to be a store of secrets: what is lasting
// is a certificate.
import { createHash, timingSafeEqual } from "node:crypto";
import type { User } from "../request.ts";
import type { Authenticator } from "./authenticator.ts";

const digest = (text: string) => createHash("sha256").update(text).digest();

export function staticToken(tokens: ReadonlyMap<string, User>): Authenticator {
  const known = [...tokens].map(([token, user]) => ({ digest: digest(token), user }));
  return {
    name: "static-token",
    async authenticate({ bearerToken }) {
      if (!bearerToken || known.length === 0) return undefined;
      const asked = digest(bearerToken);
      const found = known.find((k) => timingSafeEqual(k.digest, asked));
      return found && { user: found.user };
    },
  };
}
