// An expression from its text to something that runs. It refuses to know where values come from.
//
// Example:
//   const rule = compile("self.min <= self.max", environment(libraries, { self: schemaType }));
//   const { value } = rule.run({ variables: (name) => (name === "self" ? self : undefined), limit: 1_000_000 });
import { check } from "./checker.ts";
import type { Checked } from "./checker.ts";
import type { Environment } from "./environment.ts";
import { evaluate } from "./evaluate.ts";
import type { Outcome, RunOptions } from "./evaluate.ts";
import { parse } from "./parser.ts";
import type { Type } from "./type.ts";

export interface Program {
  readonly text: string;
  readonly type: Type;
  readonly checked: Checked;
  /** Throws EvaluationError. */
  readonly run: (options: RunOptions) => Outcome;
}

/** Throws CompileError. */
export function compile(text: string, environment: Environment): Program {
  const checked = check(text, parse(text), environment);
  return { text, type: checked.type, checked, run: (options) => evaluate(checked, options) };
}
