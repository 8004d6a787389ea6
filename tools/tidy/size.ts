// Rule: files are short, and so are lines. It refuses to count what a function does: the linter counts its lines.
import type { Finding, Rule } from "./tree.ts";

const LONGEST_FILE = 800;
const LONG_FILE = 500;
/** What the formatter aims at; comments and texts may stick out a little. */
const LONG_LINE = 120;
const LONGEST_LINE = 200;

export const size: Rule = {
  name: "size",
  *check(tree): Iterable<Finding> {
    for (const { file, text } of tree.sources.values()) {
      const lines = text.replace(/\n$/, "").split("\n");
      if (lines.length > LONGEST_FILE) {
        yield { file, message: `has ${lines.length} lines: at most ${LONGEST_FILE}` };
      } else if (lines.length > LONG_FILE) {
        yield { file, message: `has ${lines.length} lines: aim at ${LONG_FILE}`, warning: true };
      }
      for (const [i, line] of lines.entries()) {
        // What cannot be broken may stick out: addresses of specifications, long texts that are facts.
        if (line.length <= LONG_LINE || /https?:\/\/\S+|["'`/].{60,}["'`/]/.test(line)) continue;
        const message = `is ${line.length} characters wide: at most ${LONG_LINE}`;
        yield { file, line: i + 1, message, ...(line.length <= LONGEST_LINE && { warning: true }) };
      }
    }
  },
};
