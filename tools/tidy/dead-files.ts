// Rule: every file of src/ is used. It refuses to look at exports: the linter and the reviewer do.
import type { Finding, Rule } from "./tree.ts";

/** Where the programs begin; what they are called by is no import. */
const ENTRIES = /^src\/(?:main|kaji)\.ts$/;

export const deadFiles: Rule = {
  name: "dead-files",
  *check(tree): Iterable<Finding> {
    const users = new Map<string, string[]>();
    for (const source of tree.sources.values()) {
      for (const { target } of source.imports) {
        if (target !== undefined && target !== source.file)
          users.set(target, [...(users.get(target) ?? []), source.file]);
      }
    }
    for (const { file, isTest } of tree.sources.values()) {
      if (!file.startsWith("src/") || ENTRIES.test(file) || /\.test\.ts$/.test(file)) continue;
      const used = users.get(file) ?? [];
      if (used.length === 0) yield { file, message: "is imported from nowhere" };
      else if (!isTest && used.every((user) => user.endsWith(".test.ts"))) {
        yield { file, message: "is imported from tests only", warning: true };
      }
    }
  },
};
