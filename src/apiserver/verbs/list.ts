// GET of a collection: at the newest state, at least as new as asked, or exactly at a revision; whole or in chunks.
// It refuses to send or encode. Specification: Kubernetes API concepts, "Resource versions" and "Retrieving large results sets in chunks".
import { CompactedError, FutureRevisionError } from "../../store/store.ts";
import { badRequest, expired } from "../../schema/meta/status.ts";
import type { StatusError } from "../../schema/meta/status.ts";
import type { ListMeta } from "../encoding/encoder.ts";
import type { Kept } from "../watch-cache/kept.ts";
import { everything } from "../watch-cache/selection.ts";
import type { Selection } from "../watch-cache/selection.ts";
import type { Answer, Call } from "./call.ts";
import { listComputed } from "./computed.ts";
import { cacheOf } from "./commit.ts";
import { continueAt, continueToken, EXPIRED_TOKEN_MESSAGE } from "./continue-token.ts";
import type { ListOptions } from "./options.ts";
import { atLeast, revisionIn, tooLarge, unreadableForList } from "./resource-version.ts";
import { newEnough } from "./get.ts";

/** Entries read from the store at once for a list in the past. */
const PAGE = 500;

export async function list(call: Call, selection: Selection, options: ListOptions): Promise<Answer> {
  if (call.served.cache === undefined) return listComputed(call, selection);
  const { resourceVersion, match, limit, continueToken: token } = options;
  if (token !== "") {
    if (resourceVersion !== "" && resourceVersion !== "0")
      throw badRequest("specifying resource version is not allowed when using continue");
    return listOn(call, selection, token, limit);
  }
  if (resourceVersion !== "" && resourceVersion !== "0" && revisionIn(resourceVersion) === undefined)
    throw unreadableForList(resourceVersion);
  const exact = match === "Exact" || (match === "" && limit > 0 && resourceVersion !== "" && resourceVersion !== "0");
  if (exact) {
    const revision = revisionIn(resourceVersion)!;
    return exactly(call, selection, {
      revision,
      start: "",
      limit,
      tooOld: () => expired("The resourceVersion for the provided list is too old."),
    });
  }
  if (resourceVersion === "" || resourceVersion === "0") {
    if (resourceVersion === "" && !call.parts.feed.fresh) await newEnough(call, "");
  } else await atLeast(call, resourceVersion, unreadableForList);
  for (let wait = unjudged(call, selection); wait !== undefined; wait = unjudged(call, selection)) await wait;
  return fromCache(call, selection, "", resourceVersion === "0" ? 0 : limit, call.parts.feed.reached);
}

/** The next chunk. A token without a revision goes on with what is there now. */
async function listOn(call: Call, selection: Selection, token: string, limit: number): Promise<Answer> {
  const { revision, start } = continueAt(token);
  const from = cacheOf(call.served).prefix + (call.namespace ? `${call.namespace}/` : "") + start;
  if (revision < 0) {
    await newEnough(call, "");
    for (let wait = unjudged(call, selection); wait !== undefined; wait = unjudged(call, selection)) await wait;
    return fromCache(call, selection, from, limit, call.parts.feed.reached);
  }
  // Who goes on may do so inconsistently: the token in the error has no revision.
  const tooOld = () => expired(EXPIRED_TOKEN_MESSAGE, { continue: continueToken(-1, start) });
  return exactly(call, selection, { revision, start: from, limit, tooOld });
}

interface Exactly {
  readonly revision: number;
  readonly start: string;
  readonly limit: number;
  readonly tooOld: () => StatusError;
}

/** At one revision: from the cache while nothing of the kind has changed since, else from the store. */
async function exactly(call: Call, selection: Selection, { revision, start, limit, tooOld }: Exactly): Promise<Answer> {
  const { feed } = call.parts;
  if (revision > feed.reached && !(await feed.upTo(revision, revision > feed.reached + 1_000_000 ? 0 : 3000)))
    throw tooLarge(revision, feed.reached);
  const cache = cacheOf(call.served);
  try {
    // A revision that was compacted is refused though nothing of the kind has changed since: only the store knows.
    if (cache.changed <= revision && revision < feed.reached) await call.parts.store.get(cache.prefix, { revision });
    for (let wait = unjudged(call, selection); wait !== undefined; wait = unjudged(call, selection)) await wait;
    if (cache.changed <= revision) return fromCache(call, selection, start, limit, revision);
    return await fromStore(call, selection, start, limit, revision);
  } catch (error) {
    if (error instanceof CompactedError) throw tooOld();
    if (error instanceof FutureRevisionError) throw tooLarge(revision, error.current);
    throw error;
  }
}

/**
 * What has to be waited for until all that the cache holds can be judged by the selection; undefined: it can, until somebody
 * else has a turn.
 */
export const unjudged = ({ served }: Call, { namespace, ready }: Selection): Promise<unknown> | undefined =>
  ready?.([...cacheOf(served).list(everything(namespace))]);

function fromCache(call: Call, selection: Selection, start: string, limit: number, revision: number): Answer {
  const cache = cacheOf(call.served);
  const items: Kept[] = [];
  for (const kept of cache.list(selection, start)) {
    if (limit > 0 && items.length === limit) {
      const whole = selection.matches === undefined;
      return answer(call, items, revision, whole ? cache.count(selection.namespace, kept.key) : NOT_COUNTED);
    }
    items.push(kept);
  }
  return answer(call, items, revision, undefined);
}

async function fromStore(
  call: Call,
  selection: Selection,
  start: string,
  limit: number,
  revision: number,
): Promise<Answer> {
  const cache = cacheOf(call.served);
  const prefix = cache.prefix + (selection.namespace ? `${selection.namespace}/` : "");
  const items: Kept[] = [];
  let from = start;
  for (;;) {
    const page = await call.parts.store.range({ prefix, limit: PAGE, revision, ...(from !== "" && { from }) });
    const found = page.entries.map((entry) => cache.keep(entry, undefined));
    const pending = selection.ready?.(found);
    if (pending !== undefined) await pending;
    for (const [i, kept] of found.entries()) {
      if (selection.matches !== undefined && !selection.matches(kept)) continue;
      if (limit > 0 && items.length === limit) {
        return answer(
          call,
          items,
          revision,
          selection.matches === undefined ? page.entries.length - i + page.remaining : NOT_COUNTED,
        );
      }
      items.push(kept);
    }
    if (page.next === undefined) return answer(call, items, revision, undefined);
    from = page.next;
  }
}

/** Put behind a key: the first place after it, before every longer key. */
const BEHIND = "\u0001";

/** There is more, but how much is unknown: selectors would have to be tried. */
const NOT_COUNTED = -1;

/** `remaining`: what follows the items; undefined when nothing does. */
function answer(call: Call, items: readonly Kept[], revision: number, remaining: number | undefined): Answer {
  const prefix = cacheOf(call.served).prefix + (call.namespace ? `${call.namespace}/` : "");
  const meta: ListMeta = {
    resourceVersion: String(revision),
    ...(remaining !== undefined && {
      continue: continueToken(revision, `${items.at(-1)!.key.slice(prefix.length)}${BEHIND}`),
    }),
    ...(remaining !== undefined && remaining !== NOT_COUNTED && { remainingItemCount: remaining }),
  };
  return { type: "list", meta, items, served: call.served };
}
