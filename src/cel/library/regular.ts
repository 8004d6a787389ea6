// Regular expressions as RE2 writes them, run by JavaScript's. It refuses what only backtracking could match.
import { overload, TEXT_FACTOR } from "../environment.ts";
import type { Overload } from "../environment.ts";
import { EvaluationError } from "../source.ts";

const known = new Map<string, RegExp>();
const MOST_KNOWN = 500;

/** Throws EvaluationError for what is no expression. */
export function regExp(pattern: string): RegExp {
  let found = known.get(pattern);
  if (found === undefined) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(pattern, (found = compiled(pattern)));
  }
  return found;
}

function compiled(pattern: string): RegExp {
  const flags = /^\(\?([ims]+)\)/.exec(pattern);
  if (/\(\?<?[=!]|\\[1-9]/.test(pattern))
    throw new EvaluationError(`error parsing regexp: invalid or unsupported Perl syntax: \`${pattern}\``);
  const source = pattern
    .slice(flags?.[0].length ?? 0)
    .replace(/\\A/g, "^")
    .replace(/\\z/g, "$")
    .replace(/\(\?P</g, "(?<")
    .replace(/\[\[:(\w+):\]\]/g, (whole, name: string) => (CLASSES[name] === undefined ? whole : `[${CLASSES[name]}]`));
  try {
    return new RegExp(source, `u${flags?.[1] ?? ""}`);
  } catch (first) {
    try {
      return new RegExp(source, flags?.[1] ?? "");
    } catch {
      throw new EvaluationError(`error parsing regexp: ${String(first)}`, { cause: first });
    }
  }
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  digit: "0-9",
  lower: "a-z",
  upper: "A-Z",
  space: "\\s",
  xdigit: "0-9A-Fa-f",
  word: "\\w",
};

export const matches = (text: string, pattern: string): boolean => regExp(pattern).test(text);

const grows = { argument: 0, factor: TEXT_FACTOR, times: { argument: 1, factor: 0.25 } };

/** `find` and `findAll`: Kubernetes' own. */
export const regular: readonly Overload[] = [
  overload(
    "string.find(string) string",
    (text: string, pattern: string) => regExp(pattern).exec(text)?.[0] ?? "",
    grows,
  ),
  overload("string.findAll(string) list(string)", (text: string, pattern: string) => all(text, pattern, -1), grows),
  overload(
    "string.findAll(string, int) list(string)",
    (text: string, pattern: string, most: bigint) => all(text, pattern, Number(most)),
    grows,
  ),
];

function all(text: string, pattern: string, most: number): readonly string[] {
  const { source, flags } = regExp(pattern);
  const found = [...text.matchAll(new RegExp(source, `${flags}g`))].map(([match]) => match);
  return most < 0 ? found : found.slice(0, most);
}
