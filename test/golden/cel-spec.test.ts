// The official conformance tests of CEL (cel-spec, as data), as far as they speak of what Kubernetes has: no protobuf
// messages, no extensions that it leaves out. What is left out is named here, and the rest has to pass.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tests as conformance } from "@bufbuild/cel-spec/testdata/conformance.js";
import { environment } from "../../src/cel/environment.ts";
import { Unsigned } from "../../src/cel/expr.ts";
import { libraries } from "../../src/cel/library/index.ts";
import { compile } from "../../src/cel/program.ts";
import { CompileError, EvaluationError } from "../../src/cel/source.ts";
import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, listOf, mapOf, NULL, STRING, TIMESTAMP, UINT } from "../../src/cel/type.ts";
import type { Type } from "../../src/cel/type.ts";
import { Duration, durationOf, equal, isMap, MadeMap, Optional, timestampOf, TypeValue, typeOfValue } from "../../src/cel/values.ts";
import type { Value } from "../../src/cel/values.ts";
import { typeText } from "../../src/cel/type.ts";

interface Case {
  readonly name?: string;
  readonly expr: string;
  readonly disableCheck?: boolean;
  readonly checkOnly?: boolean;
  readonly container?: string;
  readonly typeEnv?: readonly Loose[];
  readonly bindings?: Readonly<Record<string, Loose>>;
  readonly value?: Loose;
  readonly evalError?: Loose;
  readonly typedResult?: Loose;
  readonly unknown?: Loose;
  readonly anyEvalErrors?: Loose;
  readonly disableMacros?: boolean;
}
type Loose = { readonly [key: string]: unknown };
interface Suite {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly { readonly original: Case }[];
}

/** Suites about messages, and about extensions that Kubernetes does not have. */
const LEFT_OUT = new Set([
  "block_ext",
  "dynamic",
  "encoders_ext",
  "enums",
  "math_ext",
  "network_ext",
  "proto2",
  "proto2_ext",
  "proto3",
  "type_deduction",
  "unknowns",
  "wrappers",
]);

const SIMPLE: Readonly<Record<string, Type>> = { BOOL, BYTES, DOUBLE, INT64: INT, STRING, UINT64: UINT };
const WELL_KNOWN: Readonly<Record<string, Type>> = { TIMESTAMP, DURATION };

/** Undefined for types of messages. */
function typeFrom(type: Loose): Type | undefined {
  if (type["primitive"] !== undefined) return SIMPLE[type["primitive"] as string];
  if (type["wellKnown"] !== undefined) return WELL_KNOWN[type["wellKnown"] as string];
  if ("dyn" in type) return DYN;
  if ("null" in type) return NULL;
  const listType = type["listType"] as Loose | undefined;
  const mapType = type["mapType"] as Loose | undefined;
  if (listType !== undefined) {
    const items = listType["elemType"] === undefined ? DYN : typeFrom(listType["elemType"] as Loose);
    return items && listOf(items);
  }
  if (mapType === undefined) return undefined;
  const keys = mapType["keyType"] === undefined ? DYN : typeFrom(mapType["keyType"] as Loose);
  const values = mapType["valueType"] === undefined ? DYN : typeFrom(mapType["valueType"] as Loose);
  return keys && values && mapOf(keys, values);
}

/** Undefined for what holds messages. */
function valueFrom(value: Loose): Value | undefined {
  const [kind] = Object.keys(value);
  const given = value[kind!];
  switch (kind) {
    case "int64Value":
      return BigInt(given as string);
    case "uint64Value":
      return new Unsigned(BigInt(given as string));
    case "doubleValue":
      return Number(given);
    case "boolValue":
    case "stringValue":
      return given as boolean | string;
    case "nullValue":
      return null;
    case "bytesValue":
      return new Uint8Array(Buffer.from(given as string, "base64"));
    case "listValue":
      return all((((given as Loose)["values"] ?? []) as readonly Loose[]).map(valueFrom));
    case "mapValue":
      return mapFrom(((given as Loose)["entries"] ?? []) as readonly Loose[]);
    case "objectValue":
      return messageFrom(given as Loose);
    case "typeValue":
      return new TypeValue({ kind: "opaque", name: given as string });
    default:
      return undefined;
  }
}

const all = (values: readonly (Value | undefined)[]) =>
  values.includes(undefined) ? undefined : (values as readonly Value[]);

