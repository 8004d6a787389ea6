// What a writer was told is done is in the store, as told. It refuses to judge writes whose answer was lost.
import type { Status } from "../../../src/schema/meta/status.ts";
import type { KubeObject } from "../../../src/schema/resource.ts";
import type { Request } from "../seams/client.ts";
import { keyFor } from "../truth.ts";
import type { Truth } from "../truth.ts";
import type { Finding, Invariant } from "./invariant.ts";

export const acknowledgedWrites: Invariant = {
  name: "acknowledged writes",
  judge: ({ cluster: { truth } }) => ({
    onAcknowledged(request, answer) {
      switch (request.verb) {
        case "create":
        case "update":
        case "patch":
          return written(truth, request, answer as KubeObject);
        case "delete":
          return deleted(truth, request, answer as KubeObject | Status);
        default:
          return undefined;
      }
    },
  }),
};

/** Stored in the form of another kind: what is told is that form converted. */
const CONVERTED = new Set(["events"]);

function written(truth: Truth, { who, verb, resource, subresource }: Request, answer: KubeObject): Finding {
  const { namespace, name = "", resourceVersion } = answer.metadata;
  if (resourceVersion === undefined || CONVERTED.has(resource.plural)) return undefined;
  const key = keyFor(resource, namespace, name);
  const revision = Number(resourceVersion);
  // An update that was the last a leaving object waited for: it is gone, and its answer names an older revision.
  if (!truth.changedAt(key, revision))
    return `${who} was told that ${verb} of ${key} is done at ${revision}, where the store has no change of it`;
  const held = truth.get(key);
  if (held?.revision !== revision || subresource === "scale") return undefined;
  const { resourceVersion: _, ...metadata } = answer.metadata;
  const shown = { ...answer, metadata };
  return alike(shown, held.object)
    ? undefined
    : `${who} was told of another ${key} at ${revision} than is stored:\n  ${sorted(shown)}\n  ${sorted(held.object)}`;
}

const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0);

/** Whether two values are the same but for the order of keys, and the difference of an empty list and none. */
function alike(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return isNothing(a) && isNothing(b);
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((one, i) => alike(one, b[i]));
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key in x) if (!alike(x[key], y[key])) return false;
  for (const key in y) if (!(key in x) && !isNothing(y[key])) return false;
  return true;
}

/** As text in which the order of keys, and the difference of an empty list and none, do not show. */
function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value)
    .filter(([, one]) => !isNothing(one))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${key}:${sorted(one)}`)
    .join()}}`;
}

function deleted(truth: Truth, { who, resource, name }: Request, answer: KubeObject | Status): Finding {
  const uid = "details" in answer ? (answer as Status).details?.uid : (answer as KubeObject).metadata.uid;
  const key = keyFor(resource, name.namespace, name.name);
  const now = truth.get(key)?.object;
  if (now === undefined || now.metadata.deletionTimestamp !== undefined) return undefined;
  if (uid !== undefined && now.metadata.uid !== uid) return undefined;
  return `${who} was told that ${key} is deleted, but it stands there as before`;
}
