// Who asks, by client certificate: CN is the user, each O a group. TLS has verified the chain already; a certificate
// that it did not verify never gets here. It refuses certificates without a common name.
import { X509Certificate } from "node:crypto";
import { unauthorized } from "../../schema/meta/status.ts";
import type { User } from "../request.ts";
import { withStandingGroups } from "./authenticate.ts";
import type { Authenticator } from "./authenticator.ts";

/** Undoes the escapes of node's subject lines (`a\,b`, `a\0A`). */
const unescape = (value: string) =>
  value.replace(/\\([0-9A-Fa-f]{2}|.)/g, (_, x: string) =>
    x.length === 2 ? String.fromCharCode(Number.parseInt(x, 16)) : x,
  );

/** The user that a certificate (DER) stands for, or undefined without a common name. */
export function certificateUser(der: Uint8Array): User | undefined {
  const certificate = new X509Certificate(der);
  let name: string | undefined;
  const groups: string[] = [];
  for (const line of certificate.subject.split("\n")) {
    if (line.startsWith("CN=")) name = unescape(line.slice(3));
    else if (line.startsWith("O=")) groups.push(unescape(line.slice(2)));
  }
  if (!name) return undefined;
  const hash = certificate.fingerprint256.replaceAll(":", "").toLowerCase();
  return { name, groups, extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${hash}`] } };
}

/** One connection shows one certificate for all its requests: the parsed user is kept with the bytes. */
export function clientCertificate(): Authenticator {
  const users = new WeakMap<Uint8Array, User>();
  return {
    name: "client-certificate",
    authenticate({ certificate }) {
      if (!certificate) return undefined;
      let user = users.get(certificate);
      if (!user) {
        user = certificateUser(certificate);
        if (!user) throw unauthorized();
        user = withStandingGroups(user);
        users.set(certificate, user);
      }
      return { user };
    },
  };
}
