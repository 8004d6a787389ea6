// DELETE of one object: at once, or marked while finalizers or a grace period hold it. It refuses to send or encode.
// Specification: "Object lifecycle": deletionTimestamp, grace period, finalizers, propagation policies.
import { formatTime, parseTime } from "../../base/timestamp.ts";
import { conflict, notFound } from "../../schema/meta/status.ts";
import type { Namespace } from "../../resources/core/namespace.ts";
import type { Deletion, KubeObject } from "../../schema/resource.ts";
import type { Kept } from "../watch-cache/kept.ts";
import { success, targetOf } from "./call.ts";
import type { Answer, Call } from "./call.ts";
import { cacheOf, put, readCurrent, remove, workedLater } from "./commit.ts";
import { admitted, withMetadata } from "./finish.ts";
import type { DeleteOptions } from "./options.ts";

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";

/** Some kinds tell whoever leaves it open what becomes of dependents. */
export function warnOfOpenPropagation({ served, context }: Call, { propagation }: DeleteOptions): void {
  const { openPropagation } = served.resource.deletion;
  if (openPropagation !== undefined && propagation === undefined) context.warn(openPropagation);
}

export async function deleteOne(call: Call, options: DeleteOptions): Promise<Answer> {
  warnOfOpenPropagation(call, options);
  const key = cacheOf(call.served).keyOf(call.namespace, call.name);
  let current = await readCurrent(call, key);
  for (;;) {
    if (current === undefined) throw notFound(targetOf(call), call.name);
    const done = await deleteKept(call, current, options);
    if ("answer" in done) return done.answer;
    current = done.current;
  }
}

/** One round; `current` in the result: somebody was faster. */
export async function deleteKept(
  call: Call,
  current: Kept,
  options: DeleteOptions,
): Promise<{ answer: Answer } | { current: Kept | undefined }> {
  const { served } = call;
  const old = await workedLater(served, current);
  checkPreconditions(call, old, options);
  await admitted(call, "delete", call.name, old, options.dryRun);
  const { marked, ends } = mark(call, old, options);
  let last = current;
  if (marked !== undefined && marked !== old) {
    if (options.dryRun)
      return { answer: ends ? goneAnswer(call, marked) : { type: "object", code: 200, object: marked, served } };
    const done = await put(call, current.key, marked, current);
    if (!done.ok) return { current: done.current };
    last = done.kept;
  }
  if (!ends) return { answer: { type: "kept", code: 200, kept: last, served } };
  if (options.dryRun) return { answer: goneAnswer(call, old) };
  const gone = await remove(call, last);
  return gone.ok ? { answer: goneAnswer(call, old, last) } : { current: gone.current };
}

function checkPreconditions(
  call: Call,
  old: KubeObject,
  { uid, resourceVersion, ignoreReadErrors }: DeleteOptions,
): void {
  const { metadata } = old;
  const refuse = (what: string, wanted: string, actual: string | undefined) =>
    conflict(
      targetOf(call),
      call.name,
      `Precondition failed: ${what} in precondition: ${wanted}, ${what} in ${what === "UID" ? "object meta" : "object meta"}: ${actual ?? ""}`,
    );
  if (uid !== undefined && uid !== metadata.uid) throw refuse("UID", uid, metadata.uid);
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      targetOf(call),
      call.name,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`,
    );
  }
  if (ignoreReadErrors) {
    const key = `/registry/${call.served.stored.plural}/${call.namespace ? `${call.namespace}/` : ""}${call.name}`;
    throw conflict(
      targetOf(call),
      call.name,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: unsafe deletion is not allowed because the object is decodable from storage`,
    );
  }
}

/** What a deletion makes of an object before it goes, and whether it goes now. */
interface Marked {
  /** Undefined when nothing has to be written. */
  readonly marked: KubeObject | undefined;
  readonly ends: boolean;
}

function mark(call: Call, old: KubeObject, options: DeleteOptions): Marked {
  const { resource } = call.served;
  if (resource.kind === "Namespace" && resource.group === "") return markNamespace(call, old as Namespace, options);
  const period = resource.deletion.graceSeconds?.(old, options.gracePeriodSeconds);
  return period === undefined ? markAtOnce(call, old, options) : markGraceful(call, old, options, period);
}

