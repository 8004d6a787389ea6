// All objects of one kind as they are now, their indexes, their recent past and who watches them. It refuses to talk to
// the store (feed.ts does) and to encode (encoding/).
import { SortedKeys } from "../../store/sorted-keys.ts";
import { endOf, orderOf } from "../../store/keys.ts";
import type { Change, Entry } from "../../store/store.ts";
import type { KubeObject } from "../../schema/resource.ts";
import { CacheEvent } from "./event.ts";
import type { Written } from "./feed.ts";
import { hasHead, Kept } from "./kept.ts";
import type { Form } from "./kept.ts";
import { LabelIndex } from "./label-index.ts";
import type { Selection } from "./selection.ts";
import type { Watcher } from "./watcher.ts";
import { EventWindow } from "./window.ts";

/** Fields that lists ask for so often that they have an index (each kubelet lists the pods of its node). */
const INDEXED_FIELDS = ["spec.nodeName"];

export interface KindCacheOptions {
  readonly form: Form;
  /** All keys of the kind begin with this: `apps/deployments/`. */
  readonly prefix: string;
  /** The form of bytes that may stay in another one, where somebody converts them. */
  readonly otherForm?: (bytes: Uint8Array) => Form | undefined;
  /** Writes bytes anew that do not have the form's head. */
  readonly rewrite: (bytes: Uint8Array) => Uint8Array;
  /** What the cache holds is of this revision or later. */
  readonly from: number;
}

export class KindCache {
  readonly prefix: string;
  readonly #options: KindCacheOptions;
  readonly #kept = new Map<string, Kept>();
  readonly #keys = new SortedKeys();
  readonly #byLabel = new LabelIndex();
  readonly #byField = new Map<string, Set<Kept>>();
  readonly #watchers = new Set<Watcher>();
  readonly window: EventWindow;
  /** The revision of the last change of this kind: lists at any revision from here on are what the cache holds. */
  changed: number;

  constructor(options: KindCacheOptions) {
    this.#options = options;
    this.prefix = options.prefix;
    this.window = new EventWindow(options.from);
    this.changed = options.from;
  }

  get form(): Form {
    return this.#options.form;
  }

  get size(): number {
    return this.#keys.size;
  }

  keyOf(namespace: string, name: string): string {
    return namespace ? `${this.prefix}${namespace}/${name}` : this.prefix + name;
  }

  get(key: string): Kept | undefined {
    return this.#kept.get(key);
  }

  /** What the store held when the cache began. */
  load(entry: Entry): void {
    this.#put(this.keep(entry, undefined));
  }

  /** An entry of this kind as the cache keeps it; `object` as in {@link Kept}. */
  keep(entry: Entry, object: KubeObject | undefined): Kept {
    const { form, otherForm, rewrite } = this.#options;
    const found = hasHead(form, entry.value) ? form : otherForm?.(entry.value);
    if (found === undefined) return new Kept(form, { ...entry, value: rewrite(entry.value) }, object, entry.value);
    // What this server has just written is as today's schema has it.
    const renewed = object === undefined ? found.renew?.(entry.value) : undefined;
    if (renewed === undefined) return new Kept(found, entry, object);
    if (renewed.bytes === entry.value) return new Kept(found, entry, renewed.object);
    return new Kept(found, { ...entry, value: renewed.bytes }, renewed.object, entry.value);
  }

