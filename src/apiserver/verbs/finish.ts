// From a decoded object to the one that is stored: managed fields, admission, system fields, prepare, rules, admission
// again. It refuses to store (commit.ts); inside the optimistic loop all of it runs again from the read.
import { formatTime } from "../../base/timestamp.ts";
import { nameSuffix, uuid } from "../../base/random.ts";
import { applyDefaults } from "../../schema/default.ts";
import { canonicalFrom } from "../../schema/decode.ts";
import { dropDisabled } from "../../schema/prune.ts";
import { equalJson } from "../../schema/equality.ts";
import type { ObjectMeta } from "../../schema/meta/object-meta.ts";
import { badRequest, conflict, invalid, StatusError } from "../../schema/meta/status.ts";
import type { JsonObject } from "../../schema/node.ts";
import type { KubeObject, Operation, RequestFacts, Resource } from "../../schema/resource.ts";
import { validate } from "../../schema/validate.ts";
import type { AdmissionRequest, Rounds } from "../admission/plugin.ts";
import type { Allocated } from "../allocation/allocator.ts";
import type { ServedKind } from "../kinds.ts";
import type { Parts } from "../parts.ts";
import { targetOf } from "./call.ts";
import type { Call } from "./call.ts";
import { throughView, visibleOnCreate } from "./views.ts";

/** An object ready to be stored, in its worked-on form, and what must be told once it is (or is not). */
export interface Finished {
  readonly object: KubeObject;
  readonly settle: Allocated["settle"];
}

/** Puts the managed fields of a write into its object; `live` is undefined on create. */
export type Ownership = (object: KubeObject, live: KubeObject | undefined) => KubeObject;

/** The longest prefix of a generated name that leaves room for its five letters. */
const MOST_PREFIX = 58;

export const facts = (call: Call, operation: Operation): RequestFacts => {
  const { user } = call.context;
  return {
    operation,
    subresource: call.subresource,
    user: {
      name: user.name,
      groups: user.groups,
      ...(user.uid !== undefined && { uid: user.uid }),
      ...(user.extra !== undefined && { extra: user.extra }),
    },
    now: call.parts.clock.now(),
    enabled: call.parts.enabled,
  };
};

/** Fills in the namespace of the URL; another one in the body is refused. */
export function withNamespace(call: Call, object: KubeObject): KubeObject {
  const { namespace } = object.metadata ?? {};
  if (call.served.resource.scope === "Cluster") return object;
  if (namespace === undefined || namespace === "") return withMetadata(object, { namespace: call.namespace });
  if (namespace !== call.namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  return object;
}

/** The object with some metadata replaced; `undefined` takes a field away. */
export function withMetadata(
  object: KubeObject,
  changes: { readonly [K in keyof ObjectMeta]?: ObjectMeta[K] | undefined },
): KubeObject {
  const metadata: Record<string, unknown> = { ...object.metadata };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete metadata[name];
    else metadata[name] = value;
  }
  return { ...object, metadata: metadata as unknown as ObjectMeta };
}

/** `sent`: in canonical form, with its defaults. Each try of a generated name is a fresh call. */
export async function finishCreate(call: Call, sent: KubeObject, own: Ownership, dryRun: boolean): Promise<Finished> {
  const { parts, served } = call;
  const { resource } = served;
  let object = withNamespace(call, sent);
  if (object.metadata?.resourceVersion) throw createWithVersion();
  object = own(object, undefined);
  object = await mutated(call, "create", object, undefined, dryRun);
  const { name, generateName } = object.metadata;
  object = withMetadata(object, {
    ...(!name && generateName && { name: generateName.slice(0, MOST_PREFIX) + nameSuffix(parts.random) }),
    uid: uuid(parts.random),
    creationTimestamp: formatTime(parts.clock.now()),
    generation: hasGeneration(resource) ? 1 : undefined,
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
    selfLink: undefined,
  });
  object = visibleOnCreate(resource, object);
  return finished(call, { operation: "create", object, old: undefined, known: sent, dryRun });
}

