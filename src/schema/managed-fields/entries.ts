// metadata.managedFields as a table: who owns which set, and back. It refuses to decide ownership (update.ts and
// apply.ts do).
import { sameSet, union } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { parseFieldsV1, printFieldsV1 } from "./fields-v1.ts";
import { goJson } from "./path-element.ts";
import type { ManagedFieldsEntry } from "../meta/object-meta.ts";

/** One manager's part. Applies of all versions are one owner, updates are one for each version. */
export interface Owner {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly set: FieldSet;
}

/** Keyed by {@link ownerId}. */
export type Owners = ReadonlyMap<string, Owner>;

export const NO_OWNERS: Owners = new Map();

/** The identity of an owner; also what messages are sorted by. */
export function ownerId(owner: Pick<Owner, "manager" | "operation" | "apiVersion" | "subresource">): string {
  const { manager, operation, apiVersion, subresource } = owner;
  const parts = [
    manager && `"manager":${goJson(manager)}`,
    `"operation":"${operation}"`,
    operation === "Update" && apiVersion && `"apiVersion":${goJson(apiVersion)}`,
    subresource && `"subresource":${goJson(subresource)}`,
  ];
  return `{${parts.filter(Boolean).join(",")}}`;
}

/** The reason why entries cannot be taken. */
export class ManagedFieldsError extends Error {
  override readonly name = "ManagedFieldsError";
}

/** Throws a ManagedFieldsError on entries that upstream refuses. */
export function readOwners(entries: readonly ManagedFieldsEntry[] | undefined | null): Owners {
  if (!entries || entries.length === 0) return NO_OWNERS;
  const owners = new Map<string, Owner>();
  for (const [i, entry] of entries.entries()) {
    const owner = readOwner(entry, i);
    owners.set(ownerId(owner), owner);
  }
  return owners;
}

function readOwner(entry: ManagedFieldsEntry, index: number): Owner {
  const { manager = "", operation, apiVersion = "", subresource = "", time, fieldsType = "", fieldsV1 } = entry;
  if (operation !== "Apply" && operation !== "Update")
    throw new ManagedFieldsError("operation must be `Apply` or `Update`");
  if (!apiVersion) throw new ManagedFieldsError("apiVersion must not be empty");
  if (!fieldsType) throw new ManagedFieldsError(`missing fieldsType in managed fields entry ${index}`);
  if (fieldsType !== "FieldsV1") {
    throw new ManagedFieldsError(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`);
  }
  try {
    return { manager, operation, apiVersion, subresource, time: time ?? undefined, set: parseFieldsV1(fieldsV1) };
  } catch (error) {
    throw new ManagedFieldsError(`error decoding set: ${(error as Error).message}`, { cause: error });
  }
}

/** Entries in upstream's order: applies first, then by time, manager, version and subresource. */
export function writeOwners(owners: Owners): readonly ManagedFieldsEntry[] {
  return [...owners.values()].sort(compareOwners).map((owner) => ({
    ...(owner.manager && { manager: owner.manager }),
    operation: owner.operation,
    apiVersion: owner.apiVersion,
    ...(owner.time && { time: owner.time }),
    fieldsType: "FieldsV1",
    fieldsV1: printFieldsV1(owner.set),
    ...(owner.subresource && { subresource: owner.subresource }),
  }));
}

function compareOwners(a: Owner, b: Owner): number {
  return (
    compare(a.operation, b.operation) ||
    compare(a.time ?? "", b.time ?? "") ||
    compare(a.manager, b.manager) ||
    compare(a.apiVersion, b.apiVersion) ||
    compare(a.subresource, b.subresource)
  );
}

const compare = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);

/** How many owners by Update an object keeps before the oldest are thrown together. */
const MAX_UPDATERS = 10;
const OLD_UPDATERS = "ancient-changes";

/** Owners with the oldest updaters of each version merged into one, once there are too many. */
export function capUpdaters(owners: Owners): Owners {
  const updaters = [...owners].filter(([, owner]) => owner.operation === "Update");
  if (updaters.length <= MAX_UPDATERS) return owners;
  updaters.sort(([i, a], [j, b]) => compare(a.time ?? "", b.time ?? "") || compare(i, j));
  const result = new Map(owners);
  const firstOf = new Map<string, string>();
  let count = updaters.length;
  for (const [id, owner] of updaters) {
    if (count <= MAX_UPDATERS) break;
    const first = firstOf.get(owner.apiVersion);
    if (first === undefined) {
      firstOf.set(owner.apiVersion, id);
      continue;
    }
    const bucket: Owner = { ...owner, manager: OLD_UPDATERS, subresource: "" };
    const bucketId = ownerId(bucket);
    const held = result.get(bucketId) ?? result.get(first)!;
    if (!result.has(bucketId)) result.delete(first);
    result.delete(id);
    result.set(bucketId, { ...bucket, set: union(owner.set, held.set) });
    count--;
  }
  return result;
}

/** Whether two lists of entries say the same but for their times. */
export function sameButTimes(
  a: readonly ManagedFieldsEntry[] | undefined,
  b: readonly ManagedFieldsEntry[] | undefined,
): boolean {
  if (a === b) return true;
  if ((a?.length ?? 0) !== (b?.length ?? 0)) return false;
  const theirs = readOwners(b);
  for (const [id, owner] of readOwners(a)) {
    const other = theirs.get(id);
    if (!other || other.apiVersion !== owner.apiVersion || !sameSet(owner.set, other.set)) return false;
  }
  return true;
}
