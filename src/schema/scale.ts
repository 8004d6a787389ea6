// The Scale of an object: its replicas and selector, read and written over the three paths that its kind states.
// It refuses to know the kinds, and to check numbers (the Scale's own schema does).
import { isJsonObject } from "./freeze.ts";
import { scaleEntries } from "./managed-fields/scale-owners.ts";
import type { ManagedFieldsEntry } from "./meta/object-meta.ts";
import type { JsonObject } from "./node.ts";
import { getAt, setAt } from "./pointer.ts";
import { apiVersionOf } from "./resource.ts";
import type { Resource, Subresource } from "./resource.ts";

export type ScalePaths = Subresource & { readonly type: "scale" };

/** The part of the parent's metadata that its Scale shows. */
const SHOWN = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"];

/** The autoscaling/v1 Scale of `object`, which is in the resource's own version. */
export function readScale(
  resource: Pick<Resource, "group" | "version">,
  paths: ScalePaths,
  object: JsonObject,
): JsonObject {
  const metadata: Record<string, unknown> = {};
  for (const name of SHOWN) {
    const value = getAt(object, ["metadata", name]);
    if (value !== undefined) metadata[name] = value;
  }
  const entries = getAt(object, "metadata.managedFields") as readonly ManagedFieldsEntry[] | undefined;
  const managedFields = entries ? scaleEntries(entries, { [apiVersionOf(resource)]: paths.specReplicas }) : [];
  if (managedFields.length > 0) metadata["managedFields"] = managedFields;
  const wanted = integerAt(object, paths.specReplicas);
  const selector = selectorText(getAt(object, paths.selector));
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata,
    spec: wanted === 0 ? {} : { replicas: wanted },
    status: { replicas: integerAt(object, paths.statusReplicas), ...(selector && { selector }) },
  };
}

/** `object` with the replicas that `scale` asks for; none given means 0. */
export function writeScale(paths: ScalePaths, object: JsonObject, scale: JsonObject): JsonObject {
  return setAt(object, paths.specReplicas, integerAt(scale, "spec.replicas"));
}

function integerAt(object: JsonObject, path: string): number {
  const value = getAt(object, path);
  return typeof value === "number" ? value : 0;
}

/** A selector as a query writes it: a LabelSelector, a plain map of labels, or text that is one already. */
export function selectorText(selector: unknown): string {
  if (typeof selector === "string") return selector;
  if (!isJsonObject(selector)) return "";
  const { matchLabels, matchExpressions } = selector;
  const structured = isJsonObject(matchLabels) || Array.isArray(matchExpressions);
  const labels = structured ? matchLabels : selector;
  const parts = Object.entries(isJsonObject(labels) ? labels : {}).map(([key, value]) => ({
    key,
    text: `${key}=${String(value)}`,
  }));
  for (const expression of Array.isArray(matchExpressions) ? (matchExpressions as unknown[]) : []) {
    if (isJsonObject(expression)) parts.push(expressionPart(expression));
  }
  // By key only; a label comes before expressions on the same key.
  parts.sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1));
  return parts.map((part) => part.text).join(",");
}

function expressionPart(expression: JsonObject): { key: string; text: string } {
  const key = String(expression["key"]);
  const values = Array.isArray(expression["values"]) ? [...(expression["values"] as string[])].sort() : [];
  switch (expression["operator"]) {
    case "In":
      return { key, text: `${key} in (${values.join(",")})` };
    case "NotIn":
      return { key, text: `${key} notin (${values.join(",")})` };
    case "DoesNotExist":
      return { key, text: `!${key}` };
    default:
      return { key, text: key };
  }
}
