// PUT of an object, and the loop that every change of a stored object runs in: read, change, admit, judge, commit if nobody
// was faster, else again from the read. It refuses to send or encode.
import { badRequest, conflict, hasReason, notFound, StatusError } from "../../schema/meta/status.ts";
import { invalid } from "../../schema/meta/status.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Namespace } from "../../resources/core/namespace.ts";
import type { KubeObject, Resource } from "../../schema/resource.ts";
import type { AdmissionRequest } from "../admission/plugin.ts";
import type { Parts } from "../parts.ts";
import type { Kept } from "../watch-cache/kept.ts";
import { targetOf } from "./call.ts";
import type { Answer, Call } from "./call.ts";
import { cacheOf, put, readCurrent, remove, workedLater } from "./commit.ts";
import { create, withDefaults } from "./create.ts";
import { canonical, finishUpdate, wrongUid } from "./finish.ts";
import type { Ownership } from "./finish.ts";
import type { WriteOptions } from "./options.ts";
import { updating } from "./ownership.ts";
import { revisionIn } from "./resource-version.ts";

/** Upstream's text for a lost race; clients look for it. */
const RACE_LOST = "the object has been modified; please apply your changes to the latest version and try again";

/** Rounds of the optimistic loop, far beyond what contention needs. */
const MOST_ROUNDS = 100;

/** What one round makes of the stored object, in the worked-on form; undefined to create instead is said by throwing. */
export type Step = (old: KubeObject) => { readonly object: KubeObject; readonly own: Ownership };

/** `sent` is decoded, in the version asked for. */
export async function update(call: Call, sent: KubeObject, options: WriteOptions): Promise<Answer> {
  const object = withDefaults(call, sent);
  checkName(call, object);
  const own = updating(call, options.fieldManager);
  const { uid } = object.metadata;
  const wanted = object.metadata.resourceVersion ?? "";
  if (wanted !== "" && revisionIn(wanted) === undefined)
    throw unreadableVersion(wanted, call.served.schema.untyped === true);
  const { resource } = call.served;
  const absent =
    resource.createOnUpdate && call.subresource === "" && wanted === "" ? () => create(call, sent, options) : undefined;
  return change(
    call,
    (old) => {
      if (uid && uid !== old.metadata.uid) throw wrongUid(call, uid, old.metadata.uid ?? "");
      return { object, own };
    },
    options.dryRun,
    absent,
  );
}

/** Of a custom resource the version is read by other code upstream, which does not say the field. */
function unreadableVersion(text: string, custom: boolean): StatusError {
  const field = custom ? "" : `metadata.resourceVersion: Invalid value: ${JSON.stringify(text)}: `;
  const message = `${field}strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
  return new StatusError({ code: 500, reason: "", message });
}

/** The name in the body is the name in the URL, or absent. */
export function checkName(call: Call, object: KubeObject): void {
  const name = object.metadata?.name ?? "";
  if (name === call.name) return;
  if (name === "") throw badRequest("the name of the object (based on generateName) could not be determined");
  throw badRequest(`the name of the object (${name}) does not match the name on the URL (${call.name})`);
}

/** The optimistic loop. `absent` is called for an object that is not there; without it that is a 404. */
export async function change(call: Call, step: Step, dryRun: boolean, absent?: () => Promise<Answer>): Promise<Answer> {
  const key = cacheOf(call.served).keyOf(call.namespace, call.name);
  let current = await readCurrent(call, key);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (current === undefined) {
      if (absent !== undefined) return absent();
      throw notFound(targetOf(call), call.name);
    }
    const done = await changeOnce(call, step, current, dryRun);
    if ("answer" in done) return done.answer;
    current = done.current;
  }
  throw conflict(targetOf(call), call.name, RACE_LOST);
}

async function changeOnce(
  call: Call,
  step: Step,
  current: Kept,
  dryRun: boolean,
): Promise<{ answer: Answer } | { current: Kept | undefined }> {
  const { served } = call;
  const worked = workedLater(served, current);
  const old = worked instanceof Promise ? await worked : worked;
  const { object, own } = step(old);
  checkVersion(call, object, old);
  const finished = await finishUpdate(call, object, old, own, dryRun);
  if (dryRun) {
    finished.settle(undefined);
    return { answer: { type: "object", code: 200, object: finished.object, served } };
  }
  let stored: number | undefined;
  try {
    if (endsNow(finished.object)) {
      const gone = await remove(call, current);
      if (!gone.ok) return { current: gone.current };
      stored = gone.revision;
      return { answer: { type: "object", code: 200, object: finished.object, served } };
    }
    const done = await put(call, cacheOf(served).keyOf(call.namespace, call.name), finished.object, current);
    if (!done.ok) return { current: done.current };
    if (done.changed) stored = done.kept.revision;
    return { answer: { type: "kept", code: 200, kept: done.kept, served } };
  } finally {
    finished.settle(stored);
  }
}

/** The loop without rules and admission: for commands that change an object by their own right. Undefined: nothing to change. */
export async function changeRaw(
  call: Call,
  step: (old: KubeObject) => KubeObject | undefined,
  dryRun: boolean,
): Promise<void> {
  const key = cacheOf(call.served).keyOf(call.namespace, call.name);
  let current = await readCurrent(call, key);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (current === undefined) throw notFound(targetOf(call), call.name);
    const old = await workedLater(call.served, current);
    const object = step(old);
    if (object === undefined || dryRun) return;
    const done = await put(call, key, canonical(call.served.resource, object, old), current);
    if (done.ok) return;
    current = done.current;
  }
  throw conflict(targetOf(call), call.name, RACE_LOST);
}

/** {@link changeRaw} of another object than the request's own, for admission. One that is gone is left alone. */
export async function changeOther<T extends KubeObject>(
  parts: Parts,
  resource: Resource<T>,
  { context, namespace, dryRun }: Pick<AdmissionRequest, "context" | "namespace" | "dryRun">,
  name: string,
  step: (object: T) => T | undefined,
): Promise<void> {
  const served = parts.kinds.of(resource);
  if (served === undefined) return;
  const call: Call = { parts, served, context, namespace, name, subresource: "status" };
  try {
    await changeRaw(call, (old) => step(old as T), dryRun);
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}

/** An object that waits for nothing any more: its deletion was asked for, no finalizer is left, no time either. */
function endsNow(object: KubeObject): boolean {
  const { metadata, kind, apiVersion } = object;
  // A namespace is held by the finalizers in its spec too: it is emptied first.
  const isHeld =
    kind === "Namespace" && apiVersion === "v1" && ((object as Namespace).spec.finalizers ?? []).length > 0;
  return (
    !isHeld &&
    metadata.deletionTimestamp !== undefined &&
    (metadata.finalizers ?? []).length === 0 &&
    (metadata.deletionGracePeriodSeconds ?? 0) === 0
  );
}

/** The version that the writer has seen must be the stored one, when it says which. */
function checkVersion(call: Call, object: KubeObject, old: KubeObject): void {
  const wanted = object.metadata.resourceVersion ?? "";
  if (wanted === "" || wanted === "0") {
    if (call.served.resource.unconditionalUpdate) return;
    const { group, plural } = call.served.resource;
    throw invalid({ group, kind: plural }, call.name, [
      fieldInvalid(
        FieldPath.of("metadata", "resourceVersion"),
        wanted === "" ? 0 : wanted,
        "must be specified for an update",
      ),
    ]);
  }
  if (wanted !== old.metadata.resourceVersion) throw conflict(targetOf(call), call.name, RACE_LOST);
}
