// Schema nodes made on the fly from the published facts of the API (reference/schema.json), for tests only: they let
// every walk meet all types of Kubernetes, also those that no file in resources/ describes yet. No part of the server.
import { existsSync, readFileSync } from "node:fs";
import type { AnyObjectNode, Field, FieldFacts, JsonKind, Node, Tag } from "../../src/schema/node.ts";

/** Beside the checkout; tests that need it say loudly that they were skipped without it. */
export const REFERENCE = new URL("../../../shared/reference/", import.meta.url);
export const hasReference = existsSync(REFERENCE);

interface FieldRow {
  readonly name: string;
  readonly type: string;
  readonly ptr?: boolean;
  readonly required?: boolean;
  readonly omit?: string;
  readonly proto: number | readonly number[] | null;
  readonly protoType?: string;
  readonly listType?: "atomic" | "set" | "map";
  readonly listMapKeys?: readonly string[];
}

interface TypeRow {
  readonly group: string;
  readonly version: string;
  readonly kind?: string;
  readonly message: string | null;
  readonly custom?: boolean;
  readonly inline?: readonly { readonly name: string | null; readonly proto: number; readonly type: string }[];
  readonly fields: readonly FieldRow[];
}

interface SchemaFile {
  readonly types: Readonly<Record<string, TypeRow>>;
}

const file = hasReference
  ? (JSON.parse(readFileSync(new URL("schema.json", REFERENCE), "utf8")) as SchemaFile)
  : { types: {} };

const nodes = new Map<string, AnyObjectNode>();

/** The node of a type by its name there: `core/v1.PodSpec`. */
export function referenceNode(name: string): AnyObjectNode {
  const known = nodes.get(name);
  if (known !== undefined) return known;
  const row = file.types[name];
  if (row === undefined) throw new Error(`schema.json has no type ${name}`);
  const fields: Record<string, Field> = {};
  const inline = Object.fromEntries((row.inline ?? []).map((part) => [part.proto, part.type]));
  const node: AnyObjectNode = {
    type: "object",
    name: row.message ?? `none.${name.replace("/", ".")}`,
    fields,
    ...(row.inline && { inline }),
  };
  // Recursive types meet themselves: the node is known before its fields are.
  nodes.set(name, node);
  for (const field of row.fields) fields[field.name] = fieldOf(field);
  return node;
}

export interface ReferenceKind {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** All types that are kinds of their own. */
export function referenceKinds(): ReferenceKind[] {
  return Object.entries(file.types).flatMap(([name, { group, version, kind }]) => (kind ? [{ name, group, version, kind }] : []));
}

export const referenceTypeNames = (): string[] => Object.keys(file.types);

function fieldOf(row: FieldRow): Field {
  const facts: { -readonly [K in keyof FieldFacts]: FieldFacts[K] } = {};
  if (row.ptr) facts.pointer = true;
  if (row.required) facts.required = true;
  const omit = row.omit ?? "";
  if (!omit.includes("empty") && !omit.includes("zero")) facts.always = true;
  if (omit.includes("zero")) facts.omitZero = true;
  return { node: nodeOf(row.type, row), tag: row.proto as Tag, doc: "", ...facts };
}

const SCALARS: Readonly<Record<string, Node>> = {
  string: { type: "string" },
  int32: { type: "int32" },
  int64: { type: "int64" },
  bool: { type: "boolean" },
  double: { type: "double" },
  bytes: { type: "bytes" },
  quantity: { type: "quantity" },
  intOrString: { type: "intOrString" },
  time: { type: "time" },
  microTime: { type: "microTime" },
  rawExtension: { type: "rawExtension" },
  fieldsV1: { type: "fieldsV1" },
  json: { type: "json" },
  any: { type: "json" },
  patch: { type: "json" },
};

const variants = new Map<string, Node>();

/** A Go type with a JSON form of its own: of several fields one is shown, else it is any JSON. */
function customNode(type: string, row: TypeRow): Node {
  if (row.message === null || row.fields.length < 2) return { type: "json" };
  const known = variants.get(type);
  if (known !== undefined) return known;
  const cases: Partial<Record<JsonKind, { node: Node; tag: number }>> = {};
  const node: Node = { type: "variant", name: row.message, cases };
  variants.set(type, node);
  for (const field of row.fields) {
    const kind = field.type === "bool" ? "boolean" : field.type.startsWith("list<") ? "list" : "object";
    cases[kind] = { node: nodeOf(field.type, field), tag: field.proto as number };
  }
  return node;
}

function nodeOf(type: string, row: FieldRow): Node {
  const list = /^list<(.+)>$/.exec(type);
  if (list) {
    const wrapper = /ExtraValue|AttestationValue|Verbs/.test(row.protoType ?? "") && { wrapper: row.protoType! };
    const facts = { ...(row.listType && { listType: row.listType }), ...(row.listMapKeys && { keys: row.listMapKeys }) };
    return { type: "list", items: nodeOf(list[1]!, { ...row, protoType: "" }), ...facts, ...wrapper };
  }
  const map = /^map<string,(.+)>$/.exec(type);
  if (map) return { type: "map", values: nodeOf(map[1]!, row) };
  return SCALARS[type] ?? (file.types[type]?.custom ? customNode(type, file.types[type]) : referenceNode(type));
}
