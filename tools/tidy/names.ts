// Rule: names say what is inside. It refuses the words that could name any file.
import type { Finding, Rule } from "./tree.ts";

const FORBIDDEN = new Set([
  "util",
  "utils",
  "helper",
  "helpers",
  "common",
  "types",
  "misc",
  "shared",
  "manager",
  "managers",
]);

export const names: Rule = {
  name: "names",
  *check(tree): Iterable<Finding> {
    const folders = new Set<string>();
    for (const file of tree.sources.keys()) {
      const parts = file.split("/");
      const stem = parts.pop()!.replace(/(?:\.[a-z0-9]+)*\.ts$/, "");
      if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(stem)) {
        yield { file, message: "is not named in lower case with dashes" };
      }
      const last = stem.split("-").at(-1)!;
      if (FORBIDDEN.has(last)) yield { file, message: `is named "${last}": name it by the noun that it holds` };
      for (let depth = 2; depth <= parts.length; depth++) folders.add(parts.slice(0, depth).join("/"));
    }
    for (const folder of folders) {
      const last = folder.split("/").at(-1)!.split("-").at(-1)!;
      if (FORBIDDEN.has(last)) yield { file: folder, message: `is named "${last}": name it by the noun that it holds` };
    }
  },
};
