// The OpenAPI v2 document of another server within ours: its paths of the group versions that it serves here, and what they
// refer to, under other names where ours are taken. Pure. It refuses to fetch.
import { equalJson } from "../../schema/equality.ts";
import { isJsonObject } from "../../schema/freeze.ts";
import type { JsonObject } from "../../schema/node.ts";

/** Where references lead within a document. */
const PARTS = ["definitions", "parameters"] as const;
type Part = (typeof PARTS)[number];

const mapIn = (document: JsonObject, name: string): JsonObject =>
  isJsonObject(document[name]) ? document[name] : ({} as JsonObject);

/** `groupVersions`: `wardle.example.com/v1alpha1`. Paths that we have already stay ours. */
export function withOpenapiV2(ours: JsonObject, theirs: JsonObject, groupVersions: readonly string[]): JsonObject {
  const isServed = (path: string) =>
    groupVersions.some((one) => path === `/apis/${one}` || path.startsWith(`/apis/${one}/`)) ||
    groupVersions.some((one) => path === `/apis/${one.slice(0, one.indexOf("/"))}/`);
  const known = mapIn(ours, "paths");
  const paths = Object.entries(mapIn(theirs, "paths")).filter(
    ([path]) => isServed(path) && !Object.hasOwn(known, path),
  );
  const wanted = referred(theirs, paths);
  for (const [name, definition] of Object.entries(mapIn(theirs, "definitions")))
    if (isOf(definition, groupVersions)) collect(theirs, { $ref: `#/definitions/${name}` }, wanted);
  const names = new Map([...wanted].map((reference) => [reference, nameFor(ours, theirs, reference)]));
  const renamed = (value: unknown) => withReferences(value, names);
  const merged: Record<string, unknown> = { ...ours };
  merged["paths"] = { ...known, ...Object.fromEntries(paths.map(([path, item]) => [path, renamed(item)])) };
  for (const part of PARTS) {
    const added = [...names]
      .filter(([reference]) => reference.startsWith(`#/${part}/`))
      .map(([reference, name]) => [name, renamed(targetOf(theirs, reference))] as const);
    if (added.length > 0) merged[part] = { ...mapIn(ours, part), ...Object.fromEntries(added) };
  }
  return merged;
}

/** Whether a definition is a kind of one of these. */
function isOf(definition: unknown, groupVersions: readonly string[]): boolean {
  const kinds = isJsonObject(definition) ? definition["x-kubernetes-group-version-kind"] : undefined;
  if (!Array.isArray(kinds)) return false;
  return (kinds as readonly unknown[]).some(
    (one) => isJsonObject(one) && groupVersions.includes(`${String(one["group"])}/${String(one["version"])}`),
  );
}

function referred(document: JsonObject, value: unknown): Set<string> {
  const found = new Set<string>();
  collect(document, value, found);
  return found;
}

/** All references in a value, and in what they lead to. */
function collect(document: JsonObject, value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) for (const one of value) collect(document, one, found);
  else if (isJsonObject(value))
    for (const [key, inner] of Object.entries(value)) {
      if (key !== "$ref" || typeof inner !== "string") collect(document, inner, found);
      else if (!found.has(inner) && targetOf(document, inner) !== undefined) {
        found.add(inner);
        collect(document, targetOf(document, inner), found);
      }
    }
}

const partOf = (reference: string): readonly [Part | undefined, string] => {
  const part = PARTS.find((one) => reference.startsWith(`#/${one}/`));
  return [part, part === undefined ? "" : reference.slice(part.length + 3)];
};

function targetOf(document: JsonObject, reference: string): unknown {
  const [part, name] = partOf(reference);
  const all = part && mapIn(document, part);
  return all !== undefined && Object.hasOwn(all, name) ? all[name] : undefined;
}

/** The name that it has with us: its own, or one with a number where that means something else here. */
function nameFor(ours: JsonObject, theirs: JsonObject, reference: string): string {
  const [part, name] = partOf(reference);
  const all = mapIn(ours, part!);
  const target = targetOf(theirs, reference);
  const isFree = (one: string) => !Object.hasOwn(all, one) || equalJson(all[one], target);
  if (isFree(name)) return name;
  for (let i = 2; ; i++) if (isFree(`${name}_v${i}`)) return `${name}_v${i}`;
}

function withReferences(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((one) => withReferences(one, names));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const name = key === "$ref" && typeof inner === "string" ? names.get(inner) : undefined;
      if (name === undefined) return [key, withReferences(inner, names)];
      return [key, `#/${partOf(inner as string)[0]!}/${name}`];
    }),
  );
}