/** Kinds without grace: finalizers alone hold them. */
function markAtOnce(call: Call, old: KubeObject, options: DeleteOptions): Marked {
  const { metadata } = old;
  const finalizers = finalizersAfter(metadata.finalizers ?? [], options.propagation, call.served.resource.deletion);
  if (finalizers.length === 0) return { marked: undefined, ends: true };
  if (metadata.deletionTimestamp !== undefined && finalizers === metadata.finalizers)
    return { marked: old, ends: false };
  const raises = metadata.deletionGracePeriodSeconds === undefined && (metadata.generation ?? 0) > 0;
  const marked = withMetadata(old, {
    deletionTimestamp: metadata.deletionTimestamp ?? formatTime(call.parts.clock.now()),
    deletionGracePeriodSeconds: 0,
    finalizers,
    ...(raises && { generation: metadata.generation! + 1 }),
  });
  return { marked, ends: false };
}

/** Kinds that somebody ends (pods): a period, which only becomes shorter; at its end, or without one, they go. */
function markGraceful(call: Call, old: KubeObject, options: DeleteOptions, period: number): Marked {
  const { metadata } = old;
  const before = metadata.deletionGracePeriodSeconds;
  if (metadata.deletionTimestamp !== undefined && before !== undefined) {
    // Its time is up and it stands there all the same: an earlier deletion was cut off between its two writes.
    const late = before === 0 && period === 0 && (metadata.finalizers ?? []).length === 0;
    if ((options.gracePeriodSeconds === undefined && period > 0) || period >= before)
      return { marked: old, ends: late };
    const began = parseTime(metadata.deletionTimestamp).ms - before * 1000;
    const marked = withMetadata(old, {
      deletionTimestamp: formatTime(began + period * 1000),
      deletionGracePeriodSeconds: period,
    });
    return { marked, ends: period === 0 && (metadata.finalizers ?? []).length === 0 };
  }
  const finalizers = finalizersAfter(metadata.finalizers ?? [], options.propagation, call.served.resource.deletion);
  const marked = withMetadata(old, {
    deletionTimestamp: formatTime(call.parts.clock.now() + period * 1000),
    deletionGracePeriodSeconds: period,
    finalizers: finalizers.length > 0 ? finalizers : undefined,
    ...((metadata.generation ?? 0) > 0 && { generation: metadata.generation! + 1 }),
  });
  return { marked, ends: period === 0 && finalizers.length === 0 };
}

/** A namespace is emptied first: it is Terminating as long as its spec has finalizers. */
function markNamespace(call: Call, old: Namespace, options: DeleteOptions): Marked {
  const { metadata } = old;
  const finalizers = finalizersAfter(metadata.finalizers ?? [], options.propagation, { propagation: "Background" });
  const held = (old.spec.finalizers ?? []).length > 0 || finalizers.length > 0;
  if (metadata.deletionTimestamp !== undefined) return { marked: old, ends: !held };
  if (!held) return { marked: undefined, ends: true };
  const terminating = { ...old, status: { ...old.status, phase: "Terminating" as const } };
  return {
    marked: withMetadata(terminating, {
      deletionTimestamp: formatTime(call.parts.clock.now()),
      finalizers: finalizers.length > 0 ? finalizers : undefined,
    }),
    ends: false,
  };
}

/** The two finalizers that stand for a policy replace each other; Background takes both away. What is there already wins over the kind's default. */
function finalizersAfter(
  present: readonly string[],
  asked: DeleteOptions["propagation"],
  byKind: Pick<Deletion, "propagation" | "finalizer">,
): readonly string[] {
  const standing = present.includes(ORPHAN) ? "Orphan" : present.includes(FOREGROUND) ? "Foreground" : undefined;
  const propagation = asked ?? standing ?? byKind.propagation;
  const others = present.filter((one) => one !== ORPHAN && one !== FOREGROUND);
  if (byKind.finalizer !== undefined && !others.includes(byKind.finalizer)) others.push(byKind.finalizer);
  const wanted = propagation === "Orphan" ? ORPHAN : propagation === "Foreground" ? FOREGROUND : undefined;
  const after = wanted === undefined ? others : [...others, wanted];
  const same = after.length === present.length && after.every((one) => present.includes(one));
  return same ? present : after;
}

/** What DELETE says of an object that is gone; `last`: its last state, where that was kept. */
function goneAnswer(call: Call, old: KubeObject, last?: Kept): Answer {
  const { served } = call;
  if (served.resource.deletion.returns === "object") {
    if (last === undefined) return { type: "object", code: 200, object: old, served };
    return { type: "kept", code: 200, kept: last, served };
  }
  const { uid } = old.metadata;
  return {
    type: "status",
    status: success({
      name: call.name,
      ...(served.resource.group && { group: served.resource.group }),
      kind: served.resource.plural,
      ...(uid && { uid }),
    }),
  };
}
