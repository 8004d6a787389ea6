// The ConfigMaps and Secrets that pods on this node refer to, each followed by a watch of its own while pods use it. It
// refuses to watch whole kinds: a node may read what its pods refer to, object by object.
//
// A watch begins with the first read and ends with the last pod, with an object that says it is immutable, or when nobody
// has read it for some minutes (what only an image pull or a container's start needed); the next read begins it anew.
import type { CacheChange, CacheOptions } from "../../client/cache.ts";
import type { ObjectName } from "../../client/client.ts";
import { ConfigMap } from "../../resources/core/config-map.ts";
import { references } from "../../resources/core/pod/references.ts";
import { Secret } from "../../resources/core/secret.ts";
import { hasReason } from "../../schema/meta/status.ts";
import type { KubeObject, Resource } from "../../schema/resource.ts";
import type { PodObjects } from "../parts.ts";
import { LateCache } from "./late-cache.ts";

/** Undefined when the object does not exist; other failures throw. */
export interface ReferredObjects {
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
}

export type ObjectsOptions = Pick<CacheOptions, "client" | "clock" | "random" | "log"> & {
  readonly signal: AbortSignal;
};

/** Also who tells of other objects that a pod's volumes are made of. */
export interface ObjectNews {
  tell(podUid: string): void;
}

export function referredObjects(options: ObjectsOptions): ReferredObjects & PodObjects & ObjectNews {
  const entries = new Map<string, Followed<KubeObject>>();
  const held = new Map<string, { readonly generation: number | undefined; readonly keys: ReadonlySet<string> }>();
  const listeners = new Set<(podUid: string) => void>();
  const tell = (uid: string) => listeners.forEach((listener) => listener(uid));

  const keyOf = ({ plural }: Resource, namespace: string, name: string) => `${plural}/${namespace}/${name}`;

  async function read<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string) {
    const entry = entries.get(keyOf(resource, namespace, name)) as Followed<T> | undefined;
    if (entry) return entry.read();
    try {
      return await options.client.get(resource, { namespace, name }, { signal: options.signal });
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  function leave(uid: string, key: string): void {
    const entry = entries.get(key);
    if (!entry?.leave(uid)) return;
    entry.rest();
    entries.delete(key);
  }

  return {
    tell,
    configMap: (namespace, name) => read(ConfigMap, namespace, name),
    secret: (namespace, name) => read(Secret, namespace, name),
    hold(pod) {
      const { uid = "", namespace = "", generation } = pod.metadata;
      const before = held.get(uid);
      if (before && before.generation === generation) return;
      const { configmap, secret } = references(pod);
      const wanted = new Map([
        ...[...configmap].map((name) => [keyOf(ConfigMap, namespace, name), [ConfigMap, name]] as const),
        ...[...secret].map((name) => [keyOf(Secret, namespace, name), [Secret, name]] as const),
      ]);
      for (const [key, [resource, name]] of wanted) {
        const entry = entries.get(key) ?? new Followed(resource, { namespace, name }, options, tell);
        entries.set(key, entry);
        entry.join(uid);
      }
      for (const key of before?.keys ?? []) if (!wanted.has(key)) leave(uid, key);
      held.set(uid, { generation, keys: new Set(wanted.keys()) });
    },
    release(uid) {
      for (const key of held.get(uid)?.keys ?? []) leave(uid, key);
      held.delete(uid);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** One object, and the pods that use it. */
class Followed<T extends KubeObject> {
  readonly #name: ObjectName;
  readonly #cache: LateCache<T>;
  readonly #tell: (podUid: string) => void;
  readonly #users = new Set<string>();
  /** It said that it never changes. */
  #immutable: T | undefined;

  constructor(resource: Resource<T>, name: ObjectName, options: ObjectsOptions, tell: (podUid: string) => void) {
    this.#name = name;
    this.#tell = tell;
    const narrowed = { ...options, namespace: name.namespace!, fieldSelector: `metadata.name=${name.name}` };
    this.#cache = new LateCache(resource, narrowed, (change, isNews) => this.#changed(change, isNews));
  }

  join(uid: string): void {
    if (this.#users.has(uid)) return;
    this.#users.add(uid);
    // An immutable object can be deleted and made again: a new pod is to have the one that is there now.
    this.#immutable = undefined;
  }

  /** Answers whether nobody is left. */
  leave(uid: string): boolean {
    this.#users.delete(uid);
    return this.#users.size === 0;
  }

  async read(): Promise<T | undefined> {
    return this.#immutable ?? (await this.#cache.read()).get(this.#name);
  }

  rest(): void {
    this.#cache.rest();
  }

  #changed({ object, deleted }: CacheChange<T>, isNews: boolean): void {
    if (isNews) for (const uid of this.#users) this.#tell(uid);
    if (deleted || !(object as { readonly immutable?: boolean }).immutable) return;
    this.#immutable = object;
    this.rest();
  }
}
