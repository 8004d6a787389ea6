// Which objects of a kind a list or watch asks for: a namespace and two selectors, as one test over kept objects.
// It refuses to parse selectors (schema/label-selector.ts, schema/field-selector.ts).
import type { Kept } from "./kept.ts";

/** A parsed selector, seen from the cache. */
export interface Selector<T> {
  matches(values: T): boolean;
  /** Terms `key = value` that every match fulfils: they may be answered from an index. */
  readonly equals: readonly { readonly key: string; readonly value: string }[];
}

export interface Selection {
  /** "" for all namespaces. */
  readonly namespace: string;
  /** The name alone, when the selectors demand one. */
  readonly name: string | undefined;
  /** Undefined when nothing but namespace and name restricts. */
  readonly matches: ((kept: Kept) => boolean) | undefined;
  /** `matches` reads objects in another version: resolves when it can be asked of these, undefined: it can already. */
  readonly ready?: ((all: readonly Kept[]) => Promise<unknown> | undefined) | undefined;
  /** Label terms and field terms that an index can answer. */
  readonly labels: readonly { readonly key: string; readonly value: string }[];
  readonly fields: readonly { readonly key: string; readonly value: string }[];
}

export const everything = (namespace: string): Selection => ({
  namespace,
  name: undefined,
  matches: undefined,
  labels: [],
  fields: [],
});

/** Puts a namespace and two selectors together. `fields` see metadata.name and metadata.namespace, too. */
export function select(
  namespace: string,
  labels: Selector<Readonly<Record<string, string>>> | undefined,
  fields: Selector<Readonly<Record<string, string>>> | undefined,
  valuesOf: (kept: Kept) => Readonly<Record<string, string>> = fieldsOf,
): Selection {
  const name = fields?.equals.find((term) => term.key === "metadata.name")?.value;
  const wanted = fields?.equals.find((term) => term.key === "metadata.namespace")?.value;
  const matches = (kept: Kept): boolean => {
    if (labels !== undefined && !labels.matches(kept.labels)) return false;
    return fields === undefined || fields.matches(valuesOf(kept));
  };
  return {
    namespace: namespace || (wanted ?? ""),
    name,
    matches: labels === undefined && fields === undefined ? undefined : matches,
    labels: labels?.equals ?? [],
    fields: fields?.equals.filter((term) => !term.key.startsWith("metadata.")) ?? [],
  };
}

/** The values that a field selector judges by. */
export function fieldsOf(kept: Kept): Readonly<Record<string, string>> {
  const parts = kept.key.split("/");
  return {
    "metadata.name": parts.at(-1)!,
    "metadata.namespace": parts.length > 3 ? parts[2]! : "",
    ...kept.fields,
  };
}
