// `kaji up`: keys and settings, then the control plane and each node's agent as processes of their own, then waiting until the nodes
// are Ready. It refuses to touch what already runs: a second `up` starts only what is missing.
import { readFile, mkdir } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { existsSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import { systemClock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import { systemRandom } from "../base/random.ts";
import type { Pki } from "../apiserver/pki.ts";
import { ensurePki, issueClient } from "../apiserver/pki.ts";
import type { UpOptions } from "../cli/command-line.ts";
import { CommandFailed, EXIT } from "../cli/exit.ts";
import { progress } from "../cli/progress.ts";
import type { Progress } from "../cli/progress.ts";
import { kubeconfigText, makeKubeconfig, mergeKubeconfig, parseKubeconfig } from "../client/kubeconfig.ts";
import { Node } from "../resources/core/node.ts";
import { isNodeReady } from "../resources/core/node/readiness.ts";
import { adminClient } from "./admin-client.ts";
import type { ClusterSettings } from "./data-folder.ts";
import { writeWhole } from "../base/whole-file.ts";
import { DataFolder } from "./data-folder.ts";
import { endNoted, keepAlive, readNote, spawnDetached, waitAlive, writeNote } from "../base/processes.ts";
import { beginKeys } from "./keys-note.ts";
import { Neighbours } from "./neighbours.ts";
import { nodeKeys } from "./node-keys.ts";
import { canListen, chooseSettings, hostAddress, nth } from "./settings.ts";

const KAJI = join(import.meta.dirname, "../../bin/kaji");

/** How long the API may take to answer, and a node to become Ready. */
const API_WAIT_MS = 60_000;
/** How long a process that was started may take before it is looked for again: more than any start takes to write its note. */
const START_AGAIN_MS = 1500;
const NODE_WAIT_MS = 120_000;

interface Run {
  readonly folder: DataFolder;
  readonly settings: ClusterSettings;
  readonly clock: Clock;
  readonly show: Progress;
  /** When the agents that this run started were started: what a node said before tells nothing of these. */
  readonly startedAt: Map<string, number>;
}

export async function up(options: UpOptions): Promise<number> {
  const clock = systemClock;
  const show = progress(process.stderr, clock);
  const release = keepAlive();
  try {
    const folder = new DataFolder(options.data);
    await folder.prepare();
    const settings = (await folder.settings()) ?? (await firstStart(folder, options, systemRandom));
    await portIsOurs(folder, settings);
    const run: Run = { folder, settings, clock, show, startedAt: new Map() };
    // The control plane loads while the keys are made, and waits for them.
    const keysDone = await beginKeys(folder);
    try {
      await startControlPlane(folder);
      await show.stage("keys", () => keys(run, systemRandom));
    } finally {
      await keysDone();
    }
    await startMissing(run);
    await show.stage(`API at https://${hostAddress()}:${settings.apiPort}`, () => apiAnswers(run));
    await nodesReady(run);
    if (options.kubeconfig) await show.stage(`context kaji-${settings.id}`, () => mergeIntoUsers(run));
    show.done(`cluster ${settings.id} is up: kubectl --kubeconfig ${folder.kubeconfig} get nodes`);
    return options.foreground ? await foreground(run) : EXIT.ok;
  } finally {
    release();
  }
}

/** Clients know the API server by its port: a cluster that was down keeps it, or does not start. */
async function portIsOurs(folder: DataFolder, { apiPort }: ClusterSettings): Promise<void> {
  if ((await readNote(folder.note("control-plane"))) || (await canListen(apiPort))) return;
  throw new CommandFailed(
    `port ${apiPort}, by which clients know this cluster's API server, is taken by another process: ` +
      `end that one (ss -ltnp 'sport = :${apiPort}' names it), then start this again`,
    EXIT.conflict,
  );
}

async function firstStart(folder: DataFolder, options: UpOptions, random: Random): Promise<ClusterSettings> {
  const port = wholeNumber(options.port, "--port", 1, 65_535);
  const isRoot = process.getuid?.() === 0;
  const wantsSimulated = options.simulated !== undefined;
  const missing = isRoot ? missingPrograms() : [];
  const simulated = wantsSimulated || !isRoot || missing.length > 0;
  if (simulated && !wantsSimulated) {
    const why = isRoot ? `${missing.join(", ")} not found` : "not root";
    process.stderr.write(
      `kaji: ${why}: the nodes are simulated, no containers run (--simulated says that this is meant)\n`,
    );
  }
  const count = wantsSimulated ? (options.simulated === true ? "1" : options.simulated!) : (options.nodes ?? "1");
  const nodes = wholeNumber(count, wantsSimulated ? "--simulated" : "--nodes", 1, 200);
  if (nodes > 1 && !simulated)
    throw new CommandFailed(
      "several real nodes on one machine are not there yet; --simulated N makes simulated ones",
      EXIT.usage,
    );
  const neighbours = new Neighbours(systemClock);
  return neighbours.alone(async () => {
    const chosen = await chooseSettings({ port, nodes, simulated, random, others: await neighbours.all() });
    const settings = await folder.writeSettings(chosen);
    await neighbours.add(settings.id, folder);
    return settings;
  });
}

function wholeNumber(text: string, option: string, least: number, most: number): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < least || n > most)
    throw new CommandFailed(`${option} takes a whole number from ${least} to ${most}, not ${text}`, EXIT.usage);
  return n;
}

