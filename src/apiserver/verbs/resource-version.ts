// Resource versions in requests: reading them, and waiting for one. It refuses to hand them out.
import { badRequest, StatusError } from "../../schema/meta/status.ts";
import type { Call } from "./call.ts";

/** How long a request waits for a resourceVersion that the cache has not reached. */
const WAIT_MS = 3000;

/** The number of a resourceVersion; undefined for what is none. */
export function revisionIn(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const revision = Number(text);
  return Number.isSafeInteger(revision) ? revision : undefined;
}

const parseError = (text: string) =>
  `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;

/** Upstream answers 500 where a single object is meant. */
export const unreadableForOne = (text: string) => new StatusError({ code: 500, reason: "", message: parseError(text) });

export const unreadableForList = (text: string) => badRequest(parseError(text));

/** Waits until the cache has reached `text`. Throws 504 when that takes too long: the version lies in the future. */
export async function atLeast(
  call: Call,
  text: string,
  unreadable: (text: string) => StatusError = unreadableForOne,
): Promise<number> {
  const revision = revisionIn(text);
  if (revision === undefined) throw unreadable(text);
  const { feed } = call.parts;
  // What nobody has written yet cannot come soon.
  const patience = revision > feed.reached + 1_000_000 ? 0 : WAIT_MS;
  if (!(await feed.upTo(revision, patience))) throw tooLarge(revision, feed.reached);
  return revision;
}

export function tooLarge(asked: number, current: number): StatusError {
  return new StatusError({
    code: 504,
    reason: "Timeout",
    message: `Timeout: Too large resource version: ${asked}, current: ${current}`,
    details: {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  });
}
