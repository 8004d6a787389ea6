// CustomResourceDefinitions come to life: their names are accepted if nobody has them, their kinds are served, and when a
// definition goes its objects go first. It refuses to judge schemas (rules do) and to convert (conversion/ does).
// What upstream's apiextensions server does in four controllers of its own process.
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { pause } from "../../base/pause.ts";
import { isAbortOf } from "../../base/scope.ts";
import { formatTime } from "../../base/timestamp.ts";
import type { Client } from "../../client/client.ts";
import { customKinds, customVersions } from "../../resources/apiextensions/custom-kind.ts";
import {
  CLEANUP_FINALIZER,
  CustomResourceDefinition,
} from "../../resources/apiextensions/custom-resource-definition.ts";
import { conditionOf, isEstablished } from "../../resources/apiextensions/definition/conditions.ts";
import type { ConditionType } from "../../resources/apiextensions/definition/conditions.ts";
import type { CustomResourceDefinitionNames } from "../../resources/apiextensions/definition/spec.ts";
import { equalJson } from "../../schema/equality.ts";
import { hasReason } from "../../schema/meta/status.ts";
import type { Resource } from "../../schema/resource.ts";
import type { ConvertObjects } from "../conversion/conversion.ts";
import type { Kinds } from "../kinds.ts";