/** What real containers need and is not in PATH. */
function missingPrograms(): string[] {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return ["containerd", "runc", "nft", "ip"].filter(
    (program) => !folders.some((dir) => existsSync(join(dir, program))),
  );
}

/** The cluster's keys, the administrator's kubeconfig and each node's. */
async function keys({ folder, settings, clock }: Run, random: Random): Promise<void> {
  const service = nth(settings.serviceCidr, 1);
  const dns = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "localhost",
    hostname(),
  ];
  const ips = [...new Set([service, "127.0.0.1", "::1", hostAddress()])];
  const pki = await ensurePki({ dir: folder.pki, dnsNames: dns, ipAddresses: ips, clock, random });
  const server = `https://${hostAddress()}:${settings.apiPort}`;
  await credentials(
    folder.kubeconfig,
    pki,
    server,
    { user: "kubernetes-admin", groups: ["system:masters"] },
    `kaji-${settings.id}`,
    clock,
    random,
  );
  for (const node of settings.nodes) {
    await mkdir(folder.node(node.name), { recursive: true, mode: 0o700 });
    const identity = { user: `system:node:${node.name}`, groups: ["system:nodes"] };
    await credentials(join(folder.node(node.name), "kubeconfig"), pki, server, identity, "kaji", clock, random);
    // DNS reads what the proxy reads: they share its identity and its caches.
    const proxy = { user: "system:kube-proxy", groups: [] };
    await credentials(join(folder.node(node.name), "proxy.kubeconfig"), pki, server, proxy, "kaji", clock, random);
    if (!node.simulated)
      await nodeKeys({ folder, node: node.name, address: hostAddress(), ca: pki.ca.cert, clock, random });
  }
}

/** A kubeconfig with a fresh certificate, unless the one there still names this server. */
async function credentials(
  path: string,
  pki: Pki,
  server: string,
  identity: { user: string; groups: readonly string[] },
  context: string,
  clock: Clock,
  random: Random,
): Promise<void> {
  if (existsSync(path)) {
    const there = parseKubeconfig(await readFile(path, "utf8"));
    if (there.clusters?.[0]?.cluster?.["server"] === server) return;
  }
  const pair = await issueClient(pki.ca, identity, { clock, random });
  const config = makeKubeconfig(context, { server, ca: pki.ca.cert, cert: pair.cert, key: pair.key });
  await writeWhole(path, kubeconfigText(config));
}

const startControlPlane = (folder: DataFolder): Promise<boolean> =>
  startUnlessNoted(folder, "control-plane", ["control-plane", "--data", folder.dir]);

async function startMissing({ folder, settings, clock, startedAt }: Run): Promise<void> {
  await startControlPlane(folder);
  for (const { name, simulated } of settings.nodes) {
    const kubeconfig = join(folder.node(name), "kubeconfig");
    const args = ["agent", "--kubeconfig", kubeconfig, "--node-name", name, "--data", folder.dir];
    const now = clock.now();
    if (await startUnlessNoted(folder, `agent-${name}`, simulated ? [...args, "--simulated"] : args))
      startedAt.set(name, now);
  }
}

/** The note is written here, before the process can: nobody starts a second one meanwhile. */
async function startUnlessNoted(folder: DataFolder, name: string, args: readonly string[]): Promise<boolean> {
  if (await readNote(folder.note(name))) return false;
  const { pid } = spawnDetached({ command: KAJI, args, logFile: folder.log(name) });
  if (pid > 0) await writeNote(folder.note(name), pid, {});
  return true;
}

