// Server-side apply: a configuration merged into the live object, with ownership, conflicts and removal of what its
// manager
// no longer applies. It refuses to default, validate or store: the result goes on like any other write.
//
// Example: const { object, changed } = applyPatch({ apiVersion: "v1", kind: "Pod", node: Pod.schema, live, config,
//   manager: "helm", force: false, subresource: "", now: clock.now() });  // throws a StatusError 400, 409 or 500
import { formatTime } from "../../base/timestamp.ts";
import type { JsonObject } from "../node.ts";
import { StatusError, badRequest } from "../meta/status.ts";
import { getAt } from "../pointer.ts";
import { checkConfig } from "./check.ts";
import { sameValue } from "./compare.ts";
import { conflictError } from "./conflicts.ts";
import type { Conflicts } from "./conflicts.ts";
import { capUpdaters, ManagedFieldsError, ownerId, readOwners, writeOwners } from "./entries.ts";
import type { Owner, Owners } from "./entries.ts";
import { extractSet } from "./extract.ts";
import { difference, has, intersection, paths, recursiveDifference, setOf, union } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { LAST_APPLIED_MANAGER, fieldsLastApplied, withLastApplied } from "./last-applied.ts";
import { mergeConfig } from "./merge.ts";
import { Change, STRIPPED, reconcileOwners, takeFields } from "./ownership.ts";
import type { KindFacts } from "./ownership.ts";
import { removeFields, withNamedFields } from "./remove.ts";
import { entriesOf, updateOwners, withEntries } from "./update.ts";

/** Who owns what stood in an object before anybody was tracked. */
const BEFORE_FIRST_APPLY = "before-first-apply";