export interface CustomKindsOptions {
  readonly client: Client;
  readonly kinds: Kinds;
  /** The definitions at hand, without a request. */
  readonly definitions: () => readonly CustomResourceDefinition[];
  /** Who converts the objects of a definition; undefined where their version alone changes. */
  readonly converter: (definition: CustomResourceDefinition) => ConvertObjects | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const RETRY_MS = 1000;

/** Serves what was established before the server began: nobody may find a kind missing that was there. */
export function serveEstablished(options: Serving & Pick<CustomKindsOptions, "definitions">): void {
  const served = new Map<string, string>();
  for (const definition of options.definitions()) serve(options, served, definition);
}

type Serving = Pick<CustomKindsOptions, "kinds" | "converter">;

/** Follows the definitions until `signal` aborts. */
export async function keepCustomKinds(options: CustomKindsOptions, signal: AbortSignal): Promise<void> {
  const { clock, log } = options;
  while (!signal.aborted) {
    try {
      await follow(options, signal);
    } catch (error) {
      if (isAbortOf(signal, error)) return;
      log.info("custom resource definitions are looked at again", { error: String(error) });
    }
    if (!signal.aborted) await pause(clock, RETRY_MS, signal);
  }
}

async function follow(options: CustomKindsOptions, signal: AbortSignal): Promise<void> {
  const { client, kinds, definitions } = options;
  /** What each definition is served as, by name. */
  const served = new Map<string, string>();
  for await (const event of client.watch(CustomResourceDefinition, { sendInitialEvents: true, signal })) {
    if (event.type === "BOOKMARK") continue;
    const { object } = event;
    if (event.type === "DELETED") {
      withdraw(kinds, served, object);
      // Names that it held may be what others wait for.
      for (const other of definitions()) if (other.spec.group === object.spec.group) await step(options, served, other);
    } else await step(options, served, object);
  }
}

async function step(
  options: CustomKindsOptions,
  served: Map<string, string>,
  definition: CustomResourceDefinition,
): Promise<void> {
  try {
    if (definition.metadata.deletionTimestamp !== undefined) await clearUp(options, definition);
    else await accept(options, definition);
  } catch (error) {
    // The next event has what changed meanwhile.
    if (!hasReason(error, "Conflict", "NotFound")) throw error;
  }
  serve(options, served, definition);
}

function serve({ kinds, converter }: Serving, served: Map<string, string>, definition: CustomResourceDefinition): void {
  const { name = "" } = definition.metadata;
  const form = isEstablished(definition) ? JSON.stringify(definition.spec) : "";
  if ((served.get(name) ?? "") === form) return;
  withdraw(kinds, served, definition);
  if (form === "") return;
  const convert = converter(definition);
  const versions = convert && { convert, all: customVersions(definition) };
  for (const kind of customKinds(definition)) kinds.add(kind, versions);
  served.set(name, form);
}

function withdraw(kinds: Kinds, served: Map<string, string>, { metadata, spec }: CustomResourceDefinition): void {
  if (!served.delete(metadata.name ?? "")) return;
  kinds.remove({ group: spec.group, plural: spec.names.plural });
}

// Names

interface Names {
  readonly plurals: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

/** What others of the group are called: resources (plural, singular, short) and kinds (of one, of lists). */
function namesOfOthers({ kinds, definitions }: CustomKindsOptions, definition: CustomResourceDefinition): Names {
  const plurals = new Set<string>();
  const taken = new Set<string>();
  const { group } = definition.spec;
  for (const other of definitions()) {
    if (other.spec.group !== group || other.metadata.uid === definition.metadata.uid) continue;
    const { plural, singular, shortNames = [], kind, listKind } = other.status.acceptedNames;
    for (const name of [plural, singular, ...shortNames]) if (name) plurals.add(name);
    for (const name of [kind, listKind]) if (name) taken.add(name);
  }
  for (const { group: builtIn, versions } of kinds.groups()) {
    if (builtIn !== group) continue;
    for (const { kinds: served } of versions)
      for (const { resource } of served) if (!isOf(resource, definition)) addNames(resource, plurals, taken);
  }
  return { plurals, kinds: taken };
}

const isOf = (resource: Resource, { spec }: CustomResourceDefinition) => resource.plural === spec.names.plural;

function addNames(resource: Resource, plurals: Set<string>, kinds: Set<string>): void {
  for (const name of [resource.plural, resource.singular, ...resource.shortNames]) plurals.add(name);
  kinds.add(resource.kind).add(resource.listKind);
}

interface Judged {
  readonly accepted: CustomResourceDefinitionNames;
  /** The last conflict that was found; undefined when all names are free. */
  readonly conflict: { readonly reason: string; readonly message: string } | undefined;
}

/** A name that is free, or was accepted before, is accepted; each of the others keeps what was accepted before. */
function judge(definition: CustomResourceDefinition, taken: Names): Judged {
  const { names } = definition.spec;
  const before = definition.status.acceptedNames;
  let conflict: Judged["conflict"];
  const free = (used: ReadonlySet<string>, name: string | undefined, reason: string): boolean => {
    if (!name || !used.has(name)) return true;
    conflict = { reason, message: `${JSON.stringify(name)} is already in use` };
    return false;
  };
  const accepted = {
    plural: free(taken.plurals, names.plural, "PluralConflict") ? names.plural : before.plural,
    singular: free(taken.plurals, names.singular, "SingularConflict") ? names.singular : before.singular,
    shortNames: names.shortNames?.every((name) => free(taken.plurals, name, "ShortNamesConflict"))
      ? names.shortNames
      : names.shortNames && before.shortNames,
    kind: free(taken.kinds, names.kind, "KindConflict") ? names.kind : before.kind,
    listKind: free(taken.kinds, names.listKind, "ListKindConflict") ? names.listKind : before.listKind,
    categories: names.categories,
  };
  const given = Object.entries(accepted).filter(([, value]) => value !== undefined && value !== "");
  return { accepted: { kind: "", plural: "", ...Object.fromEntries(given) }, conflict };
}

async function accept(options: CustomKindsOptions, definition: CustomResourceDefinition): Promise<void> {
  const { client, clock } = options;
  const { accepted, conflict } = judge(definition, namesOfOthers(options, definition));
  const wasEstablished = isEstablished(definition);
  let next = withCondition(clock, definition, "NamesAccepted", {
    status: conflict === undefined ? "True" : "False",
    ...(conflict ?? { reason: "NoConflicts", message: "no conflicts found" }),
  });
  if (conflict === undefined && !wasEstablished)
    next = withCondition(clock, next, "Established", {
      status: "True",
      reason: "InitialNamesAccepted",
      message: "the initial names have been accepted",
    });
  else if (!wasEstablished)
    next = withCondition(clock, next, "Established", {
      status: "False",
      reason: "NotAccepted",
      message: "not all names are accepted",
    });
  next = { ...next, status: { ...next.status, acceptedNames: accepted } };
  if (equalJson(next.status, definition.status)) return;
  await client.update(CustomResourceDefinition, next, { subresource: "status" });
}

interface Stated {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** The time moves when the status does. */
function withCondition(
  clock: Clock,
  definition: CustomResourceDefinition,
  type: ConditionType,
  stated: Stated,
): CustomResourceDefinition {
  const before = conditionOf(definition, type);
  const since = before?.status === stated.status ? before.lastTransitionTime : undefined;
  const condition = { type, ...stated, lastTransitionTime: since ?? formatTime(clock.now()) };
  const others = definition.status.conditions ?? [];
  const conditions =
    before === undefined ? [...others, condition] : others.map((one) => (one === before ? condition : one));
  return { ...definition, status: { ...definition.status, conditions } };
}

// The end

/** Deletes all objects; when none is left the definition may go. */
async function clearUp(options: CustomKindsOptions, definition: CustomResourceDefinition): Promise<void> {
  const { client, clock, log } = options;
  const { finalizers = [] } = definition.metadata;
  if (!finalizers.includes(CLEANUP_FINALIZER)) return;
  const begun = withCondition(clock, definition, "Terminating", {
    status: "True",
    reason: "InstanceDeletionInProgress",
    message: "CustomResource deletion is in progress",
  });
  let current = definition;
  if (!equalJson(begun.status, definition.status))
    current = await client.update(CustomResourceDefinition, begun, { subresource: "status" });
  const [kind] = isEstablished(definition) ? customKinds(definition) : [];
  if (kind !== undefined) {
    const { items } = await client.list(kind, {});
    for (const { metadata } of items) {
      if (metadata.deletionTimestamp !== undefined) continue;
      await client
        .delete(kind, { namespace: metadata.namespace, name: metadata.name ?? "" })
        .catch((error: unknown) => {
          if (!hasReason(error, "NotFound")) throw error;
        });
    }
    const left = (await client.list(kind, {})).items.length;
    if (left > 0) {
      // Their finalizers hold them: looked at again, since nothing here watches custom resources.
      log.debug("a custom resource definition waits for its objects", { name: definition.metadata.name ?? "", left });
      clock.after(RETRY_MS, () => void again(options, definition));
      return;
    }
  }
  const rest = finalizers.filter((one) => one !== CLEANUP_FINALIZER);
  await client.update(CustomResourceDefinition, {
    ...current,
    metadata: { ...current.metadata, finalizers: rest },
  });
}

async function again(options: CustomKindsOptions, { metadata }: CustomResourceDefinition): Promise<void> {
  const present = options.definitions().find(({ metadata: other }) => other.uid === metadata.uid);
  try {
    if (present !== undefined) await clearUp(options, present);
  } catch (error) {
    if (!hasReason(error, "Conflict", "NotFound"))
      options.log.warn("a custom resource definition is not cleared up", { error: String(error) });
    if (present !== undefined) options.clock.after(RETRY_MS, () => void again(options, present));
  }
}
