// What the store really holds, told commit by commit: the bottom that everything else is judged by. It refuses to be
// asked by any component, and to be wrong: no fault and no planted bug stands below it.
import type { KubeObject } from "../../src/schema/resource.ts";
import type { Cause, Commit, CommitResult, Store } from "../../src/store/store.ts";

/** One change of one object, as the store made it durable. */
export interface Fact {
  readonly revision: number;
  readonly key: string;
  /** `apps/deployments`: the first two parts of the key. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Undefined for a deletion. */
  readonly object: KubeObject | undefined;
  /** What stood there before, if anything. */
  readonly old: KubeObject | undefined;
  readonly oldRevision: number;
  readonly isCreation: boolean;
  readonly isDeletion: boolean;
  readonly cause: Cause;
  /** What the writer said must hold of this key; undefined: nothing. */
  readonly compared: number | undefined;
  readonly at: number;
}

export interface Held {
  readonly object: KubeObject;
  readonly revision: number;
}

const text = new TextDecoder();

/** What bytes say. The first objects of all seeds are the same bytes; nobody writes to what was read from them. */
const read = new WeakMap<Uint8Array, KubeObject>();

function objectOf(bytes: Uint8Array): KubeObject {
  let object = read.get(bytes);
  if (object === undefined) read.set(bytes, (object = JSON.parse(text.decode(bytes)) as KubeObject));
  return object;
}

/** An object as it was stored, read when somebody asks: nobody looks into most events. */
class Bytes implements Held {
  readonly revision: number;
  readonly #bytes: Uint8Array;
  #object: KubeObject | undefined;

  constructor(bytes: Uint8Array, revision: number) {
    this.#bytes = bytes;
    this.revision = revision;
  }

  get object(): KubeObject {
    return (this.#object ??= objectOf(this.#bytes));
  }
}

class Change implements Fact {
  readonly revision: number;
  readonly key: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly held: Held | undefined;
  readonly #old: Held | undefined;
  readonly cause: Cause;
  readonly compared: number | undefined;
  readonly at: number;

  constructor(told: Pick<Fact, "revision" | "key" | "cause" | "compared" | "at"> & ToldOf) {
    const { kind, namespace, name } = placeOf(told.key);
    this.revision = told.revision;
    this.key = told.key;
    this.kind = kind;
    this.namespace = namespace;
    this.name = name;
    this.held = told.held;
    this.#old = told.old;
    this.cause = told.cause;
    this.compared = told.compared;
    this.at = told.at;
  }

  get object(): KubeObject | undefined {
    return this.held?.object;
  }

  get old(): KubeObject | undefined {
    return this.#old?.object;
  }

  get isCreation(): boolean {
    return this.#old === undefined;
  }

  get isDeletion(): boolean {
    return this.held === undefined;
  }

  get oldRevision(): number {
    return this.#old?.revision ?? 0;
  }
}

interface ToldOf {
  readonly held: Held | undefined;
  readonly old: Held | undefined;
}

export class Truth {
  readonly inner: Store;
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();
  readonly #byKind = new Map<string, Map<string, Held>>();
  readonly #facts = new Map<string, Fact[]>();
  /** The revisions of every change of a key. */
  readonly #revisions = new Map<string, number[]>();
  readonly #listeners: ((facts: readonly Fact[]) => void)[] = [];
  revision = 1;

  constructor(inner: Store, now: () => number) {
    this.inner = inner;
    this.#now = now;
  }

  /** Hears of each commit at the moment it became durable, before its writer does. */
  listen(listener: (facts: readonly Fact[]) => void): void {
    this.#listeners.push(listener);
  }

  /** The store itself, watched. */
  store(): Store {
    const { inner } = this;
    return {
      revision: () => inner.revision(),
      get: (key, options) => inner.get(key, options),
      range: (options) => inner.range(options),
      watch: (options) => inner.watch(options),
      compact: (revision) => inner.compact(revision),
      trim: (limits) => inner.trim(limits),
      history: (options) => inner.history(options),
      close: () => inner.close(),
      commit: (commit) => this.#commit(commit),
    };
  }

  get(key: string): Held | undefined {
    return this.#held.get(key);
  }

  /** All objects of a kind (`core/pods`), in order of their creation. */
  *list<T extends KubeObject>(kind: string): Generator<T> {
    for (const { object } of this.#byKind.get(kind)?.values() ?? []) yield object as T;
  }

  *keys(): IterableIterator<string> {
    yield* this.#held.keys();
  }

  /** Every change of a kind since the beginning. */
  facts(kind: string): readonly Fact[] {
    return this.#facts.get(kind) ?? [];
  }

  /** Whether this key changed at exactly this revision. */
  changedAt(key: string, revision: number): boolean {
    return this.#revisions.get(key)?.includes(revision) ?? false;
  }

  lastChange(key: string): number {
    return this.#revisions.get(key)?.at(-1) ?? 0;
  }

  /** The memory store makes a commit durable at the call: what follows it here is still the same moment. */
  #commit(commit: Commit): Promise<CommitResult> {
    const before = this.inner.revision();
    const done = this.inner.commit(commit);
    const revision = this.inner.revision();
    if (revision !== before) this.#tell(commit, revision);
    return done;
  }

  #tell(commit: Commit, revision: number): void {
    this.revision = revision;
    const facts: Fact[] = [];
    const changes = [...(commit.puts ?? []), ...(commit.deletes ?? []).map((key) => ({ key, value: undefined }))];
    for (const { key, value } of changes) {
      const old = this.#held.get(key);
      if (value === undefined && old === undefined) continue;
      const fact = new Change({
        revision,
        key,
        held: value && new Bytes(value, revision),
        old,
        cause: commit.cause,
        compared: commit.compare.find((one) => one.key === key)?.revision,
        at: this.#now(),
      });
      this.#put(fact);
      facts.push(fact);
    }
    for (const listener of this.#listeners) listener(facts);
  }

  #put(fact: Change): void {
    const { key, kind, held, revision } = fact;
    let ofKind = this.#byKind.get(kind);
    if (!ofKind) this.#byKind.set(kind, (ofKind = new Map()));
    if (held === undefined) {
      this.#held.delete(key);
      ofKind.delete(key);
    } else {
      this.#held.set(key, held);
      ofKind.set(key, held);
    }
    const facts = this.#facts.get(kind);
    if (facts) facts.push(fact);
    else this.#facts.set(kind, [fact]);
    const revisions = this.#revisions.get(key);
    if (revisions) revisions.push(revision);
    else this.#revisions.set(key, [revision]);
  }
}

/** A key taken apart: `core/pods/demo/web`, `core/nodes/n1`. */
export function placeOf(key: string): Pick<Fact, "kind" | "namespace" | "name"> {
  const [group = "", plural = "", ...rest] = key.split("/");
  const name = rest.at(-1) ?? "";
  return { kind: `${group}/${plural}`, namespace: rest.length > 1 ? rest[0]! : "", name };
}

/** The key of an object of a kind, as the API server writes it. */
export function keyFor(
  kind: { readonly group: string; readonly plural: string },
  namespace: string | undefined,
  name: string,
): string {
  return `${kind.group || "core"}/${kind.plural}/${namespace ? `${namespace}/` : ""}${name}`;
}
