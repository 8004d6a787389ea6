// YAML bodies as kubectl and the API server read them: YAML 1.1 booleans and octals, no sexagesimals, no timestamps, and
// only values that JSON can say; duplicate keys are told apart. It refuses tags of its own.
import {
  boolYaml11Tag,
  constructFromEvents,
  defineScalarTag,
  floatCoreTag,
  intYaml11Tag,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  parseEvents,
  Schema,
  seqTag,
  strTag,
  YAMLException,
} from "js-yaml";
import { parseJSONStrict } from "../../base/json-strict.ts";
import { JSONSyntaxError } from "../../base/json-syntax.ts";
import { isTooDeep } from "../../schema/freeze.ts";
import { DEEPEST_YAML, inspectYaml, YamlError } from "./yaml-events.ts";

export { YamlError };

/** `y` and `n` are keys and values like others. */
const bool = defineScalarTag<boolean>("tag:yaml.org,2002:bool", {
  ...boolYaml11Tag,
  resolve: (source, explicit, tag) =>
    /^[yYnN]$/.test(source) ? NOT_RESOLVED : boolYaml11Tag.resolve(source, explicit, tag),
});

/** `1:30` is text. */
const integer = defineScalarTag<number>("tag:yaml.org,2002:int", {
  ...intYaml11Tag,
  resolve: (source, explicit, tag) =>
    source.includes(":") ? NOT_RESOLVED : intYaml11Tag.resolve(source, explicit, tag),
});

/** JSON has no infinities: one that is written out is refused, and a number too large for a float is text, as in Go. */
const float = defineScalarTag<number>("tag:yaml.org,2002:float", {
  ...floatCoreTag,
  resolve: (source, explicit, tag) => {
    const value = floatCoreTag.resolve(source, explicit, tag);
    if (typeof value !== "number" || Number.isFinite(value)) return value;
    if (!/[a-z]{3}/i.test(source)) return NOT_RESOLVED;
    throw new YamlError(`json: unsupported value: ${Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf"}`);
  },
});

const SCHEMA = new Schema([strTag, seqTag, mapTag, mergeTag, nullYaml11Tag, bool, integer, float]);

/** A value, and what is wrong with its text. */
export interface YamlIn {
  readonly value: unknown;
  /** `line 6: key "a" already set in map`, not too many; the last value wins, as for JSON. */
  readonly duplicates: readonly string[];
}

/** A text that is longer takes more than a few milliseconds to read. */
export const LONG_YAML = 16 * 1024;

/** Throws {@link YamlError}. */
export function yamlIn(text: string): YamlIn {
  const value = jsonIn(text);
  if (value !== undefined) return { value, duplicates: NONE };
  try {
    const events = parseEvents(text, { maxDepth: DEEPEST_YAML });
    const duplicates = inspectYaml(text, events);
    const documents = constructFromEvents(events, { source: text, schema: SCHEMA, json: true });
    if (documents.length === 1) return { value: documents[0], duplicates };
    throw new YAMLException(
      documents.length === 0
        ? "expected a document, but the input is empty"
        : "expected a single document in the stream, but found more",
    );
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new YamlError(wordsOf(error, text), { cause: error });
  }
}

const NONE: readonly string[] = Object.freeze([]);

/**
 * An object in JSON, which is YAML as well, and which clients send more often than any other: JSON.parse takes a twentieth of
 * the time. Undefined for all else, and for what has to be told: duplicate keys, and nesting without bound.
 */
export function jsonIn(text: string): unknown {
  // Tabs and merge keys mean something else in YAML than in JSON.
  if (!/^[ \r\n]*\{/.test(text) || text.includes("\t") || text.includes('"<<"')) return undefined;
  try {
    const { value, duplicates } = parseJSONStrict(text);
    return duplicates.length > 0 || isTooDeep(value) ? undefined : value;
  } catch (error) {
    if (error instanceof JSONSyntaxError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function wordsOf(error: YAMLException, text: string): string {
  const line = (error.mark?.line ?? 0) + 1;
  if (/tab characters/.test(error.reason) || /^\t/.test(text.split("\n")[line - 1] ?? ""))
    return "yaml: found character that cannot start any token";
  if (/end of the stream within a flow|deficient indentation|flow (?:collection|sequence|mapping)/.test(error.reason)) {
    return `yaml: line ${Math.max(line - 1, 1)}: did not find expected node content`;
  }
  return `yaml: line ${line}: ${error.reason}`;
}
