// Contract 4, Controller: what it watches, what it writes, and one function that brings one object nearer to its spec.
// It refuses to run anything: engine.ts does, for all controllers alike.
//
// A controller is one file in controllers/, one test, one line in controllers/index.ts. `reconcile` is called with the
// newest object of the key after anything it depends on has changed, never twice at once for one key, and again with
// back-off after it threw. It must be able to start from any state: it compares, and writes what is missing. It reads
// through caches, which may lag behind the API, but never behind its own writes: before the next call for a key the
// engine waits until each cache has seen what the last call wrote (read-your-writes; at most 1 s, then it reads the
// API itself). So "create what is missing" creates no surplus.
//
// Each controller's client is its own service account, and RBAC enforces what it may write; `writes` states the same
// for readers and for the graph that `kaji graph` draws. Writes carry the revisions they reacted to as their cause.
//
// Example:
//   export const replicaSet = controller({
//     name: "replicaset", identity: "replicaset-controller", of: ReplicaSet, owns: [Pod], reads: [Node],
//     writes: [{ resource: Pod, verbs: ["create", "delete"] }, { resource: ReplicaSet, verbs: ["update"], subresource: "status" }],
//     async reconcile(set, { client, owned, events, now }) { … },
//   });
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { Clock } from "../base/clock.ts";
import type { Cache } from "../client/cache.ts";
import type { Client, ObjectName } from "../client/client.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";

/** A kind's objects as the engine's cache last saw them. Frozen; may lag behind the API. */
export interface Reader<T extends KubeObject = KubeObject> {
  get(name: ObjectName): T | undefined;
  /** All, or those of one namespace. */
  list(namespace?: string): readonly T[];
  /** Those whose controlling (or, with `any`, whatever) owner has this uid. */
  ownedBy(uid: string): readonly T[];
  /** Those for which the index function of this name gave `value`; see {@link ControllerInit.indexes}. */
  by(index: string, value: string): readonly T[];
}

export interface Events {
  /** Records an event about `object`, aggregated as upstream does. Never throws and never delays. */
  record(object: KubeObject, type: "Normal" | "Warning", reason: string, message: string): void;
}

export interface ReconcileContext {
  /** Speaks as the controller's identity; knows what this call reacts to. */
  readonly client: Client;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Aborts when the controller stops. */
  readonly signal: AbortSignal;
  readonly events: Events;
  readonly random: Random;
  readonly log: Log;
  /** The cache of any kind named in of, owns, maps or reads. Throws for others: undeclared input is a defect. */
  readonly cache: <T extends KubeObject>(resource: Resource<T>) => Reader<T>;
  /** Every kind that the server serves. Only for controllers that say `discovers`. */
  readonly discovered: () => Promise<readonly Resource[]>;
}

/** Call again after so many milliseconds even if nothing changes. */
export type ReconcileResult = { readonly afterMs: number } | void;

/** Changes of `from` concern the keys (namespace/name of `of`) that `keys` names. `old` is there when it was seen before. */
export interface Mapping<F extends KubeObject = KubeObject> {
  readonly from: Resource<F>;
  keys(
    object: F,
    context: {
      readonly old: F | undefined;
      readonly deleted: boolean;
      readonly cache: <T extends KubeObject>(r: Resource<T>) => Reader<T>;
    },
  ): Iterable<string>;
}

export interface Write {
  readonly resource: Resource;
  readonly verbs: readonly string[];
  readonly subresource?: string;
}

export interface ControllerInit<T extends KubeObject> {
  /** As on the usual list of controllers, e.g. `deployment`. Also its name in events (`deployment-controller`). */
  readonly name: string;
  /** The service account in kube-system. */
  readonly identity: string;
  /** The `source.component` of its events; the identity if left out. */
  readonly component?: string;
  readonly of: Resource<T>;
  /** Which changes of an object it works on at all; every one if left out. What it sees for the first time always counts. */
  heeds?(object: T, old: T): boolean;
  /** Kinds whose objects have an owner reference (controller: true) to `of`; their changes concern that owner. */
  readonly owns?: readonly Resource[];
  readonly maps?: readonly Mapping[];
  /** Kinds that are read and whose changes concern no key. */
  readonly reads?: readonly Resource[];
  /** Extra indexes: kind → index name → values of an object. */
  readonly indexes?: readonly {
    readonly of: Resource;
    readonly name: string;
    values(object: KubeObject): readonly string[];
  }[];
  readonly writes: readonly Write[];
  /** Works on kinds that only the server knows; `writes` then names what is known beforehand. */
  readonly discovers?: boolean;
  /** How many keys at a time; 5 if left out. */
  readonly workers?: number;
  reconcile(object: T, context: ReconcileContext): Promise<ReconcileResult>;
  /** The object of this key is gone from the cache. */
  gone?(name: ObjectName, context: ReconcileContext): Promise<ReconcileResult>;
}

/** A controller of any kind, as it stands in a list. */
export interface Controller extends Omit<ControllerInit<KubeObject>, "owns" | "maps" | "reads" | "indexes"> {
  readonly owns: readonly Resource[];
  readonly maps: readonly Mapping[];
  readonly reads: readonly Resource[];
  readonly indexes: NonNullable<ControllerInit<KubeObject>["indexes"]>;
}

/** Completes a description. The engine hands `reconcile` only objects of `of`, which is why the type may be erased. */
export function controller<T extends KubeObject>(init: ControllerInit<T>): Controller {
  const erased = init as unknown as ControllerInit<KubeObject>;
  return { owns: [], maps: [], reads: [], indexes: [], ...erased };
}

/** Helps inference for a mapping of one kind. */
export function mapping<F extends KubeObject>(from: Resource<F>, keys: Mapping<F>["keys"]): Mapping {
  return { from, keys } as unknown as Mapping;
}

/** What a loop gets once, for its whole life. */
export interface LoopContext extends Pick<
  ReconcileContext,
  "client" | "signal" | "events" | "random" | "log" | "discovered"
> {
  readonly clock: Clock;
  /** The cache of a declared kind, or of any kind where the loop says `discovers`. It can be listened to. */
  readonly cache: <T extends KubeObject>(resource: Resource<T>) => Cache<T>;
  /** Ends the cache of a discovered kind that is served no more. */
  readonly forget: (resource: Resource) => void;
}

/**
 * The rare controller whose work is no function of one object: the garbage collector (a graph over all kinds), sweeps by
 * the clock. It runs until `signal` aborts, has no keys, and answers for its own retries; when it throws, the engine
 * starts it again with back-off.
 */
export interface Loop {
  readonly name: string;
  readonly identity: string;
  readonly component?: string;
  readonly reads: readonly Resource[];
  readonly writes: readonly Write[];
  readonly discovers?: boolean;
  run(context: LoopContext): Promise<void>;
}

export const isLoop = (one: Controller | Loop): one is Loop => "run" in one;
