// How ownership changes when an object does: whose fields were taken, and conflicts. It refuses to know HTTP verbs.
import type { JsonObject, Node } from "../node.ts";
import { compareShapes, withoutFields } from "./compare.ts";
import type { Comparison } from "./compare.ts";
import type { Owner, Owners } from "./entries.ts";
import { difference, intersection, rememberedFor, setOf, union } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { withAtomicsWhole } from "./remove.ts";

/** Another version of the kind, seen from the version of the request. */
export interface OtherSchema {
  readonly node: Node;
  /** From the request's version to this one, and back. */
  readonly from: (object: JsonObject) => JsonObject;
  readonly to: (object: JsonObject) => JsonObject;
}

/** What a kind means to field ownership. */
export interface KindFacts {
  /** The version of the request; objects are given in it. */
  readonly apiVersion: string;
  readonly node: Node;
  /** Other versions by apiVersion; undefined for one that is not served (any more): what it owns is forgotten. */
  readonly other?: (apiVersion: string) => OtherSchema | undefined;
  /** What this endpoint never writes (see reset-fields.ts). */
  readonly resetFields?: FieldSet;
}

/** Server's fields that nobody owns. */
export const STRIPPED: FieldSet = setOf(
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((name) => ["f:metadata", `f:${name}`]),
);

/** Comparisons of one change in each version that owners speak. */
export class Change {
  readonly #kind: KindFacts;
  readonly #before: JsonObject;
  readonly #after: JsonObject;
  readonly #byVersion = new Map<string, Comparison | undefined>();

  constructor(kind: KindFacts, before: JsonObject, after: JsonObject) {
    this.#kind = kind;
    this.#before = before;
    this.#after = after;
  }

  /** In `apiVersion`; undefined if that version is unknown. */
  in(apiVersion: string): Comparison | undefined {
    if (!this.#byVersion.has(apiVersion)) this.#byVersion.set(apiVersion, this.#compare(apiVersion));
    return this.#byVersion.get(apiVersion);
  }

  #compare(apiVersion: string): Comparison | undefined {
    const { node, resetFields, other } = this.#kind;
    if (apiVersion === this.#kind.apiVersion) {
      return withoutFields(compareShapes(node, this.#before, this.#after), resetFields);
    }
    const schema = other?.(apiVersion);
    if (!schema) return undefined;
    const compared = compareShapes(schema.node, schema.from(this.#before), schema.from(this.#after));
    return withoutFields(compared, resetFields);
  }
}

export interface Taken {
  /** Owners after the change, `except` untouched. */
  readonly owners: Owners;
  /** What others owned and the change gave another value. */
  readonly conflicts: ReadonlyMap<string, { readonly owner: Owner; readonly set: FieldSet }>;
}

const takings = new WeakMap<Comparison, WeakMap<FieldSet, { readonly lost: FieldSet; readonly left: FieldSet }>>();

/** What a change by somebody else takes from a set, and what it leaves. */
function take(set: FieldSet, { modified, added, removed }: Comparison): { lost: FieldSet; left: FieldSet } {
  const written = union(modified, added);
  const lost = written.size > 0 ? intersection(set, written) : written;
  return { lost, left: difference(difference(set, lost), removed) };
}

/**
 * What everyone but `except` keeps after `change`. Owners that are left with nothing, or of unknown versions, are
 * gone.
 */
export function takeFields(owners: Owners, change: Change, except: string | undefined): Taken {
  const result = new Map<string, Owner>();
  const conflicts = new Map<string, { owner: Owner; set: FieldSet }>();
  for (const [id, owner] of owners) {
    if (id === except) {
      if (owner.set.size > 0) result.set(id, owner);
      continue;
    }
    const compared = change.in(owner.apiVersion);
    if (!compared) continue;
    const { lost, left: set } = rememberedFor(takings, compared, owner.set, () => take(owner.set, compared));
    if (lost.size > 0) conflicts.set(id, { owner, set: lost });
    if (set.size > 0) result.set(id, set === owner.set ? owner : { ...owner, set });
  }
  return { owners: result, conflicts };
}

/** Owners as today's schema sees their sets. */
export function reconcileOwners(owners: Owners, kind: KindFacts): Owners {
  let result: Map<string, Owner> | undefined;
  for (const [id, owner] of owners) {
    const node = owner.apiVersion === kind.apiVersion ? kind.node : kind.other?.(owner.apiVersion)?.node;
    if (!node) continue;
    const set = withAtomicsWhole(node, owner.set);
    if (set === owner.set) continue;
    result ??= new Map(owners);
    result.set(id, { ...owner, set });
  }
  return result ?? owners;
}
