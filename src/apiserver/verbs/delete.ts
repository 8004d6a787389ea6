// DELETE of one object: at once, or marked while finalizers or a grace period hold it. It refuses to send or encode.
// Specification: "Object lifecycle": deletionTimestamp, grace period, finalizers, propagation policies.
import { formatTime, parseTime } from "../../base/timestamp.ts";
import { conflict, notFound } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { Kept } from "../watch-cache/kept.ts";
import { success, targetOf } from "./call.ts";
import type { Answer, Call } from "./call.ts";
import { cacheOf, put, readCurrent, remove, workedOf } from "./commit.ts";
import { admitted, withMetadata } from "./finish.ts";
import type { DeleteOptions } from "./options.ts";

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";

export async function deleteOne(call: Call, options: DeleteOptions): Promise<Answer> {
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
export async function deleteKept(call: Call, current: Kept, options: DeleteOptions): Promise<{ answer: Answer } | { current: Kept | undefined }> {
  const { served } = call;
  const old = workedOf(served, current);
  checkPreconditions(call, old, options);
  await admitted(call, "delete", call.name, old, options.dryRun);
  const marked = mark(call, old, options);
  if (marked === undefined) {
    const gone = options.dryRun ? ({ ok: true, revision: current.revision } as const) : await remove(call, current);
    return gone.ok ? { answer: goneAnswer(call, old) } : { current: gone.current };
  }
  // Asked for again, and nothing about it changes.
  if (marked === old) return { answer: { type: "kept", code: 200, kept: current, served } };
  if (options.dryRun) return { answer: { type: "object", code: 200, object: marked, served } };
  const done = await put(call, current.key, marked, current);
  return done.ok ? { answer: { type: "kept", code: 200, kept: done.kept, served } } : { current: done.current };
}

function checkPreconditions(call: Call, old: KubeObject, { uid, resourceVersion, ignoreReadErrors }: DeleteOptions): void {
  const { metadata } = old;
  const refuse = (what: string, wanted: string, actual: string | undefined) =>
    conflict(targetOf(call), call.name, `Precondition failed: ${what} in precondition: ${wanted}, ${what} in ${what === "UID" ? "object meta" : "object meta"}: ${actual ?? ""}`);
  if (uid !== undefined && uid !== metadata.uid) throw refuse("UID", uid, metadata.uid);
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw conflict(targetOf(call), call.name, `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`);
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

/** The object as a deletion leaves it for now; undefined when it goes at once. */
function mark(call: Call, old: KubeObject, options: DeleteOptions): KubeObject | undefined {
  const { deletion, generationOf } = call.served.resource;
  const { metadata } = old;
  const finalizers = finalizersAfter(metadata.finalizers ?? [], options.propagation ?? defaultPropagation(deletion.propagation));
  const held = finalizers.length > 0 || holdsByItself(old);
  const grace = graceOf(old, deletion.graceSeconds?.(old), options.gracePeriodSeconds);
  const before = metadata.deletionGracePeriodSeconds;
  if (!held && grace === 0) return undefined;
  const marked = metadata.deletionTimestamp !== undefined;
  // A shorter period replaces a longer one, never the reverse.
  const seconds = marked ? Math.min(before ?? 0, grace) : grace;
  const sameFinalizers = finalizers.length === (metadata.finalizers ?? []).length && finalizers.every((one) => metadata.finalizers!.includes(one));
  if (marked && seconds === (before ?? 0) && sameFinalizers) return old;
  const now = call.parts.clock.now();
  const asked = marked ? parseTime(metadata.deletionTimestamp!).ms - (before ?? 0) * 1000 : now;
  return withMetadata(old, {
    deletionTimestamp: marked && seconds === before ? metadata.deletionTimestamp : formatTime(asked + seconds * 1000),
    deletionGracePeriodSeconds: seconds,
    finalizers: finalizers.length > 0 ? finalizers : undefined,
    ...(!marked && raisesGeneration(metadata.generation, generationOf) && { generation: (metadata.generation ?? 0) + 1 }),
  });
}

const defaultPropagation = (propagation: "Background" | "Orphan") => (propagation === "Orphan" ? "Orphan" : undefined);

const raisesGeneration = (generation: number | undefined, generationOf: readonly string[]) => generationOf.length > 0 && (generation ?? 0) > 0;

/** Namespaces have finalizers in their spec as well. */
function holdsByItself(object: KubeObject): boolean {
  const spec = (object as unknown as { readonly spec?: { readonly finalizers?: unknown } }).spec;
  return Array.isArray(spec?.finalizers) && spec.finalizers.length > 0 && object.kind === "Namespace";
}

/** What is asked for, else what the kind wants; 0 for kinds that do not wait. */
function graceOf(_old: KubeObject, byKind: number | undefined, asked: number | undefined): number {
  if (byKind === undefined) return 0;
  if (asked === undefined) return byKind;
  return asked < 0 ? 1 : asked;
}

/** The two finalizers that stand for a policy replace each other; Background takes both away. */
function finalizersAfter(present: readonly string[], propagation: DeleteOptions["propagation"]): readonly string[] {
  if (propagation === undefined) return present;
  const others = present.filter((one) => one !== ORPHAN && one !== FOREGROUND);
  const wanted = propagation === "Orphan" ? ORPHAN : propagation === "Foreground" ? FOREGROUND : undefined;
  if (wanted === undefined) return others;
  return present.includes(wanted) && present.length === others.length + 1 ? present : [...others, wanted];
}

/** What DELETE says of an object that is gone. */
export function goneAnswer(call: Call, old: KubeObject): Answer {
  const { resource } = call.served;
  if (resource.deletion.returns === "object") return { type: "object", code: 200, object: old, served: call.served };
  const { uid } = old.metadata;
  return {
    type: "status",
    status: success({ name: call.name, ...(resource.group && { group: resource.group }), kind: resource.plural, ...(uid && { uid }) }),
  };
}
