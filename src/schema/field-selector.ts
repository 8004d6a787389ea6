// Field selectors: `metadata.name=a,status.phase!=Running`, read from text and matched against the few fields that a
// kind makes selectable. It refuses to reach into objects: a Resource says how each field is read.
import { SelectorError } from "./label-selector.ts";
import type { KubeObject, Resource } from "./resource.ts";

export interface FieldTerm {
  readonly key: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

export type FieldValues = Readonly<Record<string, string>>;

/** All of its terms must hold. */
export class FieldQuery {
  readonly terms: readonly FieldTerm[];
  /** The terms that demand one value, which an index can answer. */
  readonly equals: readonly { readonly key: string; readonly value: string }[];

  constructor(terms: readonly FieldTerm[]) {
    this.terms = terms;
    this.equals = terms.filter(({ operator }) => operator === "=");
  }

  get isEmpty(): boolean {
    return this.terms.length === 0;
  }

  /** A field that has no value counts as empty. */
  matches(values: FieldValues): boolean {
    for (const { key, operator, value } of this.terms) {
      if (((values[key] ?? "") === value) !== (operator === "=")) return false;
    }
    return true;
  }

  toString(): string {
    return this.terms.map(({ key, operator, value }) => `${key}${operator}${escape(value)}`).join(",");
  }
}

const escape = (value: string) => value.replace(/[\\,=]/g, "\\$&");

/** Reads the text, whatever the fields. Throws {@link SelectorError} with apimachinery's messages. */
export function parseFieldSelector(text: string): FieldQuery {
  const terms = splitTerms(text).sort();
  return new FieldQuery(terms.filter((term) => term !== "").map((term) => parseTerm(term, text)));
}

/** At commas that no backslash takes the meaning from. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === ",") {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function parseTerm(term: string, whole: string): FieldTerm {
  const found = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
  if (found === null) throw new SelectorError(`invalid selector: '${whole}'; can't understand '${term}'`);
  const [, key, operator, value] = found as unknown as [string, string, string, string];
  return { key, operator: operator === "!=" ? "!=" : "=", value: unescape(value) };
}

function unescape(text: string): string {
  let value = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === "," || c === "=") {
      throw new SelectorError(`invalid field selector: unescaped character in value: ${c.charCodeAt(0)}`);
    }
    if (c !== "\\") {
      value += c;
      continue;
    }
    const escaped = text[++i] ?? "";
    if (escaped === "" || !"\\,=".includes(escaped)) {
      throw new SelectorError(`invalid field selector: invalid escape sequence: \\${escaped}`);
    }
    value += escaped;
  }
  return value;
}

/** What of a kind decides which fields may be selected by. */
export type SelectableKind = Pick<Resource, "selectableFields" | "schema">;

const ALWAYS_SELECTABLE = ["metadata.name", "metadata.namespace"];

/** Reads a selector for a kind and refuses fields that the kind does not make selectable. Throws {@link SelectorError}. */
export function fieldQueryFor(kind: SelectableKind, text: string): FieldQuery {
  const query = parseFieldSelector(text);
  for (const { key } of query.terms) {
    if (ALWAYS_SELECTABLE.includes(key) || Object.hasOwn(kind.selectableFields, key)) continue;
    // Kinds with fields of their own, and custom resources, judge by a function of theirs, with another message.
    const own = kind.schema.untyped === true || Object.keys(kind.selectableFields).length > 0;
    const known = ALWAYS_SELECTABLE.map((name) => JSON.stringify(name)).join(", ");
    throw new SelectorError(
      own ? `field label not supported: ${key}` : `${JSON.stringify(key)} is not a known field selector: only ${known}`,
    );
  }
  return query;
}

/** The values of all selectable fields of an object. */
export function fieldValuesOf(kind: Pick<Resource, "selectableFields">, object: KubeObject): FieldValues {
  const values: Record<string, string> = {
    "metadata.name": object.metadata.name ?? "",
    "metadata.namespace": object.metadata.namespace ?? "",
  };
  for (const [field, read] of Object.entries(kind.selectableFields)) values[field] = read(object);
  return values;
}
