// YAML bodies as kubectl and the API server read them: YAML 1.1 booleans and octals, no sexagesimals, no timestamps, and
// only values that JSON can say; duplicate keys are told apart. It refuses tags of its own.
import {
  boolYaml11Tag,
  defineScalarTag,
  floatCoreTag,
  intYaml11Tag,
  load,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  Schema,
  seqTag,
  strTag,
  YAMLException,
} from "js-yaml";

/** The text is no YAML; the message is in the words of Kubernetes' parser where we know them. */
export class YamlError extends Error {
  override readonly name = "YamlError";
}

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

const SCHEMA = new Schema([strTag, seqTag, mapTag, mergeTag, nullYaml11Tag, bool, integer, floatCoreTag]);

/** `duplicates`: `line 6: key "a" already set in map`; the last value wins, as for JSON. */
export function yamlIn(text: string): { readonly value: unknown; readonly duplicates: readonly string[] } {
  const duplicates: string[] = [];
  const lines = text.split("\n");
  for (;;) {
    try {
      return { value: load(lines.join("\n"), { schema: SCHEMA }), duplicates };
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      const repeated = /duplicat/.test(error.reason) ? dropEarlier(lines, error.mark?.line ?? 0) : undefined;
      if (repeated === undefined) throw new YamlError(wordsOf(error, text), { cause: error });
      duplicates.push(repeated);
    }
  }
}

/** The earlier of two lines with the same key gives way; it stays as an empty line, so that later numbers are right. */
function dropEarlier(lines: string[], line: number): string | undefined {
  const found = /^(\s*(?:- )?)(["']?)([^"':]+)\2\s*:/.exec(lines[line] ?? "");
  if (found === null) return undefined;
  const key = found[3]!;
  for (let i = line - 1; i >= 0; i--) {
    const earlier = /^(\s*(?:- )?)(["']?)([^"':]+)\2\s*:/.exec(lines[i]!);
    if (earlier?.[3] !== key || earlier[1]!.length !== found[1]!.length) continue;
    lines[i] = "";
    return `line ${line + 1}: key ${JSON.stringify(key)} already set in map`;
  }
  return undefined;
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
