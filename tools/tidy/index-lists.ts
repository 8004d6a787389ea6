// Rule: index.ts is an ordered list of values and nothing else; nothing is re-exported. It refuses barrels: an import
// names the file that has what it wants.
import { findings, type Finding, type Rule } from "./tree.ts";

export const indexLists: Rule = {
  name: "index-lists",
  *check(tree): Iterable<Finding> {
    for (const source of tree.sources.values()) {
      for (const { reExport, specifier, line } of source.imports) {
        if (reExport) yield { file: source.file, line, message: `re-exports ${specifier}: import it where it is used` };
      }
      // A list may take what its values need: `(random) => [a, b(random)]`.
      if (!/(?:^|\/)index\.ts$/.test(source.file)) continue;
      yield* findings(source, /\b(?:function|class|if|for|while|switch|await|return)\b|=>(?!\s*\[)/g, (found) => {
        return `has ${found}: index.ts only lists imported values`;
      });
      if (!/\bexport\s+const\b/.test(source.code)) {
        yield { file: source.file, message: "exports no list: index.ts only lists imported values" };
      }
    }
  },
};
