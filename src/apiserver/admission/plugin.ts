// The contract of an admission plugin: whatever reads another object, or asks an authorizer, before a write is stored.
// The ordered list is in index.ts: all mutating ones in order, then all validating ones.
import type { JsonObject } from "../../schema/node.ts";
import type { Operation, KubeObject, Resource } from "../../schema/resource.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { Kinds, ServedKind } from "../kinds.ts";
import type { RequestContext } from "../request.ts";

/** A write on its way into the store. */
export interface AdmissionRequest {
  readonly operation: Operation | "delete" | "connect";
  readonly resource: Resource;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** What will be stored; for commands (binding, eviction) the body; undefined for delete. */
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
  readonly dryRun: boolean;
  readonly context: RequestContext;
  /** What is asked for cannot be changed: deletions, connections. No `mutate` is called for them. */
  readonly fixed?: true;
  /** Of commands: the kind of `object`, which is not that of the resource. */
  readonly body?: ServedKind | undefined;
  /** What a connection was asked for with, as an object (PodAttachOptions). */
  readonly connection?: JsonObject | undefined;
  /** Set while mutating plugins run. */
  readonly rounds?: Rounds | undefined;
}

/** Mutating plugins run a second time when one that is configured by users has changed what earlier ones have seen. */
export interface Rounds {
  readonly isSecond: boolean;
  /** Asks for the second round. */
  again(): void;
  /** What a plugin remembers from the first round, by its name. */
  readonly memory: Map<string, unknown>;
}

/** Reads of the API server's own watch cache: at hand, frozen, no request. */
export interface Lookup {
  get<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): T | undefined;
  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): readonly T[];
  /** Those whose selectable field (such as `spec.nodeName` of pods) has this value; by an index where there is one. */
  byField<T extends KubeObject>(resource: Resource<T>, field: string, value: string): readonly T[];
  /** The revision of the newest change of this kind: what was computed from `list` holds until it moves. */
  revision(resource: Resource): number;
  /** The same as get, but from the store, for where a stale answer would be wrong. */
  read<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): Promise<T | undefined>;
}

export interface AdmissionServices {
  readonly lookup: Lookup;
  /** The kinds that are served, with their versions. */
  readonly kinds: Kinds;
  readonly authorizer: Authorizer;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /**
   * Changes another object of the request's namespace by the server's own right, if nobody was faster, else again from
   * the read; `step` returns undefined for no change. An object that is gone is left alone. What `step` throws goes on.
   */
  readonly change: <T extends KubeObject>(
    resource: Resource<T>,
    request: AdmissionRequest,
    name: string,
    step: (object: T) => T | undefined,
  ) => Promise<void>;
}

export interface AdmissionPlugin {
  readonly name: string;
  /** Returns the object to go on with; the same one when there is nothing to change. Throws a StatusError to refuse. */
  mutate?(
    request: AdmissionRequest & { readonly object: KubeObject },
    services: AdmissionServices,
  ): KubeObject | Promise<KubeObject>;
  /** Throws a StatusError to refuse. */
  validate?(request: AdmissionRequest, services: AdmissionServices): void | Promise<void>;
}
