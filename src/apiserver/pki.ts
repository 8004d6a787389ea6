// The keys of a cluster below DIR/pki, named as kubeadm names them: made once by the first API server, read by all.
// It refuses to overwrite what it did not make: a key without its certificate, or the reverse, is an error.
import { X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { canonicalIP } from "../base/ip.ts";
import type { Issue, KeyPair } from "../wire/x509/issue.ts";

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const CERTIFICATE_DAYS = 365;
/** A certificate with less time than this left is issued anew at start. */
const RENEW_BEFORE_MS = 30 * DAY_MS;

/** As whom the API server shows itself to aggregated API servers. */
export const FRONT_PROXY_NAME = "front-proxy-client";

export interface Pki {
  readonly ca: KeyPair;
  readonly apiserver: KeyPair;
  /** What the API server shows to kubelets. */
  readonly kubeletClient: KeyPair;
  readonly frontProxyCa: KeyPair;
  /** What the API server shows to aggregated API servers. */
  readonly frontProxyClient: KeyPair;
  /** Signs service account tokens (PEM). */
  readonly serviceAccount: { readonly privateKey: string; readonly publicKey: string };
}

export interface PkiOptions {
  /** The folder of the keys; made when absent, readable by its owner alone. */
  readonly dir: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
}

/** Keys that are there but cannot be used; the message names the file and what to do. */
export class PkiError extends Error {
  override readonly name = "PkiError";
}

/** Reads the keys, making what is missing; the server's certificate is issued anew when its names or its time have run out. */
export async function ensurePki(options: PkiOptions): Promise<Pki> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  // Most of the time is spent on waiting for the disk: what does not need the other is made at the same time.
  const [ca, frontProxyCa, serviceAccount] = await Promise.all([
    authority(options, "ca", "kubernetes"),
    authority(options, "front-proxy-ca", "front-proxy-ca"),
    signingKey(options),
  ]);
  const server = {
    commonName: "kube-apiserver",
    dnsNames: options.dnsNames,
    ipAddresses: options.ipAddresses,
    usages: ["server"] as const,
  };
  const kubelet = {
    commonName: "kube-apiserver-kubelet-client",
    organizations: ["kubeadm:cluster-admins"],
    usages: ["client"] as const,
  };
  const frontProxy = { commonName: FRONT_PROXY_NAME, usages: ["client"] as const };
  const [apiserver, kubeletClient, frontProxyClient] = await Promise.all([
    certificate(options, "apiserver", ca, server),
    certificate(options, "apiserver-kubelet-client", ca, kubelet),
    certificate(options, "front-proxy-client", frontProxyCa, frontProxy),
  ]);
  return { ca, frontProxyCa, apiserver, kubeletClient, frontProxyClient, serviceAccount };
}

/** A client certificate of the cluster's authority, for a component or a person. Valid for a year. */
export async function issueClient(
  ca: KeyPair,
  identity: { readonly user: string; readonly groups: readonly string[] },
  { clock, random }: Pick<PkiOptions, "clock" | "random">,
): Promise<KeyPair> {
  const { issue } = await import("../wire/x509/issue.ts");
  return issue(
    ca,
    {
      commonName: identity.user,
      organizations: identity.groups,
      usages: ["client"],
      ...validity(clock, CERTIFICATE_DAYS),
    },
    random,
  );
}

/** A certificate for a node's own HTTPS server, as `system:node:NAME` in `system:nodes`. */
export async function issueNodeServer(
  ca: KeyPair,
  node: { readonly name: string; readonly ipAddresses: readonly string[] },
  { clock, random }: Pick<PkiOptions, "clock" | "random">,
): Promise<KeyPair> {
  const { issue } = await import("../wire/x509/issue.ts");
  const names = { dnsNames: [node.name], ipAddresses: node.ipAddresses };
  const subject = {
    commonName: `system:node:${node.name}`,
    organizations: ["system:nodes"],
    usages: ["server"] as const,
  };
  return issue(ca, { ...subject, ...names, ...validity(clock, CERTIFICATE_DAYS) }, random);
}

/** Clocks differ: what is issued counts from an hour ago. */
function validity(clock: Clock, days: number): { notBefore: number; notAfter: number } {
  const now = clock.now();
  return { notBefore: now - 3_600_000, notAfter: now + days * DAY_MS };
}

