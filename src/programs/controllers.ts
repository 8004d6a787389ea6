// `kaji controllers`: all controllers, alone in the foreground, against any API server. It refuses to keep anything on disk.
import { createPublicKey } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { parseDuration } from "../base/duration.ts";
import { jsonLog } from "../base/json-log.ts";
import type { Log } from "../base/log.ts";
import { keepAlive } from "../base/processes.ts";
import { systemRandom, uuid } from "../base/random.ts";
import type { ComponentOptions } from "../cli/command-line.ts";
import { CommandFailed, EXIT } from "../cli/exit.ts";
import { CacheSet } from "../client/cache-set.ts";
import { discoverKinds } from "../client/discovery.ts";
import { httpsClient } from "../client/https.ts";
import type { HttpsClient } from "../client/https.ts";
import { connectionOf, parseKubeconfig } from "../client/kubeconfig.ts";
import { mayImpersonate, serviceAccountClients } from "../reconcile/service-account-identity.ts";
import { controllers } from "../controllers/index.ts";
import { DEFAULT_SETTINGS } from "../controllers/settings.ts";
import type { ControllerSettings } from "../controllers/settings.ts";
import { LeaseLost, whileLeader } from "../reconcile/leader-election.ts";
import { resources } from "../resources/index.ts";
import type { KeyPair } from "../wire/x509/issue.ts";
import { Es256 } from "../wire/jwt/es256.ts";
import { certificateSigner } from "./certificate-signer.ts";
import { MANAGER_USER, runControllerSet } from "./controller-set.ts";

/** The command. Ends with SIGTERM or SIGINT, or when another one has taken over. */
export async function controllersAlone({ kubeconfig }: ComponentOptions): Promise<number> {
  const release = keepAlive();
  const log = jsonLog({ clock: systemClock, level: "info", destination: 2 });
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort(new Error(name)));
  const { client, ca } = connect(kubeconfig);
  try {
    const authority = authorityFor(kubeconfig, process.env);
    const sign = authority && certificateSigner(authority, { clock: systemClock, random: systemRandom });
    const signToken = tokenSigner(kubeconfig, process.env);
    await run({ client, log, settings: { ...settingsFrom(process.env), rootCa: ca, sign, signToken } }, stop.signal);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof LeaseLost) throw new CommandFailed(error.message, EXIT.failed, { cause: error });
    if (stop.signal.aborted) return EXIT.ok;
    throw error;
  } finally {
    await client.close();
    release();
  }
}

/**
 * Who signs certificates: as KAJI_CLUSTER_SIGNING_CERT_FILE and KAJI_CLUSTER_SIGNING_KEY_FILE say, or else the authority
 * that lies in the data folder beside the kubeconfig. On another machine there is none, and nobody signs here.
 */
function authorityFor(kubeconfig: string, env: NodeJS.ProcessEnv): KeyPair | undefined {
  const pki = join(dirname(kubeconfig), "pki");
  const cert = env["KAJI_CLUSTER_SIGNING_CERT_FILE"] ?? join(pki, "ca.crt");
  const key = env["KAJI_CLUSTER_SIGNING_KEY_FILE"] ?? join(pki, "ca.key");
  const isNamed = env["KAJI_CLUSTER_SIGNING_CERT_FILE"] !== undefined;
  if (!isNamed && !(existsSync(cert) && existsSync(key))) return undefined;
  try {
    return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  } catch (cause) {
    throw new CommandFailed(`the signing authority cannot be read: ${(cause as Error).message}`, EXIT.usage, { cause });
  }
}

/** The key of service accounts: as KAJI_SERVICE_ACCOUNT_PRIVATE_KEY_FILE says, or else that beside the kubeconfig. */
function tokenSigner(kubeconfig: string, env: NodeJS.ProcessEnv): ControllerSettings["signToken"] {
  const named = env["KAJI_SERVICE_ACCOUNT_PRIVATE_KEY_FILE"];
  const path = named ?? join(dirname(kubeconfig), "pki", "sa.key");
  if (named === undefined && !existsSync(path)) return undefined;
  try {
    const privateKey = readFileSync(path, "utf8");
    const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
    const key = new Es256({ privateKey, publicKey });
    return (claims) => key.sign(claims);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new CommandFailed(`the key of service accounts cannot be used: ${why}`, EXIT.usage, { cause });
  }
}

function connect(path: string): { readonly client: HttpsClient; readonly ca: string | undefined } {
  const read = (file: string) => readFileSync(file, "utf8");
  try {
    const connection = connectionOf(parseKubeconfig(read(path)), read);
    return { client: httpsClient(connection, { userAgent: "kaji-controllers" }), ca: connection.ca };
  } catch (cause) {
    throw new CommandFailed(`kubeconfig ${path} cannot be used: ${(cause as Error).message}`, EXIT.usage, { cause });
  }
}

interface Run {
  readonly client: HttpsClient;
  readonly log: Log;
  readonly settings: Partial<ControllerSettings>;
}

async function run({ client, log, settings }: Run, signal: AbortSignal): Promise<void> {
  const clock = systemClock;
  const random = systemRandom;
  const manager = (await mayImpersonate(client)) ? client.as(MANAGER_USER) : client;
  const election = {
    client: manager,
    namespace: "kube-system",
    name: "kube-controller-manager",
    identity: `${hostname()}_${uuid(random)}`,
    clock,
    random,
    log,
  };
  await whileLeader(election, signal, async (reign) => {
    const wanted = controllers({ ...DEFAULT_SETTINGS, ...settings });
    const clients = await serviceAccountClients(
      wanted.map((c) => c.identity).filter((identity) => identity !== MANAGER_USER),
      { client, clock, log, signal: reign },
    );
    const caches = new CacheSet({ client: manager, clock, random, log });
    const discovered = () => discoverKinds(manager as HttpsClient, resources, reign);
    const running = runControllerSet(
      { clientFor: (name) => clients.get(name) ?? manager, caches, discovered, settings, clock, random, log },
      reign,
    );
    process.stdout.write(`kaji controllers run: ${wanted.map((c) => c.name).join(" ")}\n`);
    await Promise.all([caches.run(reign), running]);
  });
}

/** What is called as the flags of kube-controller-manager, in capitals behind KAJI_. */
function settingsFrom(env: NodeJS.ProcessEnv): Partial<ControllerSettings> {
  const milliseconds = (name: string) => (env[name] === undefined ? undefined : durationMs(name, env[name]));
  const number = (name: string) => (env[name] === undefined ? undefined : Number(env[name]));
  const all = {
    nodeMonitorPeriodMs: milliseconds("KAJI_NODE_MONITOR_PERIOD"),
    nodeMonitorGraceMs: milliseconds("KAJI_NODE_MONITOR_GRACE_PERIOD"),
    nodeStartupGraceMs: milliseconds("KAJI_NODE_STARTUP_GRACE_PERIOD"),
    nodeEvictionRate: number("KAJI_NODE_EVICTION_RATE"),
    autoscalerSyncPeriodMs: milliseconds("KAJI_HORIZONTAL_POD_AUTOSCALER_SYNC_PERIOD"),
    terminatedPodThreshold: number("KAJI_TERMINATED_POD_GC_THRESHOLD"),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function durationMs(name: string, text: string): number {
  try {
    return parseDuration(text);
  } catch (cause) {
    throw new CommandFailed(`${name}: ${(cause as Error).message}`, EXIT.usage, { cause });
  }
}
