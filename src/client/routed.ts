// One Client out of two: kinds that the first does not carry go to the second, which is made when it is first needed. It
// refuses to know what either is.
import type { Resource } from "../schema/resource.ts";
import type { Client } from "./client.ts";

export interface Route {
  readonly first: Client;
  /** Whether the first carries a kind. */
  readonly carries: (resource: Pick<Resource, "group" | "version" | "plural">) => boolean;
  readonly second: () => Promise<Client>;
}

export function routedClient({ first, carries, second }: Route): Client {
  const to = async (resource: Pick<Resource, "group" | "version" | "plural">): Promise<Client> =>
    carries(resource) ? first : second();
  return {
    user: first.user,
    get: async (resource, ...rest) => (await to(resource)).get(resource, ...rest),
    list: async (resource, ...rest) => (await to(resource)).list(resource, ...rest),
    watch: (resource, options) =>
      carries(resource) ? first.watch(resource, options) : later(second, (client) => client.watch(resource, options)),
    create: async (resource, ...rest) => (await to(resource)).create(resource, ...rest),
    update: async (resource, ...rest) => (await to(resource)).update(resource, ...rest),
    patch: async (resource, ...rest) => (await to(resource)).patch(resource, ...rest),
    delete: async (resource, ...rest) => (await to(resource)).delete(resource, ...rest),
    deleteCollection: async (resource, ...rest) => (await to(resource)).deleteCollection(resource, ...rest),
    command: async (resource, ...rest) => (await to(resource)).command(resource, ...rest),
    because: (reactedTo) =>
      routedClient({
        first: first.because(reactedTo),
        carries,
        second: async () => (await second()).because(reactedTo),
      }),
  };
}

async function* later<T>(second: Route["second"], watch: (client: Client) => AsyncIterable<T>): AsyncGenerator<T> {
  yield* watch(await second());
}
