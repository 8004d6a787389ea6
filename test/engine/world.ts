// A server and what controllers need around it, in one process and virtual time. It refuses sockets and real time.
import type { AdmissionPlugin } from "../../src/apiserver/admission/plugin.ts";
import type { Clock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { seededRandom } from "../../src/base/random.ts";
import { VirtualClock } from "../../src/base/virtual-clock.ts";
import { CacheSet } from "../../src/client/cache-set.ts";
import type { Client, WatchEvent } from "../../src/client/client.ts";
import { runControllers } from "../../src/reconcile/engine.ts";
import type { Controller, Loop } from "../../src/reconcile/controller.ts";
import { resources } from "../../src/resources/index.ts";
import type { KubeObject, Resource } from "../../src/schema/resource.ts";
import { bareServer } from "../client/carriers.ts";

export interface World {
  readonly clock: VirtualClock;
  /** Whoever uses the cluster. */
  readonly client: Client;
  /** What controllers asked the server to write, as `verb plural`. */
  readonly writes: string[];
  /** The revisions that each write named as its cause. */
  readonly causes: (readonly string[])[];
  /** Runs until nothing is left to do now, then for `ms`. */
  pass(ms?: number): Promise<void>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly controllers: readonly (Controller | Loop)[];
  /** How much later than they happen the caches of a kind see its changes, in milliseconds. */
  readonly lagMs?: (resource: Resource) => number;
  /** Waited for before an event of a kind is handed on to the caches; a rejection ends the watch. */
  readonly held?: (resource: Resource) => Promise<void> | undefined;
  /** What the controllers discover; all that can be listed if left out. */
  readonly discovered?: () => Promise<readonly Resource[]>;
  /** Judge what is written; none if left out. */
  readonly admission?: readonly AdmissionPlugin[];
}

export async function openWorld({
  controllers,
  lagMs = () => 0,
  held = () => undefined,
  discovered = async () => resources.filter((r) => r.verbs.includes("list")),
  admission,
}: WorldOptions): Promise<World> {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const server = await bareServer(resources, clock, admission);
  const random = seededRandom(7);
  const stop = new AbortController();
  const writes: string[] = [];
  const causes: (readonly string[])[] = [];
  const user = (name: string) => server.localClient({ name, groups: ["system:masters"] });
  const caches = new CacheSet({ client: lagging(user("caches"), clock, lagMs, held), clock, random, log: silentLog });
  const clientFor = (identity: string) => recording(user(identity), writes, causes, []);
  const running = runControllers(
    controllers,
    { caches, clientFor, clock, random, log: silentLog, discovered },
    stop.signal,
  );
  const filling = caches.run(stop.signal);
  await clock.settle();
  return {
    clock,
    client: user("user"),
    writes,
    causes,
    pass: (ms = 0) => clock.advance(ms),
    async stop() {
      stop.abort(new Error("the test is over"));
      await clock.settle();
      await Promise.all([running, filling]);
      await server.close(0);
    },
  };
}

/** `client`, whose watches hand on each event some time after it came. */
function lagging(
  client: Client,
  clock: Clock,
  lagMs: (resource: Resource) => number,
  held: (resource: Resource) => Promise<void> | undefined,
): Client {
  async function* late<T extends KubeObject>(
    events: AsyncIterable<WatchEvent<T>>,
    resource: Resource,
    signal?: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    const ms = lagMs(resource);
    let filled = false;
    for await (const event of events) {
      const due = clock.monotonic() + ms;
      if (filled) await clock.sleep(due - clock.monotonic(), signal);
      if (filled) await held(resource);
      if (event.type === "BOOKMARK" && event.initialEnd) filled = true;
      yield event;
    }
  }
  return {
    ...bound(client),
    watch: (resource, options) =>
      late(client.watch(resource, options), resource as unknown as Resource, options.signal),
  };
}

function recording(
  client: Client,
  writes: string[],
  causes: (readonly string[])[],
  because: readonly string[],
): Client {
  const noted = async <T>(verb: string, plural: string, answer: Promise<T>): Promise<T> => {
    if (plural !== "events") {
      writes.push(`${verb} ${plural}`);
      causes.push(because);
    }
    return answer;
  };
  return {
    ...bound(client),
    create: (r, object, o) => noted("create", r.plural, client.create(r, object, o)),
    update: (r, object, o) => noted("update", r.plural, client.update(r, object, o)),
    patch: (r, name, patch, o) => noted("patch", r.plural, client.patch(r, name, patch, o)),
    delete: (r, name, o) => noted("delete", r.plural, client.delete(r, name, o)),
    because: (revisions) => recording(client.because(revisions), writes, causes, revisions),
  };
}

/** The methods of a client as a plain object, to be spread. */
function bound(client: Client): Client {
  return {
    user: client.user,
    get: (...args) => client.get(...args),
    list: (...args) => client.list(...args),
    watch: (...args) => client.watch(...args),
    create: (...args) => client.create(...args),
    update: (...args) => client.update(...args),
    patch: (...args) => client.patch(...args),
    delete: (...args) => client.delete(...args),
    deleteCollection: (...args) => client.deleteCollection(...args),
    command: (...args) => client.command(...args),
    because: (...args) => client.because(...args),
  };
}
