// The ConfigMaps and Secrets that pods on this node refer to, read from the API and remembered for a moment. It refuses to watch all of them.
import type { Clock } from "../../base/clock.ts";
import type { Client } from "../../client/client.ts";
import { ConfigMap } from "../../resources/core/config-map.ts";
import { Secret } from "../../resources/core/secret.ts";
import { hasReason } from "../../schema/meta/status.ts";
import type { KubeObject, Resource } from "../../schema/resource.ts";

/** Undefined when the object does not exist; other failures throw. */
export interface ReferredObjects {
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
}

/** Containers of one pod that start together read each object once. */
const FRESH_MS = 1000;

export function referredObjects(client: Client, clock: Clock): ReferredObjects {
  const known = new Map<string, { at: number; object: Promise<KubeObject | undefined> }>();

  function read<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): Promise<T | undefined> {
    const key = `${resource.plural}/${namespace}/${name}`;
    const now = clock.monotonic();
    const found = known.get(key);
    if (found && now - found.at < FRESH_MS) return found.object as Promise<T | undefined>;
    for (const [k, { at }] of known) if (now - at >= FRESH_MS) known.delete(k);
    const object = fetch(resource, namespace, name);
    known.set(key, { at: now, object });
    // What is absent or failed is asked for again at once: somebody may be about to make it.
    object.then(
      (o) => o === undefined && known.delete(key),
      () => known.delete(key),
    );
    return object;
  }

  async function fetch<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    name: string,
  ): Promise<T | undefined> {
    try {
      return await client.get(resource, { namespace, name });
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  return {
    configMap: (namespace, name) => read(ConfigMap, namespace, name),
    secret: (namespace, name) => read(Secret, namespace, name),
  };
}
