// A whole cluster in one process, from a seed, in virtual time: API server on the store in memory, controllers,
// scheduler, five kubelets on simulated runtimes. It refuses to use anything but microtasks, and to know what goes
// wrong with it.
import type { Clock } from "../../src/base/clock.ts";
import type { Log } from "../../src/base/log.ts";
import { seededRandom } from "../../src/base/random.ts";
import type { Random } from "../../src/base/random.ts";
import { isAbortOf } from "../../src/base/scope.ts";
import type { VirtualClock } from "../../src/base/virtual-clock.ts";
import { serviceAccountUser } from "../../src/apiserver/authentication/service-account-token.ts";
import type { User } from "../../src/apiserver/request.ts";
import type { ApiServer } from "../../src/apiserver/server.ts";
import { standardServer, upkeep } from "../../src/apiserver/standard.ts";
import { CacheSet } from "../../src/client/cache-set.ts";
import type { Client } from "../../src/client/client.ts";
import { controllers } from "../../src/controllers/index.ts";
import { DEFAULT_SETTINGS } from "../../src/controllers/settings.ts";
import { runControllers } from "../../src/reconcile/engine.ts";
import { resources } from "../../src/resources/index.ts";
import { runScheduler } from "../../src/scheduler/scheduler.ts";
import type { Plugin } from "../../src/scheduler/plugin.ts";
import type { Cri } from "../../src/kubelet/cri.ts";
import type { Store } from "../../src/store/store.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { firstCommits } from "./first-objects.ts";
import type { Journal } from "./journal.ts";
import { simNode } from "./node.ts";
import type { OnCriCall, SimNode } from "./node.ts";
import { machineClock } from "./seams/clock.ts";
import { clientLine, throughLine } from "./seams/client.ts";
import type { ClientBug, ClientLine } from "./seams/client.ts";
import { transparentSigner } from "./seams/signer.ts";
import { storeOfLife } from "./seams/store.ts";
import type { StoreRule } from "./seams/store.ts";
import { Truth } from "./truth.ts";

export const NODES = 5;

/** Where a bug may be planted: one contract of one part. */
export interface Plants {
  readonly client?: ClientBug;
  readonly store?: (store: Store, random: Random) => Store;
  readonly cri?: (cri: Cri, starts: () => number) => Cri;
  readonly schedulerPlugins?: readonly Plugin[];
}

/** A process that may be killed and started again. */
export interface Process {
  readonly alive: boolean;
  start(): Promise<void>;
  kill(): Promise<void>;
}

export interface Cluster {
  readonly clock: VirtualClock;
  readonly truth: Truth;
  readonly line: ClientLine;
  readonly storeRules: Set<StoreRule>;
  readonly apiserver: Process;
  readonly controllers: Process;
  readonly scheduler: Process;
  readonly nodes: readonly SimNode[];
  /** The people: an administrator, through the same unreliable line as everybody. */
  readonly user: Client;
  /** Who looks on: straight to the server, undefined while that is down. */
  observer(): Client | undefined;
  /** How often the API server was started. */
  readonly generation: () => number;
  /** A stream of chance of its own for a purpose. */
  random(purpose: string): Random;
  close(): Promise<void>;
}

export interface ClusterOptions {
  readonly seed: number;
  readonly clock: VirtualClock;
  readonly journal: Journal;
  readonly log: Log;
  readonly plants: Plants;
  readonly onCriCall: OnCriCall;
}

const MASTERS = ["system:masters"];

/** Everything is made; the API server answers and has its first objects; nothing else runs yet. */
export async function simCluster({ seed, clock: virtual, log, plants, onCriCall }: ClusterOptions): Promise<Cluster> {
  const clock = machineClock(virtual);
  const random = (purpose: string) => seededRandom(mix(seed, purpose));
  const truth = new Truth(memoryStore({ clock }), () => clock.now());
  const witnessed = truth.store();
  const store = plants.store?.(witnessed, random("planted store")) ?? witnessed;
  for (const commit of await firstCommits(clock.now())) await witnessed.commit(commit);
  const storeRules = new Set<StoreRule>();
  const api = apiProcess({ clock, store, storeRules, random: random("apiserver"), log });
  const line = clientLine();
  const clientOf = (who: string, user: User): Client => {
    const bug = plants.client;
    const target = () => {
      const found = api.now();
      return (
        found && { generation: found.generation, client: bug ? bug(found.clientOf(user), who) : found.clientOf(user) }
      );
    };
    return throughLine(line, who, user.name, target);
  };
  await api.start();
  const parts = { clock, log, clientOf };
  const controllerManager = managerProcess({ ...parts, random: random("controllers") });
  const scheduler = schedulerProcess({ ...parts, random: random("scheduler") }, plants.schedulerPlugins);
  const nodes = Array.from({ length: NODES }, (_, i) =>
    simNode({
      index: i + 1,
      clock,
      random: random(`node ${i + 1}`),
      log: log.with({ node: i + 1 }),
      clientFor: (name) => clientOf(`kubelet/${name}`, { name: `system:node:${name}`, groups: ["system:nodes"] }),
      onCall: onCriCall,
      criBug: plants.cri,
    }),
  );
  return {
    clock: virtual,
    truth,
    line,
    storeRules,
    apiserver: api,
    controllers: controllerManager,
    scheduler,
    nodes,
    user: clientOf("user", { name: "ada", groups: MASTERS }),
    observer: () => api.now()?.clientOf({ name: "observer", groups: MASTERS }),
    generation: () => api.generation(),
    random,
    async close() {
      await Promise.all([controllerManager.kill(), scheduler.kill(), ...nodes.map((node) => node.kill())]);
      await api.kill();
    },
  };
}

