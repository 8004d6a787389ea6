// Which credentials of a pod's pull secrets are for an image. Pure; it refuses to read Secrets from the API.
//
// Both of Kubernetes' secret types: `.dockerconfigjson` and the older `.dockercfg`. A key names a registry, perhaps
// with a path, perhaps with `*` in parts of the host name; the longest match is tried first.
import { createHash } from "node:crypto";
import type { Secret } from "../../resources/core/secret.ts";
import type { AuthConfig } from "../../wire/cri/image.ts";
import type { ImagePullSecret } from "./pull-records.ts";

/** Credentials, and the secret that they are from. */
export interface PullCredential {
  readonly auth: AuthConfig;
  readonly secret: ImagePullSecret;
}

interface Entry {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

const DOCKER_HUB = "index.docker.io";

/** What can be read; a secret that is no credentials at all holds nobody up. */
export function pullCredentials(image: string, secrets: readonly Secret[]): readonly PullCredential[] {
  const wanted = placeOf(image);
  const found: { readonly length: number; readonly credential: PullCredential }[] = [];
  for (const secret of secrets) {
    for (const [key, entry] of Object.entries(entriesOf(secret))) {
      const place = key.replace(/^https?:\/\//, "").replace(/\/(v[12]\/?)?$/, "");
      if (covers(place, wanted)) found.push({ length: place.length, credential: credentialOf(secret, entry) });
    }
  }
  return found.sort((a, b) => b.length - a.length).map(({ credential }) => credential);
}

function credentialOf({ metadata: { uid = "", namespace = "", name = "" } }: Secret, entry: Entry): PullCredential {
  const auth = authOf(entry);
  const credentialHash = createHash("sha256").update(JSON.stringify(auth)).digest("hex");
  return { auth, secret: { uid, namespace, name, credentialHash } };
}

/** Registry and path without tag or digest. */
function placeOf(image: string): string {
  const bare = image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  const [first = "", ...rest] = bare.split("/");
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  if (hasHost && first !== "docker.io") return bare;
  const path = hasHost ? rest.join("/") : bare;
  return `${DOCKER_HUB}/${path.includes("/") ? path : `library/${path}`}`;
}

function covers(place: string, wanted: string): boolean {
  const [host = "", ...path] = (place === "docker.io" ? DOCKER_HUB : place).split("/");
  const [wantedHost = "", ...wantedPath] = wanted.split("/");
  return sameHost(host, wantedHost) && path.every((part, i) => part === wantedPath[i]);
}

function sameHost(pattern: string, host: string): boolean {
  const [patternName = "", patternPort] = pattern.split(":");
  const [name = "", port] = host.split(":");
  if (patternPort !== undefined && patternPort !== port) return false;
  if (patternPort === undefined && port !== undefined) return false;
  const parts = patternName.split(".");
  const nameParts = name.split(".");
  return parts.length === nameParts.length && parts.every((part, i) => partMatches(part, nameParts[i]!));
}

/** `*` stands for any text. Each piece between stars is looked for after the one before: no way back, so no pattern is slow. */
function partMatches(pattern: string, part: string): boolean {
  const [first = "", ...pieces] = pattern.split("*");
  if (pieces.length === 0) return pattern === part;
  const last = pieces.pop()!;
  if (part.length < first.length + last.length || !part.startsWith(first) || !part.endsWith(last)) return false;
  let at = first.length;
  for (const piece of pieces) {
    const found = part.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= part.length - last.length;
}

function entriesOf({ data = {} }: Secret): Readonly<Record<string, Entry>> {
  const config = data[".dockerconfigjson"];
  const old = data[".dockercfg"];
  const text = config ?? old;
  if (text === undefined) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, "base64").toString());
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
  const entries = config === undefined ? parsed : isRecord(parsed) ? parsed["auths"] : undefined;
  if (!isRecord(entries)) return {};
  return Object.fromEntries(Object.entries(entries).filter(([, entry]) => isRecord(entry))) as Record<string, Entry>;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What is no text is no credential. */
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Without a server's address, as upstream sends it: containerd takes none but URLs, and drops credentials with another. */
function authOf(entry: Entry): AuthConfig {
  return {
    username: textOf(entry.username),
    password: textOf(entry.password),
    auth: textOf(entry.auth),
    identityToken: textOf(entry.identitytoken),
    registryToken: textOf(entry.registrytoken),
    serverAddress: "",
  };
}
