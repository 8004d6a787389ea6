// JSON merge patch (RFC 7386). It refuses to know schemas: what the result may hold is the decoder's question.
import { isJsonObject, setKey } from "./freeze.ts";
import { badRequest } from "./meta/status.ts";

/**
 * `target` with `patch` merged in. Null removes, objects merge, all else replaces. Parts that do not change are shared
 * with `target`. As upstream, a patch that is a list replaces the whole and one that is a scalar or null is a 400.
 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch) && !Array.isArray(patch)) throw badRequest("Invalid JSON Patch");
  return merge(target, patch);
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result: Record<string, unknown> = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setKey(result, key, merge(Object.hasOwn(result, key) ? result[key] : undefined, value));
  }
  return result;
}
