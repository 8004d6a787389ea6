// Places in an expression's text, and errors that show them. It refuses to read the text (lexer.ts does).

/** What is wrong, and where: an offset in UTF-16 units. */
export interface Issue {
  readonly at: number;
  readonly message: string;
}

/** An expression that cannot be compiled. The message shows every issue with its line, as upstream's does. */
export class CompileError extends Error {
  override readonly name = "CompileError";
  readonly issues: readonly Issue[];
  constructor(text: string, issues: readonly Issue[]) {
    super(issues.map((issue) => issueText(text, issue)).join("\n"));
    this.issues = issues;
  }
}

/** An evaluation that came to no value. */
export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
}

/** An evaluation that cost more than it may. */
export class CostError extends EvaluationError {}

function issueText(text: string, { at, message }: Issue): string {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const start = before.lastIndexOf("\n") + 1;
  const end = text.indexOf("\n", at);
  const shown = text.slice(start, end < 0 ? undefined : end);
  const column = [...text.slice(start, at)].length;
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${shown}\n | ${".".repeat(column)}^`;
}
