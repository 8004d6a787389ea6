// Label selectors: read from text or from an object, matched, and printed in canonical form. It refuses to look at
// anything but labels (field-selector.ts).
//
// The grammar and its messages are apimachinery's labels.Parse: `a=b, c!=d, e in (x, y), f notin (z), g, !h, n>4`.
import { formats } from "../base/formats.ts";
import { fieldInvalid } from "./meta/field-error.ts";
import type { FieldError } from "./meta/field-error.ts";
import type { LabelSelector } from "./meta/label-selector-type.ts";
import { FieldPath } from "./meta/path.ts";

/** The text is no selector. The message is Kubernetes' own. */
export class SelectorError extends Error {
  override readonly name = "SelectorError";
}

export type Labels = Readonly<Record<string, string>>;

export type LabelOperator = "=" | "==" | "!=" | "in" | "notin" | "exists" | "!" | "gt" | "lt";

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** Sorted, each once. */
  readonly values: readonly string[];
}

/** All of its requirements must hold; with none it matches everything. */
export class LabelQuery {
  readonly requirements: readonly LabelRequirement[];
  /** The terms `key = value` among them, which an index can answer. */
  readonly equals: readonly { readonly key: string; readonly value: string }[];
  readonly #tests: readonly ((labels: Labels) => boolean)[];

  constructor(requirements: readonly LabelRequirement[]) {
    this.requirements = [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    this.equals = this.requirements
      .filter(({ operator, values }) => ["=", "==", "in"].includes(operator) && values.length === 1)
      .map(({ key, values }) => ({ key, value: values[0]! }));
    this.#tests = this.requirements.map(testOf);
  }

  get isEmpty(): boolean {
    return this.requirements.length === 0;
  }

  matches(labels: Labels | undefined): boolean {
    for (const test of this.#tests) if (!test(labels ?? NO_LABELS)) return false;
    return true;
  }

  /** The canonical text: what goes into a query parameter and a Scale's status. */
  toString(): string {
    return this.requirements.map(textOf).join(",");
  }
}

const NO_LABELS: Labels = Object.freeze({});

/** Matches no object at all: what an absent selector of an object means. */
class MatchesNothing extends LabelQuery {
  constructor() {
    super([]);
  }
  override get isEmpty(): boolean {
    return false;
  }
  override matches(): boolean {
    return false;
  }
}

export const NOTHING: LabelQuery = new MatchesNothing();
export const EVERYTHING: LabelQuery = new LabelQuery([]);

function testOf({ key, operator, values }: LabelRequirement): (labels: Labels) => boolean {
  const has = (labels: Labels) => Object.hasOwn(labels, key);
  const [only = ""] = values;
  switch (operator) {
    case "=":
    case "==":
      return (labels) => has(labels) && labels[key] === only;
    case "!=":
      return (labels) => !has(labels) || labels[key] !== only;
    case "in":
      return (labels) => has(labels) && values.includes(labels[key]!);
    case "notin":
      return (labels) => !has(labels) || !values.includes(labels[key]!);
    case "exists":
      return has;
    case "!":
      return (labels) => !has(labels);
    default: {
      const bound = BigInt(only);
      return (labels) => {
        const text = has(labels) ? labels[key]! : "";
        if (!INTEGER.test(text)) return false;
        return operator === "gt" ? BigInt(text) > bound : BigInt(text) < bound;
      };
    }
  }
}

function textOf({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${values.join(",")})`;
    case "gt":
      return `${key}>${values[0]!}`;
    case "lt":
      return `${key}<${values[0]!}`;
    default:
      return `${key}${operator}${values[0]!}`;
  }
}

const INTEGER = /^-?[0-9]+$/;

/** Makes one requirement after checking key and values. `path` is only for messages. Throws {@link SelectorError}. */
export function requirement(key: string, operator: LabelOperator, values: readonly string[]): LabelRequirement {
  const errors: FieldError[] = [];
  keyFaults(key, FieldPath.of("key"), errors);
  const path = FieldPath.of("values");
  if (operator === "gt" || operator === "lt") {
    values.forEach((value, i) => {
      if (INTEGER.test(value)) return;
      errors.push(fieldInvalid(path.index(i), value, "for 'Gt', 'Lt' operators, the value must be an integer"));
    });
  }
  values.forEach((value, i) => {
    const faults = formats.labelValue(value);
    if (faults.length > 0) errors.push(fieldInvalid(path.index(i).key(key), value, faults.join("; ")));
  });
  if (errors.length > 0) throw new SelectorError(errorsText(errors));
  return { key, operator, values: [...new Set(values)].sort() };
}

function keyFaults(key: string, path: FieldPath, errors: FieldError[]): void {
  const faults = formats.qualifiedName(key);
  if (faults.length > 0) errors.push(fieldInvalid(path, key, faults.join("; ")));
}

function errorsText(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(({ field, body }) => `${field}: ${body}`))];
  return texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
}

/** Reads a selector. Throws {@link SelectorError}. */
export function parseLabelSelector(text: string): LabelQuery {
  return new LabelQuery(new Parser(scan(text)).parse());
}

/** The selector that objects carry (`spec.selector`): absent matches nothing, empty matches everything. */
export function labelQueryOf(selector: LabelSelector | undefined): LabelQuery {
  if (selector === undefined) return NOTHING;
  const operators: Readonly<Record<string, LabelOperator>> = {
    In: "in",
    NotIn: "notin",
    Exists: "exists",
    DoesNotExist: "!",
  };
  const requirements = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => requirement(key, "=", [value]));
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const known = operators[operator];
    if (known === undefined)
      throw new SelectorError(`${JSON.stringify(operator)} is not a valid label selector operator`);
    requirements.push(requirement(key, known, values));
  }
  return requirements.length === 0 ? EVERYTHING : new LabelQuery(requirements);
}

/** The older form of selectors, a map of equal values (Service, ReplicationController): empty matches nothing there. */
export function labelQueryOfMap(selector: Labels | undefined): LabelQuery {
  const entries = Object.entries(selector ?? {});
  return entries.length === 0
    ? NOTHING
    : new LabelQuery(entries.map(([key, value]) => ({ key, operator: "=", values: [value] })));
}

interface Token {
  readonly kind: "end" | "error" | "identifier" | "symbol";
  readonly text: string;
}

const SYMBOLS = new Set([")", ",", "!", "==", "=", ">", "<", "!=", "("]);
const isSpecial = (c: string | undefined) => c !== undefined && "=!(),><".includes(c);
const isSpace = (c: string | undefined) => c === " " || c === "\t" || c === "\r" || c === "\n";

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (isSpace(text[at])) at++;
    else if (isSpecial(text[at])) {
      // The longest symbol that the characters make.
      let end = at;
      let found = "";
      while (isSpecial(text[end])) {
        const candidate = text.slice(at, end + 1);
        if (SYMBOLS.has(candidate)) found = candidate;
        else if (found !== "") break;
        end++;
      }
      tokens.push({ kind: "symbol", text: found });
      at += found.length;
    } else {
      const start = at;
      while (at < text.length && !isSpecial(text[at]) && !isSpace(text[at])) at++;
      tokens.push({ kind: "identifier", text: text.slice(start, at) });
    }
  }
  tokens.push({ kind: "end", text: "" });
  return tokens;
}

const OPERATORS: Readonly<Record<string, LabelOperator>> = {
  in: "in",
  notin: "notin",
  "=": "=",
  "==": "==",
  "!=": "!=",
  ">": "gt",
  "<": "lt",
};

/** Recursive descent, one token ahead. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  #take(): Token {
    const token = this.#next;
    if (token.kind !== "end") this.#at++;
    return token;
  }

  #is(symbol: string): boolean {
    return this.#next.kind === "symbol" && this.#next.text === symbol;
  }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      if (this.#next.kind === "end") return requirements;
      if (this.#next.kind !== "identifier" && !this.#is("!")) {
        throw new SelectorError(`found '${this.#next.text}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirementInFrame());
      const { kind, text } = this.#take();
      if (kind === "end") return requirements;
      if (text !== ",") throw new SelectorError(`found '${text}', expected: ',' or 'end of string'`);
      if (this.#next.kind !== "identifier" && !this.#is("!")) {
        throw new SelectorError(`found '${this.#next.text}', expected: identifier after ','`);
      }
    }
  }