/** Two numbers from a seed and a word: streams of chance that do not disturb each other. */
function mix(seed: number, purpose: string): number {
  let hash = seed | 0;
  for (let i = 0; i < purpose.length; i++) hash = Math.imul(hash ^ purpose.charCodeAt(i), 0x9e3779b1) + 0x85ebca6b;
  return hash | 0;
}

interface ApiLife {
  readonly generation: number;
  readonly server: ApiServer;
  clientOf(user: User): Client;
}

interface ApiParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Store;
  readonly storeRules: ReadonlySet<StoreRule>;
  readonly random: Random;
}

function apiProcess({
  clock,
  store,
  storeRules,
  random,
  log,
}: ApiParts): Process & { now(): ApiLife | undefined; generation(): number } {
  let life: (ApiLife & { end(): Promise<void> }) | undefined;
  let generation = 0;
  return {
    get alive() {
      return life !== undefined;
    },
    now: () => life,
    generation: () => generation,
    async start() {
      const mine = ++generation;
      let alive = true;
      const own = storeOfLife(store, storeRules, () => alive);
      const server = await standardServer({
        store: own,
        clock,
        random,
        log,
        serviceCidrs: ["10.96.0.0/16"],
        signer: transparentSigner,
      });
      const stop = new AbortController();
      const keeping = upkeep({ server, store: own, clock, log }, stop.signal).catch((error: unknown) => {
        if (!isAbortOf(stop.signal, error)) throw error;
      });
      const clients = new Map<string, Client>();
      life = {
        generation: mine,
        server,
        clientOf(user) {
          let client = clients.get(user.name);
          if (!client) clients.set(user.name, (client = server.localClient(user)));
          return client;
        },
        async end() {
          alive = false;
          stop.abort();
          await keeping;
          await server.close(0);
        },
      };
    },
    async kill() {
      const was = life;
      life = undefined;
      await was?.end();
    },
  };
}

interface ComponentParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly clientOf: (who: string, user: User) => Client;
}

/** A process made of one function that runs until it is aborted. */
function process(run: (signal: AbortSignal) => Promise<unknown>): Process {
  let running: { readonly stop: AbortController; readonly ended: Promise<unknown> } | undefined;
  return {
    get alive() {
      return running !== undefined;
    },
    async start() {
      if (running) return;
      const stop = new AbortController();
      const ended = run(stop.signal).catch((error: unknown) => {
        if (!isAbortOf(stop.signal, error)) throw error;
      });
      running = { stop, ended };
    },
    async kill() {
      const was = running;
      running = undefined;
      was?.stop.abort(new DOMException("killed", "AbortError"));
      await was?.ended;
    },
  };
}

function managerProcess({ clock, random, log, clientOf }: ComponentParts): Process {
  const manager = clientOf("controllers", { name: "system:kube-controller-manager", groups: [] });
  const clientFor = (identity: string) =>
    clientOf(`controllers/${identity}`, serviceAccountUser("kube-system", identity));
  return process(async (signal) => {
    const caches = new CacheSet({ client: manager, clock, random, log });
    const list = controllers({
      ...DEFAULT_SETTINGS,
      rootCa: "-----BEGIN CERTIFICATE-----\nsimulated\n-----END CERTIFICATE-----\n",
    });
    const discovered = async () => resources;
    const running = runControllers(list, { caches, clientFor, clock, random, log, discovered }, signal);
    await Promise.all([running, caches.run(signal)]);
  });
}

function schedulerProcess(
  { clock, random, log, clientOf }: ComponentParts,
  plugins: readonly Plugin[] | undefined,
): Process {
  const client = clientOf("scheduler", { name: "system:kube-scheduler", groups: [] });
  return process(async (signal) => {
    const caches = new CacheSet({ client, clock, random, log });
    await Promise.all([
      runScheduler({ client, caches, clock, random, log, ...(plugins && { plugins }) }, signal),
      caches.run(signal),
    ]);
  });
}
