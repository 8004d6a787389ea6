// Rule: no way around the types, the tests or the errors. It refuses `any`, silenced compilers, lone tests and what
// was put off.
import { findings, type Finding, lineAt, type Rule } from "./tree.ts";

const IN_CODE: readonly (readonly [RegExp, string])[] = [
  [
    /(?<=[:|&<,]\s*|\bas\s+|=>\s*)\bany\b(?!\s*[:(?=])(?=\s*[,;)>=|&[\]}{\n])/g,
    "has the type any: say what it is, or unknown",
  ],
  [/\b(?:test|it|describe|suite)\.only\b|\bonly:\s*true\b/g, "runs one test only"],
  [/\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/g, "swallows an error: handle it, or say in a comment why it does not matter"],
];
const IN_COMMENTS: readonly (readonly [RegExp, string])[] = [
  // A test may expect the compiler to complain: that fails when it does not.
  [/@ts-(?:ignore|nocheck|expect-error)\b/g, "silences the compiler"],
  [/\b(?:TODO|FIXME|XXX|HACK)\b/g, "puts something off: do it, or file an issue"],
];

export const escapes: Rule = {
  name: "escapes",
  *check(tree): Iterable<Finding> {
    for (const source of tree.sources.values()) {
      if (source.file.startsWith("tools/tidy")) continue;
      for (const [form, message] of IN_CODE) {
        for (const finding of findings(source, form, () => message)) {
          // A comment inside the braces is the reason.
          if (message.startsWith("swallows") && reasonAt(source.text, source.code, finding.line!)) continue;
          yield finding;
        }
      }
      for (const [form, message] of IN_COMMENTS) {
        for (const match of source.text.matchAll(form)) {
          if (isString(source.code, source.text, match.index)) continue;
          if (source.isTest && match[0] === "@ts-expect-error") continue;
          yield { file: source.file, line: lineAt(source.text, match.index), message: `${message} (${match[0]})` };
        }
      }
    }
  },
};

/** Whether the empty braces of the `catch` on this line hold a comment. */
function reasonAt(text: string, code: string, line: number): boolean {
  const starts = [...code.matchAll(/\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/g)].filter(
    (m) => lineAt(code, m.index) === line,
  );
  return starts.every((match) => /\/\/ ?\S|\/\* ?\S/.test(text.slice(match.index, match.index + match[0].length)));
}

/** Whether the position is in a string: between quotes on its masked line. */
function isString(code: string, text: string, at: number): boolean {
  const start = text.lastIndexOf("\n", at) + 1;
  const before = code.slice(start, at);
  return (before.match(/["'`]/g)?.length ?? 0) % 2 === 1;
}
