// Contract 3, Client: how every component reaches the API, whatever carries the request. It refuses to cache (cache.ts) and to retry.
//
// Two carriers keep this contract: https.ts talks to any Kubernetes API server; apiserver/local.ts calls the verbs of
// our own without a codec in between. A client is bound to one identity for life. Failures are StatusErrors, a broken
// connection is a StatusError of reason ServiceUnavailable with the cause inside, an aborted call rejects with
// `signal.reason`. Objects that come out are frozen; objects that go in are never kept nor changed, and `undefined` in
// them is absence. Every object, list items too, carries apiVersion and kind. `suite.ts` exports the suite that every carrier passes, also one that serialises both ways: nothing
// may rely on identity of objects or on a write being visible to a watch by the time it resolves.
//
// Example:
//   const pods = await client.list(Pod, { namespace: "demo", labelSelector: "app=web" });
//   for await (const event of client.watch(Pod, { namespace: "demo", resourceVersion: pods.metadata.resourceVersion })) …
//   await client.update(Pod, { ...pod, status }, { subresource: "status" });
import type { DeletePropagation } from "./options.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import type { Status } from "../schema/meta/status.ts";

/** Where an object is. `namespace` stays away for cluster-scoped kinds. */
export interface ObjectName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** What may be sent to create: everything the server fills in may be missing, metadata included. */
export type Draft<T extends KubeObject> = Omit<T, "metadata" | "status"> &
  Partial<Pick<T, Extract<keyof T, "status">>> & { readonly metadata: Partial<T["metadata"]> };

export interface List<T> {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly T[];
}

export type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  /** Only its metadata.resourceVersion counts; `initialEnd` marks the end of the initial events. */
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string; readonly initialEnd: boolean };

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface GetOptions extends CallOptions {
  /** "" or absent: the newest. "0": whatever the server has at hand. */
  readonly resourceVersion?: string | undefined;
  readonly subresource?: string | undefined;
}

export interface ListOptions extends CallOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan" | undefined;
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
}

export interface WatchOptions extends CallOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly resourceVersion?: string | undefined;
  /** Begin with the present state as ADDED events and a BOOKMARK with `initialEnd` (WatchList, KEP-3157). */
  readonly sendInitialEvents?: boolean | undefined;
  readonly timeoutSeconds?: number | undefined;
}

export interface WriteOptions extends CallOptions {
  readonly dryRun?: boolean | undefined;
  readonly fieldManager?: string | undefined;
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore" | undefined;
  readonly subresource?: string | undefined;
}

export interface DeleteOptions extends CallOptions {
  readonly dryRun?: boolean | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: DeletePropagation | undefined;
  readonly preconditions?:
    | { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined }
    | undefined;
}

/** How a patch is to be read. */
export type PatchType = "json" | "merge" | "strategic" | "apply";

export interface Client {
  /** The user name this client speaks as, for logs and causes. */
  readonly user: string;
  get<T extends KubeObject>(resource: Resource<T>, name: ObjectName, options?: GetOptions): Promise<T>;
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<List<T>>;
  /**
   * Ends quietly when the server ends it (timeout) or `signal` aborts. An ERROR event is thrown as its StatusError
   * (`Expired`: list again).
   */
  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: Draft<T>, options?: WriteOptions): Promise<T>;
  /** PUT. With `resourceVersion` in the object: only if nobody was faster (`Conflict`). */
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** A JSON patch is a list of operations; the others are partial objects. `force` is for apply. */
  patch<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    patch: { readonly type: PatchType; readonly body: unknown; readonly force?: boolean },
    options?: WriteOptions,
  ): Promise<T>;
  /** Resolves with what the server says: the object (perhaps still terminating) or a Status. */
  delete<T extends KubeObject>(resource: Resource<T>, name: ObjectName, options?: DeleteOptions): Promise<T | Status>;
  deleteCollection<T extends KubeObject>(
    resource: Resource<T>,
    select: ListOptions,
    options?: DeleteOptions,
  ): Promise<void>;
  /** POST to a subresource whose body is a kind of its own: binding, eviction, token. Answers that kind, or a Status. */
  command(
    resource: Resource,
    name: ObjectName,
    subresource: string,
    body: KubeObject,
    options?: WriteOptions,
  ): Promise<KubeObject | Status>;
  /** The same client, whose writes name these revisions as their cause (Cause.reactedTo). */
  because(reactedTo: readonly string[]): Client;
}

/** `namespace/name`, or the name alone: the key of an object within its kind. */
export const keyOf = (o: {
  readonly metadata: { readonly namespace?: string | undefined; readonly name?: string | undefined };
}): string => (o.metadata.namespace ? `${o.metadata.namespace}/${o.metadata.name}` : (o.metadata.name ?? ""));

/** The reverse of {@link keyOf}. */
export function nameOf(key: string): ObjectName {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