function mapFrom(entries: readonly Loose[]): Value | undefined {
  const map = new MadeMap();
  for (const entry of entries) {
    const [key, value] = [valueFrom(entry["key"] as Loose), valueFrom(entry["value"] as Loose)];
    if (key === undefined || value === undefined) return undefined;
    map.add(key, value);
  }
  return map;
}

function messageFrom(message: Loose): Value | undefined {
  const type = String(message["@type"]);
  if (type.endsWith("google.protobuf.Timestamp")) return timestampOf(message["value"] as string);
  if (type.endsWith("google.protobuf.Duration")) return durationOf(message["value"] as string);
  return undefined;
}

/** What a case needs; a text says why it is left out. */
function needs({ typeEnv = [], bindings = {}, value, typedResult, ...rest }: Case) {
  if (rest.disableCheck) return "runs unchecked";
  if (rest.disableMacros) return "runs without macros";
  if (rest.checkOnly) return "is only checked";
  if (rest.container) return "containers";
  if (rest.unknown !== undefined || rest.anyEvalErrors !== undefined) return "unknown values";
  if (/google\.protobuf\.|TestAllTypes|cel\.expr/.test(rest.expr)) return "messages";
  const types: Record<string, Type> = {};
  for (const { name, ident } of typeEnv) {
    const type = ident === undefined ? undefined : typeFrom((ident as Loose)["type"] as Loose);
    if (type === undefined) return "declarations of messages or functions";
    types[name as string] = type;
  }
  const values: Record<string, Value> = {};
  for (const [name, bound] of Object.entries(bindings)) {
    const found = bound["value"] === undefined ? undefined : valueFrom(bound["value"] as Loose);
    if (found === undefined) return "bindings of messages";
    values[name] = found;
  }
  const wanted = value ?? (typedResult?.["result"] as Loose | undefined);
  const expected = wanted === undefined ? undefined : valueFrom(wanted);
  if (wanted !== undefined && expected === undefined) return "results that are messages";
  return { types, values, expected: wanted === undefined ? true : expected! };
}

/** As the suite names types. */
const typeName = (type: Type): string => {
  const text = typeText(type).replace(/\(.*/, "");
  return text === "timestamp" ? "google.protobuf.Timestamp" : text === "duration" ? "google.protobuf.Duration" : text;
};

function same(a: Value, b: Value): boolean {
  if (typeof a === "number" && typeof b === "number" && Number.isNaN(a)) return Number.isNaN(b);
  if (a instanceof TypeValue && b instanceof TypeValue) return typeName(a.type) === typeName(b.type);
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => same(item as Value, b[i] as Value));
  if (typeText(typeOfValue(a)) !== typeText(typeOfValue(b)) && !(typeof a === "object" && a !== null && isMap(a))) return false;
  return equal(a, b);
}

function runCase(one: Case, { types, values, expected }: Exclude<ReturnType<typeof needs>, string>): void {
  const run = () =>
    compile(one.expr, environment(libraries, types)).run({ variables: (name) => values[name], limit: 1e7 }).value;
  if (one.evalError !== undefined) {
    assert.throws(run, (error) => error instanceof EvaluationError || error instanceof CompileError);
    return;
  }
  const found = run();
  assert.ok(same(found, expected), `${one.expr} came to ${shown(found)}, not ${shown(expected)}`);
}

const shown = (value: Value): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "bigint"
      ? `${inner}`
      : inner instanceof Duration || inner instanceof Optional || inner instanceof TypeValue
        ? { ...inner }
        : inner,
  );

let ran = 0;
let leftOut = 0;

function runSuite(suite: Suite): void {
  if (LEFT_OUT.has(suite.name)) return;
  describe(suite.name, () => {
    for (const inner of suite.suites ?? []) runSuite(inner);
    for (const { original } of suite.tests ?? []) {
      const needed = needs(original);
      if (typeof needed === "string") {
        leftOut++;
        continue;
      }
      ran++;
      test(original.name ?? original.expr, () => runCase(original, needed));
    }
  });
}

for (const suite of (conformance as unknown as Suite).suites ?? []) runSuite(suite);

test("there is much to run", (t) => {
  t.diagnostic(`${ran} cases, ${leftOut} left out`);
  assert.ok(ran > 800, `only ${ran} cases`);
});