  #requirementInFrame(): LabelRequirement {
    try {
      return this.#requirement();
    } catch (error) {
      if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`);
      throw error;
    }
  }

  #requirement(): LabelRequirement {
    const absent = this.#is("!");
    if (absent) this.#take();
    const { kind, text: key } = this.#take();
    if (kind !== "identifier") throw new SelectorError(`found '${key}', expected: identifier`);
    const errors: FieldError[] = [];
    keyFaults(key, FieldPath.root, errors);
    if (errors.length > 0) throw new SelectorError(errorsText(errors));
    if (absent) return requirement(key, "!", []);
    if (this.#next.kind === "end" || this.#is(",")) return requirement(key, "exists", []);
    const { text } = this.#take();
    const operator = OPERATORS[text];
    if (operator === undefined) throw new SelectorError(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`);
    const values = operator === "in" || operator === "notin" ? this.#values() : [this.#exactValue()];
    return requirement(key, operator, values);
  }

  #exactValue(): string {
    if (this.#next.kind === "end" || this.#is(",")) return "";
    const { kind, text } = this.#take();
    if (kind !== "identifier") throw new SelectorError(`found '${text}', expected: identifier`);
    return text;
  }

  /** A list in parentheses; gaps between commas are empty values. */
  #values(): string[] {
    const open = this.#take();
    if (open.text !== "(") throw new SelectorError(`found '${open.text}' expected: '('`);
    if (this.#next.kind !== "identifier" && !this.#is(",") && !this.#is(")")) {
      throw new SelectorError(`found '${this.#next.text}', expected: ',', ')' or identifier`);
    }
    const values: string[] = [];
    let expectsValue = true;
    for (;;) {
      const { kind, text } = this.#take();
      if (kind === "identifier" && expectsValue) {
        values.push(text);
        expectsValue = false;
      } else if (text === "," || text === ")") {
        if (expectsValue) values.push("");
        expectsValue = true;
        if (text === ")") return values;
      } else {
        throw new SelectorError(`found '${text}', expected: ${expectsValue ? "',', or identifier" : "',' or ')'"}`);
      }
    }
  }
}
