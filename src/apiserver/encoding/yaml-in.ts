// YAML bodies as kubectl and the API server read them: the values that JSON can say, duplicate keys told apart. It refuses tags.
import { load, YAMLException } from "js-yaml";

/** The text is no YAML; the message is in the words of Kubernetes' parser where we know them. */
export class YamlError extends Error {
  override readonly name = "YamlError";
}

/** `duplicates`: `line 6: key "a" already set in map`; the last value wins, as for JSON. */
export function yamlIn(text: string): { readonly value: unknown; readonly duplicates: readonly string[] } {
  try {
    return { value: load(text), duplicates: [] };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    if (error.reason === "duplicated mapping key") return withDuplicates(text);
    throw new YamlError(wordsOf(error), { cause: error });
  }
}

function withDuplicates(text: string): { value: unknown; duplicates: string[] } {
  const duplicates: string[] = [];
  let rest = text;
  for (;;) {
    try {
      return { value: load(rest), duplicates };
    } catch (error) {
      if (!(error instanceof YAMLException) || error.reason !== "duplicated mapping key" || error.mark === undefined) throw error;
      const lines = rest.split("\n");
      const line = error.mark.line;
      const key = /^\s*(?:- )?["']?([^"':]+)["']?\s*:/.exec(lines[line] ?? "")?.[1] ?? "";
      duplicates.push(`line ${line + 1}: key ${JSON.stringify(key)} already set in map`);
      const earlier = lines.findIndex((one, i) => i < line && new RegExp(`^\\s*${key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*:`).test(one));
      if (earlier < 0) throw new YamlError(wordsOf(error), { cause: error });
      // The earlier one gives way; its line stays, so that later numbers are right.
      lines[earlier] = "";
      rest = lines.join("\n");
    }
  }
}

function wordsOf(error: YAMLException): string {
  const line = (error.mark?.line ?? 0) + 1;
  if (/tab characters/.test(error.reason)) return "yaml: found character that cannot start any token";
  if (/unexpected end of the stream within a flow collection/.test(error.reason)) return `yaml: line ${Math.max(line - 1, 1)}: did not find expected node content`;
  return `yaml: line ${line}: ${error.reason}`;
}
