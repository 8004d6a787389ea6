// The three ways to an API server in the same process, for the suite of the Client contract and for tests of what stands on
// clients. It refuses to be used outside of tests.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdmissionPlugin } from "../../src/apiserver/admission/plugin.ts";
import { masters } from "../../src/apiserver/authorization/masters.ts";
import { staticToken } from "../../src/apiserver/authentication/static-token.ts";
import { ensurePki } from "../../src/apiserver/pki.ts";
import { createApiServer } from "../../src/apiserver/server.ts";
import type { ApiServer } from "../../src/apiserver/server.ts";
import type { Clock } from "../../src/base/clock.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { seededRandom } from "../../src/base/random.ts";
import type { Client, WatchEvent } from "../../src/client/client.ts";
import type { Connection } from "../../src/client/connection.ts";
import { httpsClient } from "../../src/client/https.ts";
import type { HttpsOptions } from "../../src/client/https.ts";
import { routedClient } from "../../src/client/routed.ts";
import type { OpenClient } from "../../src/client/suite.ts";
import { Scale } from "../../src/resources/autoscaling/scale.ts";
import type { Resource } from "../../src/schema/resource.ts";
import { memoryStore } from "../../src/store/memory.ts";

const ADMIN = { name: "admin", groups: ["system:masters"] };

/** A server on a memory store where masters may do everything and only the given plug-ins, usually none, judge writes. */
export function bareServer(
  kinds: readonly Resource[],
  clock: Clock,
  admission: readonly AdmissionPlugin[] = [],
): Promise<ApiServer> {
  return createApiServer({
    store: memoryStore({ clock }),
    clock,
    random: seededRandom(1),
    log: silentLog,
    resources: kinds,
    bodies: [Scale],
    authenticators: () => [staticToken(new Map([["secret", ADMIN]]))],
    authorizers: () => [masters],
    admission: () => admission,
  });
}

export const openLocal: OpenClient = async (kinds) => {
  const server = await bareServer(kinds, systemClock);
  return { client: server.localClient(ADMIN), close: () => server.close(0) };
};

/** Two carriers behind one client, of which the other refuses everything. */
export const openRouted =
  (toFirst: boolean): OpenClient =>
  async (kinds) => {
    const { client, close } = await openLocal(kinds);
    const refusing = new Proxy({ because: () => refusing } as unknown as Client, {
      get: (target, name) =>
        name in target ? Reflect.get(target, name) : () => assert.fail(`${String(name)} went astray`),
    });
    const second = async () => (toFirst ? refusing : client);
    return { client: routedClient({ first: toFirst ? client : refusing, carries: () => toFirst, second }), close };
  };

export const openSerialised: OpenClient = async (kinds) => {
  const { client, close } = await openLocal(kinds);
  return { client: serialised(client), close };
};

/** A server that listens, and how to reach it. */
export async function listening(kinds: readonly Resource[]) {
  const dir = await mkdtemp(join(tmpdir(), "kaji-client-"));
  const pki = await ensurePki({
    dir,
    dnsNames: ["localhost"],
    ipAddresses: ["127.0.0.1"],
    clock: systemClock,
    random: seededRandom(2),
  });
  const server = await bareServer(kinds, systemClock);
  const tls = { cert: pki.apiserver.cert, key: pki.apiserver.key, ca: pki.ca.cert };
  const { port } = await server.listen({ host: "127.0.0.1", port: 0, tls });
  const connection: Connection = { server: `https://127.0.0.1:${port}`, ca: pki.ca.cert, token: "secret" };
  const close = async () => {
    await server.close(0);
    await rm(dir, { recursive: true });
  };
  return { connection, tls, close };
}

const overHttps =
  (options: Partial<HttpsOptions>): OpenClient =>
  async (kinds) => {
    const server = await listening(kinds);
    const client = httpsClient(server.connection, { userAgent: "suite", ...options });
    const close = async () => {
      await client.close();
      await server.close();
    };
    return { client, close };
  };

export const openHttps = overHttps({});
/** All watches on one connection. */
export const openSharing = overHttps({ sharesWatches: true });

/** JSON and back, frozen; `undefined` stays. What JSON cannot say is lost here, as on the wire. */
function through<T>(value: T): T {
  if (value === undefined) return value;
  return JSON.parse(JSON.stringify(value), (_, member: unknown) =>
    typeof member === "object" ? Object.freeze(member) : member,
  ) as T;
}

/** `client`, with everything that goes in or comes out written as JSON and read again, some microtasks later. */
export function serialised(client: Client): Client {
  const later = async <T>(value: T): Promise<T> => {
    for (let i = 0; i < 3; i++) await Promise.resolve();
    return through(value);
  };
  async function* events<T>(source: AsyncIterable<WatchEvent<T & object>>): AsyncGenerator<WatchEvent<T & object>> {
    for await (const event of source) yield await later(event);
  }
  return {
    user: client.user,
    get: async (resource, name, options) => later(await client.get(resource, through(name), options)),
    list: async (resource, options) => later(await client.list(resource, options)),
    watch: (resource, options) => events(client.watch(resource, options)),
    create: async (resource, object, options) => later(await client.create(resource, through(object), options)),
    update: async (resource, object, options) => later(await client.update(resource, through(object), options)),
    patch: async (resource, name, patch, options) => later(await client.patch(resource, name, through(patch), options)),
    delete: async (resource, name, options) => later(await client.delete(resource, name, options)),
    deleteCollection: (resource, select, options) => client.deleteCollection(resource, select, options),
    command: async (resource, name, subresource, body, options) =>
      later(await client.command(resource, name, subresource, through(body), options)),
    because: (reactedTo) => serialised(client.because(reactedTo)),
  };
}
