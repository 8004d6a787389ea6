// Ownership after POST, PUT and PATCH (all but apply): who wrote what, recorded in metadata.managedFields.
// It refuses to change anything else of the object.
//
// Call it with the decoded, defaulted object before mutating admission, as upstream does: what admission and `prepare`
// fill in belongs to nobody. Example:
//   next = recordUpdate({ apiVersion: "v1", node: Pod.schema, live, next, manager: managerName(query, userAgent),
//     subresource: "", now: clock.now(), resetFields: resetFieldsOf(Pod, "") });
import { formatTime } from "../../base/timestamp.ts";
import { isJsonObject } from "../freeze.ts";
import type { ManagedFieldsEntry } from "../meta/object-meta.ts";
import type { JsonObject } from "../node.ts";
import { sameValue } from "./compare.ts";
import type { Comparison } from "./compare.ts";
import {
  ManagedFieldsError,
  NO_OWNERS,
  capUpdaters,
  ownerId,
  readOwners,
  sameButTimes,
  writeOwners,
} from "./entries.ts";
import type { Owner, Owners } from "./entries.ts";
import { difference, rememberedFor, union } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { Change, STRIPPED, reconcileOwners, takeFields } from "./ownership.ts";
import type { KindFacts } from "./ownership.ts";
import { emptyObject } from "./topology.ts";

export interface UpdateRecord extends KindFacts {
  /** Undefined on create. */
  readonly live: JsonObject | undefined;
  readonly next: JsonObject;
  /** See {@link managerName}. */
  readonly manager: string;
  /** "" for the object itself. */
  readonly subresource: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** `next` with the ownership that follows from this write. */
export function recordUpdate(record: UpdateRecord): JsonObject {
  const { live, next, subresource } = record;
  const given = ownersGiven(live, next, subresource !== "");
  // Once nobody is tracked (an old object, or a reset) only apply begins to track again.
  if (given.size === 0 && live) return withEntries(next, []);
  return withEntries(next, writeOwners(capUpdaters(updateOwners(given, record))));
}

/** The owners after the write, not capped. */
export function updateOwners(given: Owners, record: UpdateRecord): Owners {
  const { apiVersion, manager, subresource, now } = record;
  const change = new Change(record, record.live ?? emptyObject(record.node), record.next);
  const owners = takeFields(reconcileOwners(given, record), change, undefined).owners;
  const set = written(change.in(apiVersion)!);
  if (set.size === 0) return owners;
  const owner: Owner = {
    manager: manager || "unknown",
    operation: "Update",
    apiVersion,
    subresource,
    time: formatTime(now),
    set,
  };
  const id = ownerId(owner);
  const before = owners.get(id);
  const result = new Map(owners);
  result.set(id, before ? { ...owner, set: joined(before.set, set) } : owner);
  return result;
}

const writtenBy = new WeakMap<Comparison, FieldSet>();

/** What the writer owns of a change: the same set for changes of one shape, and so the same JSON. */
function written(compared: Comparison): FieldSet {
  let set = writtenBy.get(compared);
  if (set === undefined)
    writtenBy.set(compared, (set = difference(union(compared.modified, compared.added), STRIPPED)));
  return set;
}

const unions = new WeakMap<FieldSet, WeakMap<FieldSet, FieldSet>>();
const joined = (a: FieldSet, b: FieldSet): FieldSet => rememberedFor(unions, a, b, () => union(a, b));

/**
 * The owners before the write: the live object's, unless the client sent others. `[]` or `[{}]` forgets all. Entries
 * that cannot be read count as not sent. A subresource never takes them from the client.
 */
function ownersGiven(live: JsonObject | undefined, next: JsonObject, isSubresource: boolean): Owners {
  const sent = isSubresource ? undefined : entriesOf(next);
  if (sent && (sent.length === 0 || (sent.length === 1 && Object.keys(sent[0]!).length === 0))) return NO_OWNERS;
  if (sent && sent !== entriesOf(live)) {
    const owners = readableOwners(sent);
    if (owners.size > 0) return owners;
  }
  return readableOwners(entriesOf(live));
}

function readableOwners(entries: readonly ManagedFieldsEntry[] | undefined): Owners {
  try {
    return readOwners(entries);
  } catch (error) {
    if (error instanceof ManagedFieldsError) return NO_OWNERS;
    throw error;
  }
}

/** metadata.managedFields, undefined if absent or null. */
export function entriesOf(object: JsonObject | undefined): readonly ManagedFieldsEntry[] | undefined {
  const metadata = object?.["metadata"];
  const entries = isJsonObject(metadata) ? metadata["managedFields"] : undefined;
  return Array.isArray(entries) ? (entries as readonly ManagedFieldsEntry[]) : undefined;
}

/** The object with these entries, without the field when there are none. */
export function withEntries<T extends JsonObject>(object: T, entries: readonly ManagedFieldsEntry[]): T {
  const held = isJsonObject(object["metadata"]) ? object["metadata"] : {};
  const { managedFields: before, ...metadata } = held;
  if (entries.length === 0) return before === undefined ? object : { ...object, metadata };
  return { ...object, metadata: { ...metadata, managedFields: entries } };
}

/** Upstream's bound on a manager's name taken from the User-Agent, in bytes. */
const MAX_AGENT = 128;

/** Who manages: `fieldManager` of the query, else the product of the User-Agent (`kubectl/v1.37 (…)` is `kubectl`). */
export function managerName(fieldManager: string | undefined, userAgent: string): string {
  if (fieldManager) return fieldManager;
  const product = userAgent.split("/")[0]!;
  let name = "";
  let bytes = 0;
  for (const character of product) {
    if (!/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character)) continue;
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_AGENT) break;
    name += character;
  }
  return name || "unknown";
}

/**
 * `next` with `live`'s entries if only times differ and the objects are the same otherwise: so that a write that
 * changes nothing is no write. `next` itself in all other cases.
 */
export function withoutNewTimes(live: JsonObject, next: JsonObject): JsonObject {
  const before = entriesOf(live);
  const after = entriesOf(next);
  if (before === after || !before || !after || before.length !== after.length) return next;
  if (!sameButTimes(readable(before), readable(after))) return next;
  const restored = withEntries(next, before);
  return sameValue(live, restored) ? restored : next;
}

/** Entries, or none where they cannot be read. */
const readable = (entries: readonly ManagedFieldsEntry[]) => (readableOwners(entries).size > 0 ? entries : []);