  /** Takes over one change, in order of revisions, and tells the watchers. */
  apply(change: Change, written: Written | undefined): void {
    const previous = this.#kept.get(change.key);
    if (previous !== undefined) this.#remove(previous);
    let kept: Kept | undefined;
    if (change.value !== undefined) {
      const created = previous?.created ?? change.previous?.created ?? change.revision;
      const made = written?.kept?.revision === change.revision ? written.kept : undefined;
      kept =
        made ??
        this.keep({ key: change.key, value: change.value, revision: change.revision, created }, written?.object);
      this.#put(kept);
    }
    this.changed = change.revision;
    const event = new CacheEvent(change.revision, kept, previous);
    this.window.push(event);
    for (const watcher of this.#watchers) watcher.offer(event);
  }

  add(watcher: Watcher): void {
    this.#watchers.add(watcher);
  }

  delete(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  get watchers(): ReadonlySet<Watcher> {
    return this.#watchers;
  }

  /** The selected objects in order of their keys, from the first key greater than or equal to `from` on. */
  *list(selection: Selection, from = ""): Generator<Kept, void, void> {
    const narrow = this.#narrowed(selection);
    const prefix = selection.namespace ? `${this.prefix}${selection.namespace}/` : this.prefix;
    if (narrow !== undefined) {
      const found = [...narrow].filter(
        (kept) => kept.key.startsWith(prefix) && kept.key >= from && selection.matches?.(kept) !== false,
      );
      yield* found.sort((a, b) => (orderOf(a.key) < orderOf(b.key) ? -1 : 1));
      return;
    }
    const start = orderOf(from > prefix ? from : prefix);
    const end = endOf(prefix);
    for (const ordered of this.#keys.between(start, end === undefined ? undefined : orderOf(end))) {
      const kept = this.#kept.get(this.#written.get(ordered) ?? ordered)!;
      if (selection.matches === undefined || selection.matches(kept)) yield kept;
    }
  }

  /** Everything, in no order. */
  all(): IterableIterator<Kept> {
    return this.#kept.values();
  }

  /** How many objects of the namespace ("" for all) have keys from `from` on. */
  count(namespace: string, from: string): number {
    const prefix = namespace ? `${this.prefix}${namespace}/` : this.prefix;
    const end = endOf(prefix);
    return this.#keys.count(orderOf(from > prefix ? from : prefix), end === undefined ? undefined : orderOf(end));
  }

  /** A set that holds all matches and few others, if an index has one. */
  #narrowed(selection: Selection): Iterable<Kept> | undefined {
    if (selection.name !== undefined && selection.namespace) {
      const one = this.#kept.get(this.keyOf(selection.namespace, selection.name));
      return one === undefined ? [] : [one];
    }
    let best: ReadonlySet<Kept> | undefined;
    const consider = (set: ReadonlySet<Kept> | undefined) => {
      const found = set ?? NOTHING;
      if (best === undefined || found.size < best.size) best = found;
    };
    for (const { key, value } of selection.fields) {
      if (INDEXED_FIELDS.includes(key)) consider(this.#byField.get(`${key}=${value}`));
    }
    for (const { key, value } of selection.labels) consider(this.#byLabel.find(key, value, this.#kept.values()));
    // Beyond a fraction of all, sorting costs more than walking the keys in order.
    return best !== undefined && best.size * 4 <= this.#keys.size + 64 ? best : undefined;
  }

  readonly #written = new Map<string, string>();

  #put(kept: Kept): void {
    const ordered = orderOf(kept.key);
    this.#kept.set(kept.key, kept);
    this.#keys.add(ordered);
    if (ordered !== kept.key) this.#written.set(ordered, kept.key);
    this.#byLabel.add(kept);
    if (kept.fields === undefined) return;
    for (const field of INDEXED_FIELDS) {
      const term = termOf(kept.fields, field);
      const set = term === undefined ? undefined : this.#byField.get(term);
      if (set !== undefined) set.add(kept);
      else if (term !== undefined) this.#byField.set(term, new Set([kept]));
    }
  }

  #remove(kept: Kept): void {
    const ordered = orderOf(kept.key);
    this.#kept.delete(kept.key);
    this.#keys.delete(ordered);
    this.#written.delete(ordered);
    this.#byLabel.delete(kept);
    if (kept.fields === undefined) return;
    for (const field of INDEXED_FIELDS) {
      const term = termOf(kept.fields, field);
      const set = term === undefined ? undefined : this.#byField.get(term);
      set?.delete(kept);
      if (set?.size === 0) this.#byField.delete(term!);
    }
  }
}

const termOf = (fields: Readonly<Record<string, string>>, field: string): string | undefined =>
  field in fields ? `${field}=${fields[field]}` : undefined;

const NOTHING: ReadonlySet<Kept> = new Set();
