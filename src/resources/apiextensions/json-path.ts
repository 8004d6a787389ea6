// The JSON paths that definitions state columns, scale and selectable fields by: dots, names in brackets, indexes,
// wildcards and filters that compare (`.status.conditions[?(@.type=="Ready")].status`). It refuses scripts, slices with
// steps and unions, which nobody writes there.
// Specification: "JSONPath Support" of kubectl, as far as custom columns use it.
import { isJsonObject } from "../../schema/freeze.ts";

type Step =
  | { readonly type: "field"; readonly name: string }
  | { readonly type: "index"; readonly index: number }
  | { readonly type: "all" }
  | { readonly type: "filter"; readonly path: JsonPath; readonly operator: string; readonly operand: unknown };

export type JsonPath = readonly Step[];

const NAME = /^\.((?:[^.[\\]|\\.)+)/;
const QUOTED = /^\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/;
const INDEX = /^\[(-?\d+)\]/;
const FILTER = /^\[\?\(\s*@((?:\.[\w-]+|\[\d+\])*)\s*(?:(==|!=|<=|>=|<|>)\s*("[^"]*"|'[^']*'|[\w.+-]+))?\s*\)\]/;

const unescaped = (text: string) => text.replace(/\\(.)/g, "$1");

/** The steps of a path that begins with a dot; a text that says what is wrong with it otherwise. */
export function parseJsonPath(text: string): JsonPath | string {
  const steps: Step[] = [];
  let rest = text;
  while (rest !== "") {
    const [step, length] = readStep(rest) ?? [undefined, 0];
    if (step === undefined) return `is an invalid path: cannot read ${JSON.stringify(rest)}`;
    steps.push(step);
    rest = rest.slice(length);
  }
  return steps;
}

function readStep(rest: string): readonly [Step, number] | undefined {
  if (rest.startsWith("[*]")) return [{ type: "all" }, 3];
  if (rest.startsWith(".*")) return [{ type: "all" }, 2];
  const name = NAME.exec(rest);
  if (name !== null) return [{ type: "field", name: unescaped(name[1]!) }, name[0].length];
  const quoted = QUOTED.exec(rest);
  if (quoted !== null) return [{ type: "field", name: unescaped(quoted[1] ?? quoted[2]!) }, quoted[0].length];
  const index = INDEX.exec(rest);
  if (index !== null) return [{ type: "index", index: Number(index[1]) }, index[0].length];
  const filter = FILTER.exec(rest);
  if (filter === null) return undefined;
  const path = parseJsonPath(filter[1]!);
  if (typeof path === "string") return undefined;
  const operand = filter[3] === undefined ? undefined : operandOf(filter[3]);
  return [{ type: "filter", path, operator: filter[2] ?? "", operand }, filter[0].length];
}

function operandOf(text: string): unknown {
  if (text.startsWith('"') || text.startsWith("'")) return text.slice(1, -1);
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

/** All values that the path leads to. */
export function valuesAt(path: JsonPath, value: unknown): readonly unknown[] {
  let found: readonly unknown[] = [value];
  for (const step of path) found = found.flatMap((one) => stepInto(step, one));
  return found;
}

function stepInto(step: Step, value: unknown): readonly unknown[] {
  switch (step.type) {
    case "field":
      return isJsonObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case "index": {
      const item: unknown = Array.isArray(value) ? value.at(step.index) : undefined;
      return item === undefined ? [] : [item];
    }
    case "all":
      return Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : [];
    case "filter":
      return Array.isArray(value) ? value.filter((item) => passes(step, item)) : [];
  }
}

function passes({ path, operator, operand }: Step & { type: "filter" }, item: unknown): boolean {
  const [left] = valuesAt(path, item);
  if (operator === "") return left !== undefined;
  if (left === undefined || left === null) return false;
  if (operator === "==") return left === operand;
  if (operator === "!=") return left !== operand;
  if (typeof left !== typeof operand) return false;
  const [a, b] = [left as number, operand as number];
  if (operator === "<") return a < b;
  if (operator === ">") return a > b;
  return operator === "<=" ? a <= b : a >= b;
}
