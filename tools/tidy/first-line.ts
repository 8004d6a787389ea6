// Rule: a file begins by saying what it is. It refuses to judge the sentence.
import type { Finding, Rule } from "./tree.ts";

const SHORTEST = 25;

export const firstLine: Rule = {
  name: "first-line",
  *check(tree): Iterable<Finding> {
    for (const { file, text, isTest } of tree.sources.values()) {
      // A test stands beside what it tests and is named after it: there the sentence is only asked for.
      const warning = isTest && { warning: true as const };
      const [first = "", second = ""] = text.split("\n", 2);
      const line = first.startsWith("#!") ? second : first;
      if (!/^\/\/ \S|^\/\*\* \S/.test(line)) {
        yield {
          file,
          line: 1,
          message: "does not begin with a comment: say what it is and what it refuses to be",
          ...warning,
        };
      } else if (line.length < SHORTEST) {
        yield { file, line: 1, message: "begins with a comment too short to say what the file is", ...warning };
      }
    }
  },
};
