// Read-your-writes for one controller: which revisions its caches must reach, and which objects must be seen to go, before a
// key is reconciled again. It refuses to wait or to read: it only remembers (engine.ts waits).
import type { Client, ObjectName } from "../client/client.ts";
import { revisionOf } from "../client/cache.ts";
import { StatusError } from "../schema/meta/status.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";

/** What the last call for one key wrote, for each kind. */
export interface Written {
  /** The highest revision written. */
  revision: number;
  /** Objects that were created, by uid. */
  readonly made: Set<string>;
  /** Objects whose deletion was asked for. */
  readonly deleted: Set<string>;
  /** A write got no answer: nobody knows whether it was done. */
  isUncertain: boolean;
}

export type WrittenByKind = Map<Resource, Written>;

const writtenOf = (log: WrittenByKind, resource: Resource): Written => {
  let written = log.get(resource);
  if (!written) log.set(resource, (written = { revision: 0, made: new Set(), deleted: new Set(), isUncertain: false }));
  return written;
};

/** `client`, noting in `log` what it writes. `uidOf` finds the uid of an object to be deleted, where the answer does not say. */
export function trackingClient(
  client: Client,
  log: WrittenByKind,
  uidOf: (resource: Resource, name: ObjectName) => string | undefined,
): Client {
  const note = <T extends KubeObject>(resource: Resource<T>, object: T): T => {
    const written = writtenOf(log, resource as unknown as Resource);
    written.revision = Math.max(written.revision, revisionOf(object.metadata?.resourceVersion));
    return object;
  };
  /** Waits for a write, and notes it when its outcome stays unknown: refusals are outcomes, silence is none. */
  const done = async <T extends KubeObject, R>(resource: Resource<T>, answer: Promise<R>): Promise<R> => {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof StatusError) || error.code >= 500)
        writtenOf(log, resource as unknown as Resource).isUncertain = true;
      throw error;
    }
  };
  return {
    user: client.user,
    get: (...args) => client.get(...args),
    list: (...args) => client.list(...args),
    watch: (...args) => client.watch(...args),
    async create(resource, object, options) {
      const answer = note(resource, await done(resource, client.create(resource, object, options)));
      const { uid } = answer.metadata;
      if (uid) writtenOf(log, resource as unknown as Resource).made.add(uid);
      return answer;
    },
    update: async (resource, object, options) =>
      note(resource, await done(resource, client.update(resource, object, options))),
    patch: async (resource, name, patch, options) =>
      note(resource, await done(resource, client.patch(resource, name, patch, options))),
    async delete(resource, name, options) {
      const uid = options?.preconditions?.uid ?? uidOf(resource as unknown as Resource, name);
      const answer = await done(resource, client.delete(resource, name, options));
      if (uid) writtenOf(log, resource as unknown as Resource).deleted.add(uid);
      return answer;
    },
    deleteCollection: (...args) => client.deleteCollection(...args),
    command: (...args) => client.command(...args),
    because: (reactedTo) => trackingClient(client.because(reactedTo), log, uidOf),
  };
}
