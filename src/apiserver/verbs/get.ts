// GET of one object: what is kept, when it is new enough. It refuses to send or encode.
import { notFound, StatusError } from "../../schema/meta/status.ts";
import type { Kept } from "../watch-cache/kept.ts";
import { targetOf } from "./call.ts";
import type { Answer, Call } from "./call.ts";
import { cacheOf } from "./commit.ts";
import { getComputed } from "./computed.ts";
import { atLeast } from "./resource-version.ts";

/** `resourceVersion`: "" for the newest, "0" for what is at hand, else at least that new. Synchronous when nothing has to be waited for. */
export function get(call: Call, resourceVersion: string): Answer | Promise<Answer> {
  if (call.served.cache === undefined) return getComputed(call);
  if (call.parts.feed.fresh && (resourceVersion === "" || resourceVersion === "0")) return found(call);
  return getWhen(call, resourceVersion);
}

async function getWhen(call: Call, resourceVersion: string): Promise<Answer> {
  await newEnough(call, resourceVersion);
  return found(call);
}

/** Waits until the cache may answer a read of this resourceVersion. Throws 504 for one in the future. */
export async function newEnough(call: Call, resourceVersion: string): Promise<void> {
  const { feed } = call.parts;
  if (resourceVersion === "") {
    if (!(await feed.upToDate()))
      throw new StatusError({ code: 504, reason: "Timeout", message: "Timeout: the watch cache does not keep up" });
  } else if (resourceVersion !== "0") await atLeast(call, resourceVersion);
}

export function lookUp(call: Call): Kept | undefined {
  const cache = cacheOf(call.served);
  return cache.get(cache.keyOf(call.namespace, call.name));
}

function found(call: Call): Answer {
  const kept = lookUp(call);
  if (kept === undefined) throw notFound(targetOf(call), call.name);
  return { type: "kept", code: 200, kept, served: call.served };
}
