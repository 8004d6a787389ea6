// A bug put into one contract on purpose: the simulation must find it. It refuses to be subtle beyond what real bugs
// are.
import type { Client } from "../../../src/client/client.ts";
import type { Plants } from "../cluster.ts";

export interface Planted {
  readonly name: string;
  /** One that finds it, as far as is known: asked before all others. */
  readonly seed: number;
  /** A fresh one for each run: bugs may count. */
  plant(): Plants;
  /** The invariants that may find it first. */
  readonly caughtBy: readonly string[];
}

/** A client that does some calls differently; so do all clients that come from it. */
export function altered(client: Client, alter: (client: Client) => Partial<Client>): Client {
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
    because: (revisions) => altered(client.because(revisions), alter),
    ...alter(client),
  };
}

/** The same for one component, by the name under which it calls. */
export const inClientOf = (part: string, alter: (client: Client) => Partial<Client>): Pick<Plants, "client"> => ({
  client: (client, who) => (who === part || who.startsWith(`${part}/node-`) ? altered(client, alter) : client),
});

/** True every so many times. */
export function everyNth(n: number): () => boolean {
  let count = 0;
  return () => ++count % n === 0;
}
