// JSON from outside: values, and what JSON.parse keeps quiet about. It refuses to know fields: unknown ones are the
// schema's business.
import { assert } from "./assert.ts";
import { checkJSON, DEEPEST_JSON, JSONSyntaxError } from "./json-syntax.ts";

/** How many duplicates are named at most. */
const MOST_DUPLICATES = 100;

export interface StrictJSON {
  readonly value: unknown;
  /** The paths of keys that an object has twice ("spec.containers[0].name"), in order of the text, each once. */
  readonly duplicates: readonly string[];
  /** Where each key stands first, and where it does again; undefined if there are no duplicates. */
  readonly places?: Places | undefined;
}

export interface Places {
  readonly first: ReadonlyMap<string, number>;
  readonly again: ReadonlyMap<string, number>;
}

const NONE: readonly string[] = Object.freeze([]);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads JSON. Throws {@link JSONSyntaxError}: bad syntax in Go's words, nesting above 10,000, bytes not UTF-8. */
export function parseJSON(input: string | Uint8Array): unknown {
  return parseText(textOf(input));
}

/** Reads JSON and names duplicate keys; of those the last counts, as in JSON.parse. Throws {@link JSONSyntaxError}. */
export function parseJSONStrict(input: string | Uint8Array): StrictJSON {
  const text = textOf(input);
  const value = parseText(text);
  // Nearly every text is free of duplicates; counting shows it in a fraction of the time that naming takes.
  if (countKeysInText(text) === countKeys(value)) return { value, duplicates: NONE };
  const places = findDuplicates(text);
  return { value, duplicates: [...places.again.keys()].slice(0, MOST_DUPLICATES), places };
}

function textOf(input: string | Uint8Array): string {
  if (typeof input === "string") return input;
  try {
    return utf8.decode(input);
  } catch {
    throw new JSONSyntaxError("invalid UTF-8 in JSON", 0);
  }
}

function parseText(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    checkJSON(text);
    throw error;
  }
  // Text that nests deeper than this has two brackets for each level.
  if (text.length > 2 * DEEPEST_JSON) checkDepth(text);
  if (MAYBE_HUGE.test(text)) checkNumbers(value);
  return value;
}

/** Where a number may be too large for a float: an exponent of three digits, or three hundred digits in a row. */
const MAYBE_HUGE = /\d[eE]\+?\d{3}|\d{300}/;

/** JSON.parse makes infinities of numbers that Go refuses; written again they would be null. */
function checkNumbers(value: unknown): void {
  const left = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === "number" && !Number.isFinite(next))
      throw new JSONSyntaxError("json: cannot unmarshal number into Go value of type float64", 0);
    if (typeof next === "object" && next !== null) for (const inner of Object.values(next)) left.push(inner);
  }
}

/** The text is known to be JSON. */
function checkDepth(text: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) i = endOfString(text, i);
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > DEEPEST_JSON) throw new JSONSyntaxError("exceeded max depth", i);
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
}

/** Where the string that begins at `start` has its closing quote. The text is known to be JSON. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  // A quote is escaped when an odd number of backslashes stands before it.
  for (;;) {
    let slashes = end;
    while (text.charCodeAt(slashes - 1) === 0x5c) slashes--;
    if ((end - slashes) % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
}

function skipSpace(text: string, at: number): number {
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
}

/** How many keys are written down: strings with a colon behind them. Every request body passes here: no calls inside. */
function countKeysInText(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== 0x22) continue;
    for (let code = text.charCodeAt(++i); code !== 0x22; code = text.charCodeAt(++i)) if (code === 0x5c) i++;
    let next = text.charCodeAt(++i);
    while (next === 0x20 || next === 0x0a || next === 0x0d || next === 0x09) next = text.charCodeAt(++i);
    if (next === 0x3a) count++;
  }
  return count;
}

/** How many keys the value has, at all depths. Not recursive: the deepest nesting would overflow the stack. */
function countKeys(value: unknown): number {
  let count = 0;
  const left = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== "object" || next === null) continue;
    if (Array.isArray(next)) {
      for (const item of next) if (typeof item === "object") left.push(item);
      continue;
    }
    const object = next as Record<string, unknown>;
    for (const key of Object.keys(object)) {
      count++;
      if (typeof object[key] === "object") left.push(object[key]);
    }
  }
  return count;
}

interface Level {
  /** The keys seen in an object; undefined for an array. */
  readonly keys: Set<string> | undefined;
  readonly path: string;
  /** The key or index whose value comes next. */
  key: string;
  index: number;
}

/** Names the duplicates in a text that is known to be JSON. */
function findDuplicates(text: string): Places {
  const found = { first: new Map<string, number>(), again: new Map<string, number>() };
  const levels: Level[] = [];
  const here = (level: Level) => {
    if (level.keys === undefined) return `${level.path}[${level.index}]`;
    return level.path === "" ? level.key : `${level.path}.${level.key}`;
  };
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const level = levels.at(-1);
    if (code === 0x7b || code === 0x5b) {
      const path = level === undefined ? "" : here(level);
      levels.push({ keys: code === 0x7b ? new Set() : undefined, path, key: "", index: 0 });
    } else if (code === 0x7d || code === 0x5d) {
      levels.pop();
    } else if (code === 0x2c) {
      assert(level !== undefined, "a comma stands in an object or an array");
      level.index++;
    } else if (code === 0x22) {
      const end = endOfString(text, i);
      if (level?.keys !== undefined && text.charCodeAt(skipSpace(text, end + 1)) === 0x3a) {
        level.key = JSON.parse(text.slice(i, end + 1)) as string;
        const again = level.keys.has(level.key);
        const path = here(level);
        const seen = again ? found.again : found.first;
        if (!seen.has(path)) seen.set(path, i);
        level.keys.add(level.key);
      }
      i = end;
    }
  }
  return found;
}