/** A process that was still ending when this began is started once it has ended. */
async function apiAnswers(run: Run): Promise<void> {
  const { folder, clock } = run;
  const client = await adminClient(folder);
  const deadline = clock.monotonic() + API_WAIT_MS;
  let startAgainAt = clock.monotonic() + START_AGAIN_MS;
  let last = "";
  try {
    while (clock.monotonic() < deadline) {
      try {
        const { status, body } = await client.raw("GET", "/readyz");
        if (status === 200) return;
        last = body.trim().slice(0, 300);
      } catch (error) {
        last = String(error);
      }
      if (clock.monotonic() > startAgainAt) {
        await startMissing(run);
        startAgainAt = clock.monotonic() + START_AGAIN_MS;
      }
      await waitAlive(clock, 15);
    }
  } finally {
    await client.close();
  }
  throw new CommandFailed(`the API server does not answer: ${last}; its log is ${folder.log("control-plane")}`);
}

/**
 * Starts agents again that have ended, once each (one may still have been ending when this began). Resolves with the
 * node whose agent has ended once more, or with nothing when `signal` aborts.
 */
async function agentEndedTwice(
  run: Run,
  waiting: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const again = new Set<string>();
  while (!signal.aborted) {
    await waitAlive(run.clock, 250);
    for (const name of waiting) {
      if (signal.aborted || (await readNote(run.folder.note(`agent-${name}`)))) continue;
      if (again.has(name)) return name;
      again.add(name);
      await startMissing(run);
    }
  }
  return undefined;
}

/** What a program said when it gave up. */
async function lastWords(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, "utf8")).split("\n");
  return lines.findLast((line) => line.startsWith("kaji: "))?.slice("kaji: ".length) ?? "it did not say why";
}

/** Ready, and said so after its agent was started (to the second, as conditions have it). */
export function isReadySince(node: Node, startedAt = 0): boolean {
  const heartbeat = node.status.conditions?.find(({ type }) => type === "Ready")?.lastHeartbeatTime;
  return isNodeReady(node) && Date.parse(heartbeat ?? "") >= Math.floor(startedAt / 1000) * 1000;
}

async function nodesReady(run: Run): Promise<void> {
  const { folder, settings, clock, show } = run;
  const client = await adminClient(folder);
  const stop = new AbortController();
  const timer = clock.after(NODE_WAIT_MS, () => stop.abort());
  const waiting = new Set(settings.nodes.map((n) => n.name));
  let ended: string | undefined;
  const looking = agentEndedTwice(run, waiting, stop.signal).then((name) => {
    ended = name;
    stop.abort();
  });
  try {
    for await (const event of client.watch(Node, { sendInitialEvents: true, signal: stop.signal })) {
      if (event.type === "BOOKMARK" || event.type === "DELETED") continue;
      const name = event.object.metadata.name ?? "";
      if (!waiting.has(name) || !isReadySince(event.object, run.startedAt.get(name))) continue;
      waiting.delete(name);
      show.tell(`node ${name} is Ready`);
      if (waiting.size === 0) return;
    }
  } finally {
    timer.cancel();
    stop.abort();
    await Promise.all([looking, client.close()]);
  }
  if (ended !== undefined) {
    const log = folder.log(`agent-${ended}`);
    throw new CommandFailed(`the agent of node ${ended} ended: ${await lastWords(log)}; its log is ${log}`);
  }
  const [name] = waiting;
  throw new CommandFailed(
    `node ${name} did not become Ready within ${NODE_WAIT_MS / 1000} s; its log is ${folder.log(`agent-${name}`)}`,
  );
}

/** The user's own kubeconfig, as kubectl finds it, gets the context and makes it current. */
async function mergeIntoUsers({ folder }: Run): Promise<void> {
  const [path = ""] = (process.env["KUBECONFIG"] ?? "").split(delimiter).filter(Boolean);
  const target = path || join(homedir(), ".kube/config");
  await mkdir(dirname(target), { recursive: true });
  const before = existsSync(target) ? parseKubeconfig(await readFile(target, "utf8")) : {};
  const ours = parseKubeconfig(await readFile(folder.kubeconfig, "utf8"));
  await writeWhole(target, kubeconfigText(mergeKubeconfig(before, ours)));
}

/** Waits for a signal, then ends Kaji's processes and leaves the pods. */
async function foreground({ folder, settings, clock }: Run): Promise<number> {
  await new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
  for (const node of settings.nodes) await endNoted(folder.note(`agent-${node.name}`), clock);
  await endNoted(folder.note("control-plane"), clock);
  return EXIT.ok;
}