export interface ApplyRequest extends KindFacts {
  readonly kind: string;
  /** Undefined where the apply creates the object. */
  readonly live: JsonObject | undefined;
  /** What was sent, in the version `apiVersion`: not defaulted, not pruned. */
  readonly config: JsonObject;
  /** `fieldManager` of the query. */
  readonly manager: string;
  readonly force: boolean;
  /** "" for the object itself. */
  readonly subresource: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Applied {
  /** In the version of the request, with metadata.managedFields; to be defaulted and validated. May hold nulls. */
  readonly object: JsonObject;
  /** False if the configuration left the object as it was (owners may have changed all the same). */
  readonly changed: boolean;
}

export function applyPatch(request: ApplyRequest): Applied {
  checkRequest(request);
  const { live, manager, config } = request;
  const given = trackedOwners(request);
  let attempt = applyOnce(request, given, request.force);
  if ("conflicts" in attempt && manager === LAST_APPLIED_MANAGER && live) {
    const allowed = fieldsLastApplied(request, live);
    const left = allowed && notAllowed(attempt.conflicts, allowed);
    if (left?.size === 0) attempt = applyOnce(request, given, true);
    else if (left) throw conflictError(left);
  }
  if ("conflicts" in attempt) throw conflictError(attempt.conflicts);
  const { owners, object, changed } = attempt;
  const result = manager === LAST_APPLIED_MANAGER ? withLastApplied(object, config) : object;
  return { object: withEntries(result, writeOwners(owners)), changed };
}

/** 400 for what is not of the endpoint's kind, 500 for what does not fit its schema. */
function checkRequest({ apiVersion, kind, node, config }: ApplyRequest): void {
  const gvk = (version: unknown, name: unknown) =>
    `${String(version).includes("/") ? "" : "/"}${String(version)}, Kind=${String(name)}`;
  if (config["apiVersion"] !== apiVersion || config["kind"] !== kind) {
    throw badRequest(`invalid object type: ${gvk(config["apiVersion"] ?? "", config["kind"] ?? "")}`);
  }
  const sent = getAt(config, ["metadata", "managedFields"]);
  if (sent !== undefined && sent !== null) throw badRequest("metadata.managedFields must be nil");
  const fault = checkConfig(node, config);
  if (fault === undefined) return;
  const text = (name: string) => (getAt(config, ["metadata", name]) ?? "") as string;
  const what = `${text("namespace")}/${text("name")}; ${gvk(apiVersion, kind)}`;
  throw new StatusError({ code: 500, reason: "", message: `failed to create typed patch object (${what}): ${fault}` });
}

/** The live object's owners; if there are none, all it holds is somebody's from before the first apply. */
function trackedOwners(request: ApplyRequest): Owners {
  const { live } = request;
  let owners: Owners;
  try {
    owners = readOwners(entriesOf(live));
  } catch (error) {
    if (!(error instanceof ManagedFieldsError)) throw error;
    throw new StatusError({ code: 500, reason: "", message: `failed to decode managed fields: ${error.message}` });
  }
  if (owners.size > 0 || !live) return owners;
  const { resetFields: _all, ...facts } = request;
  return capUpdaters(updateOwners(owners, { ...facts, live: undefined, next: live, manager: BEFORE_FIRST_APPLY }));
}

type Attempt = { readonly conflicts: Conflicts } | (Applied & { readonly owners: Owners });

function applyOnce(request: ApplyRequest, given: Owners, force: boolean): Attempt {
  const { apiVersion, node, manager, subresource, config, resetFields, now } = request;
  const live = withEntries(request.live ?? {}, []);
  const owners = new Map(reconcileOwners(given, request));
  const identity = { manager, operation: "Apply" as const, apiVersion, subresource };
  const id = ownerId(identity);
  const last = owners.get(id);
  const extracted = extractSet(node, config);
  const set = resetFields ? recursiveDifference(extracted, resetFields) : extracted;
  owners.set(id, { ...identity, time: last?.time, set });
  const merged = mergeConfig(node, live, config) as JsonObject;
  const next = last ? pruneDropped(request, merged, last, owners) : merged;
  const taken = takeFields(owners, new Change(request, live, next), id);
  if (!force && taken.conflicts.size > 0) return { conflicts: taken.conflicts };
  const changed = !sameValue(live, next);
  const result = new Map(taken.owners);
  const kept = difference(set, STRIPPED);
  if (kept.size === 0) result.delete(id);
  else result.set(id, { ...identity, time: changed ? formatTime(now) : last?.time, set: kept });
  return { owners: result, object: changed ? next : live, changed };
}

/**
 * `merged` without what its manager applied last time, does not apply now, and nobody else owns. What nobody ever
 * applied (defaults inside a removed item stay with it) is not removed on its own.
 */
function pruneDropped(request: KindFacts, merged: JsonObject, last: Owner, owners: Owners): JsonObject {
  const { apiVersion, node } = request;
  const schema = last.apiVersion === apiVersion ? { node, from: same, to: same } : request.other?.(last.apiVersion);
  if (!schema || last.set.size === 0) return merged;
  const whole = schema.from(merged);
  const lastNamed = withNamedFields(schema.node, last.set);
  let pruned = removeFields(schema.node, whole, lastNamed) as JsonObject;
  for (const [version, owned] of ownedByVersion(owners, last.apiVersion)) {
    const view =
      version === last.apiVersion ? { node: schema.node, from: same, to: same } : viewFrom(request, schema, version);
    if (!view) continue;
    const wholeThere = view.from(whole);
    const all = withNamedFields(view.node, extractSet(view.node, wholeThere));
    const left = withNamedFields(view.node, extractSet(view.node, view.from(pruned)));
    const keep = union(left, withNamedFields(view.node, owned));
    pruned = view.to(removeFields(view.node, wholeThere, difference(all, keep)) as JsonObject);
  }
  const left = withNamedFields(schema.node, extractSet(schema.node, pruned));
  const all = withNamedFields(schema.node, extractSet(schema.node, whole));
  return schema.to(removeFields(schema.node, whole, intersection(difference(all, left), lastNamed)) as JsonObject);
}

const same = (object: JsonObject) => object;

/** What all owners own together, by version; the version pruned in comes first. */
function ownedByVersion(owners: Owners, first: string): ReadonlyMap<string, FieldSet> {
  const result = new Map<string, FieldSet>([[first, new Map()]]);
  for (const { apiVersion, set } of owners.values())
    result.set(apiVersion, union(result.get(apiVersion) ?? new Map(), set));
  return result;
}

/** Version `to`, seen from the version of `schema`. */
function viewFrom(request: KindFacts, schema: { from: typeof same; to: typeof same }, to: string) {
  if (to === request.apiVersion) return { node: request.node, from: schema.to, to: schema.from };
  const other = request.other?.(to);
  if (!other) return undefined;
  return {
    node: other.node,
    from: (object: JsonObject) => other.from(schema.to(object)),
    to: (object: JsonObject) => schema.from(other.to(object)),
  };
}

/** The conflicts outside `allowed`. */
function notAllowed(conflicts: Conflicts, allowed: FieldSet): Conflicts {
  const result = new Map<string, { owner: Owner; set: FieldSet }>();
  for (const [id, { owner, set }] of conflicts) {
    const left = [...paths(set)].filter((path) => !has(allowed, path));
    if (left.length > 0) result.set(id, { owner, set: setOf(...left) });
  }
  return result;
}
