// Tokens to an expression; macros are recognized here. It refuses to know types and variables.
// Specification: cel-spec, "Syntax" and "Macros"; extensions of two-variable comprehensions, optionals and bindings.
import { Unsigned } from "./expr.ts";
import type { Entry, Expr, Fold, MessageField } from "./expr.ts";
import { tokens } from "./lexer.ts";
import type { Token } from "./lexer.ts";
import { CompileError } from "./source.ts";

/** Deeper nesting is refused, before the stack ends. */
const MOST_DEPTH = 250;

const EXPRESSION_STARTS =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
const RESERVED = new Set(
  "as break const continue else for function if import let loop package namespace return var void while in".split(" "),
);

/** Throws CompileError. */
export function parse(text: string): Expr {
  return new Parser(text).whole();
}

const RELATIONS = new Set(["==", "!=", "<", "<=", ">", ">=", "in"]);
const SUMS = new Set(["+", "-"]);
const PRODUCTS = new Set(["*", "/", "%"]);

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokens(text);
  }

  whole(): Expr {
    const expr = this.#expr();
    const token = this.#peek();
    if (token.type !== "end") throw this.#fault(`extraneous input '${token.text}' expecting <EOF>`, token.at);
    return expr;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)]!;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.type !== "end") this.#next++;
    return token;
  }

  #is(symbol: string): boolean {
    const { type, text } = this.#peek();
    return (type === "symbol" || (type === "identifier" && symbol === "in")) && text === symbol;
  }

  #accept(symbol: string): Token | undefined {
    return this.#is(symbol) ? this.#take() : undefined;
  }

  #expect(symbol: string): Token {
    const token = this.#accept(symbol);
    if (token !== undefined) return token;
    const { text, at } = this.#peek();
    throw this.#fault(`mismatched input '${text}' expecting '${symbol}'`, at);
  }

  #fault(message: string, at: number): CompileError {
    return new CompileError(this.#text, [{ at, message: `Syntax error: ${message}` }]);
  }

  #expr(): Expr {
    if (++this.#depth > MOST_DEPTH)
      throw new CompileError(this.#text, [
        { at: this.#peek().at, message: `expression recursion limit exceeded: ${MOST_DEPTH}` },
      ]);
    const condition = this.#binary(0);
    const mark = this.#accept("?");
    let expr = condition;
    if (mark !== undefined) {
      const yes = this.#binary(0);
      this.#expect(":");
      expr = call("_?_:_", [condition, yes, this.#expr()], mark.at);
    }
    this.#depth--;
    return expr;
  }

  /** Levels of precedence, weakest first. */
  #binary(level: number): Expr {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const token = this.#peek();
      const isOperator = token.type === "symbol" || (token.type === "identifier" && token.text === "in");
      if (!isOperator || !operators.has(token.text)) return left;
      this.#take();
      const name = token.text === "in" ? "@in" : `_${token.text}_`;
      left = call(name, [left, this.#binary(level + 1)], token.at);
    }
  }

  #unary(): Expr {
    const token = this.#peek();
    if (token.type === "symbol" && (token.text === "!" || token.text === "-")) {
      const following = this.#peek(1);
      // A sign belongs to its number, so that the least one can be written.
      if (token.text === "-" && (following.type === "int" || following.type === "double")) {
        this.#take();
        this.#take();
        const constant = this.#number(following, "-", token.at);
        return this.#members(constant);
      }
      let count = 0;
      while (this.#accept(token.text) !== undefined) count++;
      const operand = this.#members(this.#primary());
      if (count % 2 === 0) return operand;
      return call(token.text === "!" ? "!_" : "-_", [operand], token.at);
    }
    return this.#members(this.#primary());
  }

  #members(first: Expr): Expr {
    let expr = first;
    for (;;) {
      const token = this.#peek();
      if (token.type !== "symbol") return expr;
      if (token.text === ".") expr = this.#member(expr, this.#take());
      else if (token.text === "[") {
        this.#take();
        const optional = this.#accept("?") !== undefined;
        const index = this.#expr();
        this.#expect("]");
        expr = call(optional ? "_[?_]" : "_[_]", [expr, index], token.at);
      } else return expr;
    }
  }

  #member(operand: Expr, dot: Token): Expr {
    const optional = this.#accept("?") !== undefined;
    const name = this.#peek();
    if (name.type !== "identifier" && name.type !== "escaped")
      throw this.#fault(`no viable alternative at input '.${name.type === "end" ? "" : name.text}'`, name.at);
    this.#take();
    if (!optional && name.type === "identifier" && this.#is("(")) {
      const open = this.#take();
      const args = this.#args(")");
      return this.#macro(operand, name.text, args, open.at) ?? call(name.text, args, open.at, operand);
    }
    return { kind: "select", operand, field: name.text, test: false, optional, at: dot.at };
  }

  #args(end: string): readonly Expr[] {
    const args: Expr[] = [];
    if (this.#accept(end) !== undefined) return args;
    do args.push(this.#expr());
    while (this.#accept(",") !== undefined);
    this.#expect(end);
    return args;
  }

  #primary(): Expr {
    const token = this.#take();
    switch (token.type) {
      case "int":
      case "uint":
      case "double":
        return this.#number(token, "", token.at);
      case "string":
        return { kind: "constant", value: token.text, at: token.at };
      case "bytes":
        return { kind: "constant", value: token.bytes!, at: token.at };
      case "identifier":
        return this.#named(token, "");
      case "symbol":
        return this.#bracketed(token);
      default:
        throw this.#unexpected(token);
    }
  }

  #unexpected({ text, at }: Token): CompileError {
    return this.#fault(`mismatched input '${text}' expecting ${EXPRESSION_STARTS}`, at);
  }

  #bracketed(token: Token): Expr {
    switch (token.text) {
      case "(": {
        const expr = this.#expr();
        this.#expect(")");
        return expr;
      }
      case "[":
        return this.#list(token);
      case "{":
        return { kind: "map", entries: this.#entries(), at: token.at };
      case ".": {
        const name = this.#take();
        if (name.type !== "identifier") throw this.#unexpected(name);
        return this.#named(name, ".");
      }
      default:
        throw this.#unexpected(token);
    }
  }

  #list(open: Token): Expr {
    const items: Expr[] = [];
    const optional = new Set<number>();
    while (!this.#is("]")) {
      if (this.#accept("?") !== undefined) optional.add(items.length);
      items.push(this.#expr());
      if (this.#accept(",") === undefined) break;
    }
    this.#expect("]");
    return { kind: "list", items, optional, at: open.at };
  }

  #entries(): readonly Entry[] {
    const entries: Entry[] = [];
    while (!this.#is("}")) {
      const optional = this.#accept("?") !== undefined;
      const key = this.#expr();
      const { at } = this.#expect(":");
      entries.push({ key, value: this.#expr(), optional, at });
      if (this.#accept(",") === undefined) break;
    }
    this.#expect("}");
    return entries;
  }

  /** A name, a call, a literal word, or a message: `a.b.C{…}`. */
  #named(token: Token, prefix: string): Expr {
    const { text, at } = token;
    if (prefix === "" && (text === "true" || text === "false")) return { kind: "constant", value: text === "true", at };
    if (prefix === "" && text === "null") return { kind: "constant", value: null, at };
    if (RESERVED.has(text))
      throw new CompileError(this.#text, [{ at, message: `Syntax error: reserved identifier: ${text}` }]);
    if (this.#is("(")) {
      const open = this.#take();
      const args = this.#args(")");
      return this.#globalMacro(text, args, open.at) ?? call(text, args, open.at);
    }
    const length = this.#messageNameLength();
    if (length !== undefined) {
      let name = text;
      for (let i = 0; i < length; i++) name += this.#take().text;
      const open = this.#take();
      return { kind: "message", name, fields: this.#fields(), at: open.at };
    }
    return { kind: "name", name: text, at };
  }

  /** How many tokens lead from here over `.Name` steps to a brace; undefined when there is none. */
  #messageNameLength(): number | undefined {
    let ahead = 0;
    for (;;) {
      const token = this.#peek(ahead);
      if (token.type === "symbol" && token.text === "{") return ahead;
      if (token.type !== "symbol" || token.text !== "." || this.#peek(ahead + 1).type !== "identifier")
        return undefined;
      ahead += 2;
    }
  }

  #fields(): readonly MessageField[] {
    const fields: MessageField[] = [];
    while (!this.#is("}")) {
      const optional = this.#accept("?") !== undefined;
      const name = this.#take();
      if (name.type !== "identifier" && name.type !== "escaped")
        throw this.#fault(
          `mismatched input '${name.text}' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}`,
          name.at,
        );
      const { at } = this.#expect(":");
      fields.push({ name: name.text, value: this.#expr(), optional, at });
      if (this.#accept(",") === undefined) break;
    }
    this.#expect("}");
    return fields;
  }

  #number({ type, text }: Token, sign: string, at: number): Expr {
    if (type === "double") return { kind: "constant", value: Number(sign + text), at };
    const magnitude = BigInt(text);
    const value = sign === "-" ? -magnitude : magnitude;
    if (type === "uint") {
      if (magnitude >= 2n ** 64n) throw this.#fault("invalid uint literal", at);
      return { kind: "constant", value: new Unsigned(magnitude), at };
    }
    if (value >= 2n ** 63n || value < -(2n ** 63n)) throw this.#fault("invalid int literal", at);
    return { kind: "constant", value, at };
  }

  // Macros

  #globalMacro(name: string, args: readonly Expr[], at: number): Expr | undefined {
    if (name !== "has" || args.length !== 1) return undefined;
    const [operand] = args;
    if (operand?.kind === "select" && !operand.test) return { ...operand, test: true, at };
    throw new CompileError(this.#text, [{ at: operand!.at, message: "invalid argument to has() macro" }]);
  }

  #macro(range: Expr, name: string, args: readonly Expr[], at: number): Expr | undefined {
    if (range.kind === "name" && range.name === "cel" && name === "bind" && args.length === 3) {
      return { kind: "bind", variable: this.#variable(args[0]!), value: args[1]!, body: args[2]!, at };
    }
    if ((name === "optMap" || name === "optFlatMap") && args.length === 2) {
      const flat = name === "optFlatMap";
      return { kind: "optMap", operand: range, variable: this.#variable(args[0]!), body: args[1]!, flat, at };
    }
    const fold = FOLDS[name];
    if (fold === undefined) return undefined;
    const two = TWO_VARIABLES.has(name) && args.length >= 3 && fold !== "map";
    const rest = args.slice(two ? 2 : 1);
    const wheres = fold === "map" || fold.startsWith("transform");
    if (rest.length < 1 || rest.length > (wheres ? 2 : 1)) return undefined;
    if (fold.startsWith("transform") && !two) return undefined;
    return {
      kind: "fold",
      fold,
      range,
      variable: this.#variable(args[0]!),
      second: two ? this.#variable(args[1]!) : undefined,
      where: rest.length === 2 ? rest[0] : undefined,
      body: rest.at(-1)!,
      at,
    };
  }

  #variable(expr: Expr): string {
    if (expr.kind === "name") return expr.name;
    throw new CompileError(this.#text, [{ at: expr.at, message: "argument must be a simple name" }]);
  }
}

const LEVELS: readonly ReadonlySet<string>[] = [new Set(["||"]), new Set(["&&"]), RELATIONS, SUMS, PRODUCTS];

const FOLDS: Readonly<Record<string, Fold | undefined>> = {
  all: "all",
  exists: "exists",
  exists_one: "existsOne",
  existsOne: "existsOne",
  filter: "filter",
  map: "map",
  transformList: "transformList",
  transformMap: "transformMap",
  transformMapEntry: "transformMapEntry",
};
const TWO_VARIABLES = new Set(["all", "exists", "existsOne", "transformList", "transformMap", "transformMapEntry"]);

const call = (name: string, args: readonly Expr[], at: number, target?: Expr): Expr => ({
  kind: "call",
  name,
  target,
  args,
  at,
});