const createWithVersion = () =>
  new StatusError({ code: 500, reason: "", message: "resourceVersion should not be set on objects to be created" });

/** `old`: what is stored, with its resourceVersion. The result keeps it. */
export async function finishUpdate(
  call: Call,
  sent: KubeObject,
  old: KubeObject,
  own: Ownership,
  dryRun: boolean,
): Promise<Finished> {
  const { resource } = call.served;
  let object = own(withNamespace(call, sent), old);
  object = await mutated(call, "update", object, old, dryRun);
  const { metadata } = object;
  const was = old.metadata;
  object = withMetadata(object, {
    uid: metadata.uid || was.uid,
    creationTimestamp: was.creationTimestamp,
    generation: was.generation,
    deletionTimestamp: was.deletionTimestamp ?? metadata.deletionTimestamp,
    deletionGracePeriodSeconds: metadata.deletionGracePeriodSeconds ?? was.deletionGracePeriodSeconds,
    generateName: metadata.generateName ?? was.generateName,
    resourceVersion: was.resourceVersion,
    selfLink: undefined,
  });
  object = throughView(resource, call.subresource, object, old);
  return finished(call, { operation: "update", object, old, known: old, dryRun });
}

export function wrongUid(call: Call, wanted: string, actual: string): StatusError {
  return conflict(
    targetOf(call),
    call.name,
    `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${actual}`,
  );
}

/** What a write has made of an object so far. */
interface Made {
  readonly operation: Operation;
  readonly object: KubeObject;
  readonly old: KubeObject | undefined;
  /** An object in canonical form that this one was made from. */
  readonly known: KubeObject;
  readonly dryRun: boolean;
}

/** Prepare, generation, rules, allocation, validating admission. */
async function finished(call: Call, made: Made): Promise<Finished> {
  const { operation, object: sent, old, known, dryRun } = made;
  const { parts, served } = call;
  const { resource } = served;
  const request = facts(call, operation);
  const enabled = dropDisabled(resource.schema, sent, old, parts.enabled) as KubeObject;
  let object = resource.prepare === undefined ? enabled : resource.prepare(enabled, old, request);
  if (old !== undefined) object = withGeneration(resource, object, old);
  object = canonical(resource, object, known);
  const { errors, warnings } = validate(resource, object, { old, request });
  if (errors.length > 0) throw invalid(served.stored, object.metadata.name ?? "", errors);
  for (const warning of warnings) call.context.warn(warning);
  const allocated = allocate(parts, resource, object, old);
  try {
    if (allocated.object !== object) object = canonical(resource, allocated.object, object);
    await validated(call, operation, object, old, dryRun);
  } catch (error) {
    allocated.settle(undefined);
    throw error;
  }
  return { object, settle: (revision) => allocated.settle(revision) };
}

const hasGeneration = ({ generationOf }: Resource) => "allBut" in generationOf || generationOf.length > 0;

/** The top-level fields whose change raises the generation. */
function generationFields({ generationOf }: Resource, object: KubeObject, old: KubeObject): readonly string[] {
  if (!("allBut" in generationOf)) return generationOf;
  const never = ["apiVersion", "kind", "metadata", ...generationOf.allBut];
  return Object.keys({ ...old, ...object }).filter((name) => !never.includes(name));
}

/** Generation rises when what is desired changes, or when `prepare` has raised it. */
function withGeneration(resource: Resource, object: KubeObject, old: KubeObject): KubeObject {
  const before = old.metadata.generation ?? 0;
  if ((object.metadata.generation ?? 0) !== before) return object;
  const of = (o: KubeObject, field: string) => (o as unknown as Record<string, unknown>)[field];
  if (
    generationFields(resource, object, old).every(
      (field) => of(object, field) === of(old, field) || equalJson(of(object, field), of(old, field)),
    )
  )
    return object;
  return withMetadata(object, { generation: before + 1 });
}

