// POST of an object. It refuses to send or encode.
import { alreadyExists, StatusError } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import { applyDefaults } from "../../schema/default.ts";
import type { Kept } from "../watch-cache/kept.ts";
import { targetOf } from "./call.ts";
import type { Answer, Call } from "./call.ts";
import { cacheOf, put, readCurrent } from "./commit.ts";
import { finishCreate } from "./finish.ts";
import type { Ownership } from "./finish.ts";
import type { WriteOptions } from "./options.ts";
import { updating } from "./ownership.ts";

/** Generated names that may be taken before the server gives up. */
const NAME_TRIES = 8;

/** `sent` is decoded, in the version asked for. */
export async function create(call: Call, sent: KubeObject, options: WriteOptions, owner?: Ownership): Promise<Answer> {
  const { resource } = call.served;
  const object = withDefaults(call, sent);
  if (call.served.cache === undefined) return review(call, object);
  const generated = !object.metadata?.name && !!object.metadata?.generateName;
  const own = owner ?? updating(call, options.fieldManager);
  if (resource.schema.fields["metadata"] === undefined) throw new Error(`${resource.kind} has no metadata`);
  let taken: Kept | undefined;
  for (let tries = 0; tries < (generated ? NAME_TRIES : 1); tries++) {
    const stored = await createOnce(call, object, own, options.dryRun);
    if ("answer" in stored) return stored.answer;
    taken = stored.taken;
  }
  const name = taken?.name ?? "";
  if (generated) throw noUniqueName(call, name);
  if (taken?.object.metadata.deletionTimestamp !== undefined) throw beingDeleted(call, name);
  throw alreadyExists(targetOf(call), name);
}

/** Defaults, in the form that is worked on. */
export function withDefaults(call: Call, sent: KubeObject): KubeObject {
  const worked = call.served.toWorked?.(sent) ?? sent;
  const metadata = worked.metadata === undefined ? { metadata: {} } : {};
  return applyDefaults(call.served.resource.schema, { ...worked, ...metadata }) as KubeObject;
}

async function createOnce(
  call: Call,
  object: KubeObject,
  own: Ownership,
  dryRun: boolean,
): Promise<{ answer: Answer } | { taken: Kept | undefined }> {
  const { served } = call;
  const finished = await finishCreate(call, object, own, dryRun);
  const { name = "", namespace = "" } = finished.object.metadata;
  const key = cacheOf(served).keyOf(namespace, name);
  if (dryRun) {
    finished.settle(undefined);
    const taken = await readCurrent(call, key);
    return taken === undefined ? { answer: { type: "object", code: 201, object: finished.object, served } } : { taken };
  }
  let stored: number | undefined;
  try {
    const done = await put(call, key, finished.object, undefined);
    if (!done.ok) return { taken: done.current };
    stored = done.kept.revision;
    return { answer: { type: "kept", code: 201, kept: done.kept, served } };
  } finally {
    finished.settle(stored);
  }
}

function noUniqueName(call: Call, name: string): StatusError {
  const error = alreadyExists(targetOf(call), name);
  return new StatusError({
    code: 409,
    reason: "AlreadyExists",
    message: `${error.message}, the server was not able to generate a unique name for the object`,
    details: { ...error.details, retryAfterSeconds: 1 },
  });
}

function beingDeleted(call: Call, name: string): StatusError {
  const error = alreadyExists(targetOf(call), name);
  return new StatusError({
    code: 409,
    reason: "AlreadyExists",
    message: `object is being deleted: ${error.message}`,
    details: error.details!,
  });
}

/** A kind that nobody stores: it is judged, answered by its review, and forgotten. */
async function review(call: Call, object: KubeObject): Promise<Answer> {
  const { resource } = call.served;
  const reviewer = call.parts.reviews.get(`${resource.group}/${resource.kind}`);
  if (reviewer === undefined) {
    throw new StatusError({ code: 501, reason: "", message: `${resource.kind} cannot be answered by this server` });
  }
  return { type: "object", code: 201, object: await reviewer(object, call.context), served: call.served };
}