async function authority(o: PkiOptions, name: string, commonName: string): Promise<KeyPair> {
  const found = await readPair(o.dir, `${name}.crt`, `${name}.key`);
  if (found) return { cert: found[0], key: found[1] };
  const { issueAuthority } = await import("../wire/x509/issue.ts");
  const made = await issueAuthority({ commonName, ...validity(o.clock, AUTHORITY_DAYS) }, o.random);
  await writePair(o.dir, [`${name}.crt`, made.cert], [`${name}.key`, made.key]);
  return made;
}

async function certificate(
  o: PkiOptions,
  name: string,
  ca: KeyPair,
  subject: Omit<Issue, "notBefore" | "notAfter">,
): Promise<KeyPair> {
  const found = await readPair(o.dir, `${name}.crt`, `${name}.key`);
  if (found && stillGood(found[0], `${name}.crt`, ca, subject, o.clock)) return { cert: found[0], key: found[1] };
  const { issue } = await import("../wire/x509/issue.ts");
  const made = await issue(ca, { ...subject, ...validity(o.clock, CERTIFICATE_DAYS) }, o.random);
  await writePair(o.dir, [`${name}.crt`, made.cert], [`${name}.key`, made.key]);
  return made;
}

function stillGood(
  cert: string,
  file: string,
  ca: KeyPair,
  subject: Pick<Issue, "dnsNames" | "ipAddresses">,
  clock: Clock,
): boolean {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(cert);
  } catch (cause) {
    throw new PkiError(`${file} is no certificate; remove it and its key to have them made again`, { cause });
  }
  if (!parsed.verify(new X509Certificate(ca.cert).publicKey)) return false;
  if (Date.parse(parsed.validTo) - clock.now() < RENEW_BEFORE_MS) return false;
  const names = new Set(
    (parsed.subjectAltName ?? "").split(", ").map((n) => canonicalName(n.replace(/^(DNS|IP Address):/, ""))),
  );
  return [...(subject.dnsNames ?? []), ...(subject.ipAddresses ?? [])].every((name) => names.has(canonicalName(name)));
}

const canonicalName = (name: string) => canonicalIP(name) ?? name;

async function signingKey(o: PkiOptions): Promise<Pki["serviceAccount"]> {
  const found = await readPair(o.dir, "sa.pub", "sa.key");
  if (found) return { publicKey: found[0], privateKey: found[1] };
  const { issueSigningKey } = await import("../wire/x509/issue.ts");
  const made = await issueSigningKey();
  await writePair(o.dir, ["sa.pub", made.publicKey], ["sa.key", made.privateKey]);
  return made;
}

/** Both files, or undefined when neither is there. */
async function readPair(dir: string, publicName: string, keyName: string): Promise<[string, string] | undefined> {
  const [first, second] = await Promise.all([readOrFinish(join(dir, publicName)), readOrFinish(join(dir, keyName))]);
  if (first !== undefined && second !== undefined) return [first, second];
  if (first === undefined && second === undefined) return undefined;
  const [there, missing] = first === undefined ? [keyName, publicName] : [publicName, keyName];
  throw new PkiError(
    `${join(dir, there)} is there, ${missing} is not; put it back, or remove both to have new ones made`,
  );
}

/** The file's text; a file that writePair had written but not yet renamed is renamed now. Undefined when there is neither. */
async function readOrFinish(path: string): Promise<string | undefined> {
  const text = await readIfThere(path);
  if (text !== undefined) return text;
  const unfinished = await readIfThere(`${path}.new`);
  if (!unfinished?.endsWith("-----\n")) return undefined;
  await rename(`${path}.new`, path);
  return unfinished;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Both are written whole before either gets its name: a crash in between is finished by the next start. */
async function writePair(dir: string, ...files: readonly (readonly [name: string, text: string])[]): Promise<void> {
  await Promise.all(
    files.map(([name, text]) =>
      writeFile(join(dir, `${name}.new`), text, { mode: name.endsWith(".key") ? 0o600 : 0o644, flush: true }),
    ),
  );
  for (const [name] of files) await rename(join(dir, `${name}.new`), join(dir, name));
}
