// The bridge from client-side apply: kubectl's annotation with what it applied last. It refuses to act for any other
// manager.
import { isJsonObject } from "../freeze.ts";
import type { JsonObject } from "../node.ts";
import { getAt, removeAt, setAt } from "../pointer.ts";
import { compareObjects } from "./compare.ts";
import { extractSet } from "./extract.ts";
import { difference } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import type { KindFacts } from "./ownership.ts";
import { goJson } from "./path-element.ts";

export const LAST_APPLIED_MANAGER = "kubectl";
const ANNOTATION = ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"];
/** What the keys and values of all annotations may take, in bytes. */
const MAX_ANNOTATIONS = 256 * 1024;

/**
 * The fields that client-side apply wrote and that still have its values: kubectl may take these over without force.
 */
export function fieldsLastApplied(kind: KindFacts, live: JsonObject): FieldSet | undefined {
  const text = getAt(live, ANNOTATION);
  if (typeof text !== "string" || text === "") return undefined;
  let applied: unknown;
  try {
    applied = JSON.parse(text);
  } catch (error) {
    // Whatever stands there was no configuration of kubectl: nothing may be taken over.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (!isJsonObject(applied) || applied["apiVersion"] !== kind.apiVersion) return undefined;
  const { added, modified, removed } = compareObjects(kind.node, applied, live);
  return difference(difference(difference(extractSet(kind.node, applied), modified), added), removed);
}

/** `object` with the annotation following `config`, if it has the annotation. It goes where it would be too long. */
export function withLastApplied(object: JsonObject, config: JsonObject): JsonObject {
  if (!getAt(object, ANNOTATION)) return object;
  const next = setAt(object, ANNOTATION, `${goJson(removeAt(config, ANNOTATION))}\n`);
  const annotations = getAt(next, ANNOTATION.slice(0, 2)) as Readonly<Record<string, string>>;
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) size += Buffer.byteLength(key) + Buffer.byteLength(value);
  return size > MAX_ANNOTATIONS ? removeAt(object, ANNOTATION) : next;
}