/**
 * Frozen, keys in declared order: what pure functions of kinds and plugins returned is not trusted to be, except where
 * it still is what stood there in `known`, which is in that form.
 */
export function canonical(resource: Resource, object: KubeObject, known: KubeObject): KubeObject {
  return canonicalFrom(resource.schema, object, known) as unknown as KubeObject;
}

function allocate(parts: Parts, resource: Resource, object: KubeObject, old: KubeObject | undefined): Allocated {
  const nothing: Allocated = { object, settle: () => {} };
  if (resource.allocates.length === 0) return nothing;
  const allocator = parts.allocators.find((one) => one.group === resource.group && one.plural === resource.plural);
  return allocator?.allocate(object, old) ?? nothing;
}

function admissionRequest(
  call: Call,
  operation: Operation,
  object: KubeObject,
  old: KubeObject | undefined,
  dryRun: boolean,
  { rounds, body }: { readonly rounds?: Rounds; readonly body?: ServedKind } = {},
): AdmissionRequest & { object: KubeObject } {
  return {
    operation,
    resource: call.served.resource,
    subresource: call.subresource,
    namespace: call.namespace,
    name: call.name || (object.metadata?.name ?? ""),
    object,
    old,
    dryRun,
    context: call.context,
    rounds,
    body,
  };
}

/** The first round of mutating plugins; `second` is there once somebody asked for it. */
class FirstRound implements Rounds {
  readonly isSecond = false;
  readonly memory = new Map<string, unknown>();
  second: Rounds | undefined;

  again(): void {
    this.second ??= { isSecond: true, memory: this.memory, again: () => {} };
  }
}

/**
 * The defaults of what plugins brought in follow the last one: ours read nothing of each other that a default makes. `body`
 * is the kind of a command's object.
 */
export async function mutated(
  call: Call,
  operation: Operation,
  sent: KubeObject,
  old: KubeObject | undefined,
  dryRun: boolean,
  body?: ServedKind,
): Promise<KubeObject> {
  const { parts, served } = call;
  let object = sent;
  const first = new FirstRound();
  for (
    let rounds: Rounds | undefined = first;
    rounds !== undefined;
    rounds = rounds.isSecond ? undefined : first.second
  ) {
    let request: (AdmissionRequest & { object: KubeObject }) | undefined;
    for (const plugin of parts.admission) {
      if (plugin.mutate === undefined) continue;
      if (request?.object !== object)
        request = admissionRequest(call, operation, object, old, dryRun, { rounds, ...(body && { body }) });
      const made = plugin.mutate(request, parts.admissionServices);
      object = made instanceof Promise ? await made : made;
    }
  }
  return object === sent ? sent : (applyDefaults((body ?? served.resource).schema, object) as KubeObject);
}

export async function validated(
  call: Call,
  operation: Operation,
  object: KubeObject,
  old: KubeObject | undefined,
  dryRun: boolean,
  body?: ServedKind,
): Promise<void> {
  const request = admissionRequest(call, operation, object, old, dryRun, body && { body });
  for (const plugin of call.parts.admission) {
    const judged = plugin.validate?.(request, call.parts.admissionServices);
    if (judged instanceof Promise) await judged;
  }
}

/** Validating admission of a deletion or a connection. */
export async function admitted(
  call: Call,
  operation: "delete" | "connect",
  name: string,
  old: KubeObject | undefined,
  dryRun: boolean,
  object?: KubeObject,
  connection?: JsonObject,
): Promise<void> {
  const request: AdmissionRequest = {
    operation,
    resource: call.served.resource,
    subresource: call.subresource,
    namespace: call.namespace,
    name,
    object,
    old,
    dryRun,
    context: call.context,
    fixed: true,
    connection,
  };
  for (const plugin of call.parts.admission) {
    const judged = plugin.validate?.(request, call.parts.admissionServices);
    if (judged instanceof Promise) await judged;
  }
}
