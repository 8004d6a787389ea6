// Rule: index.ts is an ordered list of values and nothing else. It refuses barrels: an import names the file that has
// what it wants. A single name that is re-exported elsewhere is shown and does not fail.
import { findings, type Finding, type Rule } from "./tree.ts";

export const indexLists: Rule = {
  name: "index-lists",
  *check(tree): Iterable<Finding> {
    for (const source of tree.sources.values()) {
      const isIndex = /(?:^|\/)index\.ts$/.test(source.file);
      const stars = new Set([...findings(source, /\bexport\s+(?:type\s+)?\*/g, String)].map(({ line }) => line));
      for (const { reExport, specifier, line } of source.imports) {
        if (!reExport) continue;
        const message = `re-exports ${specifier}: import it where it is used`;
        yield { file: source.file, line, message, ...(!isIndex && !stars.has(line) && { warning: true }) };
      }
      if (!isIndex) continue;
      // A list may take what its values need: `(random) => [a, b(random)]`.
      const statements = /\b(?:function|class|if|for|while|switch|await|return)\b|=>(?!\s*\[)/g;
      yield* findings(source, statements, (found) => `has ${found}: index.ts only lists imported values`);
      if (!/\bexport\s+const\b/.test(source.code)) {
        yield { file: source.file, message: "exports no list: index.ts only lists imported values" };
      }
    }
  },
};
