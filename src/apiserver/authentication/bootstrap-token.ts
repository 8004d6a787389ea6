// Bootstrap tokens: what a machine shows that wants to join, before it has a certificate. Each is a Secret of kube-
// system of the type bootstrap.kubernetes.io/token. It refuses to make or remove them.
// Specification: "Authenticating with Bootstrap Tokens".
import { createHash, timingSafeEqual } from "node:crypto";
import { parseTime, TimestampError } from "../../base/timestamp.ts";
import { Secret } from "../../resources/core/secret.ts";
import type { Lookup } from "../admission/plugin.ts";
import type { Authenticator } from "./authenticator.ts";

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const NAMESPACE = "kube-system";
const TYPE = "bootstrap.kubernetes.io/token";
const GROUP = "system:bootstrappers";
const EXTRA_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

const digest = (text: string) => createHash("sha256").update(text).digest();

/** `now`: milliseconds since the epoch. */
export function bootstrapToken(lookup: Lookup, now: () => number): Authenticator {
  return {
    name: "bootstrap-token",
    async authenticate({ bearerToken }) {
      const [, id, secret] = TOKEN.exec(bearerToken ?? "") ?? [];
      if (id === undefined || secret === undefined) return undefined;
      const found = lookup.get(Secret, NAMESPACE, `bootstrap-token-${id}`);
      if (found === undefined || found.type !== TYPE || found.metadata.deletionTimestamp !== undefined)
        return undefined;
      const text = (key: string) => Buffer.from(found.data?.[key] ?? "", "base64").toString("utf8");
      // Both digests have one length, so that comparing takes the same time whatever is shown.
      const same = timingSafeEqual(digest(text("token-secret")), digest(secret));
      if (!same || text("token-id") !== id || text("usage-bootstrap-authentication") !== "true") return undefined;
      if (hasExpired(text("expiration"), now())) return undefined;
      const extra = text("auth-extra-groups")
        .split(",")
        .filter((one) => one !== "");
      if (!extra.every((one) => EXTRA_GROUP.test(one))) return undefined;
      const groups = [...new Set([GROUP, ...extra])].sort();
      return { user: { name: `system:bootstrap:${id}`, groups } };
    },
  };
}

/** Without a time it never does; with one that cannot be read it has. */
function hasExpired(expiration: string, now: number): boolean {
  if (expiration === "") return false;
  try {
    return parseTime(expiration).ms <= now;
  } catch (error) {
    if (error instanceof TimestampError) return true;
    throw error;
  }
}
