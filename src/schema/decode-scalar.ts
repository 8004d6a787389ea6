// Scalars on their way in: type checks with the messages of Go's JSON decoder, and the canonical form of each value.
// It refuses to know objects, lists and paths: decode.ts says where the value stood.
import { canonicalQuantity } from "../base/quantity.ts";
import { formatMicroTime, formatTime, parseMicroTime, parseTime } from "../base/timestamp.ts";
import type { Node } from "./node.ts";

/** The body is not what the schema says. The message is Kubernetes' own, for the API server to put its frame around. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
}

/** A value of another JSON type than Go's field takes. `found` is how Go names it: `string`, `number 1.5`, `object`. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
  readonly found: string;
  readonly wanted: string;
  constructor(found: string, wanted: string) {
    super(`cannot unmarshal ${found} into ${wanted}`);
    this.found = found;
    this.wanted = wanted;
  }
}

/** How Go's decoder names the JSON type of a value. Throws for what JSON cannot say. */
export function goKind(value: unknown): string {
  switch (typeof value) {
    case "string":
      return "string";
    case "number":
      if (!Number.isFinite(value)) throw new DecodeError(`${value} cannot be said in JSON`);
      return "number";
    case "boolean":
      return "bool";
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "array" : "object";
    default:
      throw new DecodeError(`a ${typeof value} cannot be said in JSON`);
  }
}

/** The Go type behind a node, as messages show it: `[]v1.Container`, `map[string]string`, `int32`. */
export function goType(node: Node): string {
  switch (node.type) {
    case "boolean":
      return "bool";
    case "double":
      return "float64";
    case "bytes":
      return "[]uint8";
    case "list":
      return `[]${goType(node.items)}`;
    case "map":
      return node.values.type === "quantity" ? "v1.ResourceList" : `map[string]${goType(node.values)}`;
    case "object":
    case "variant":
      return node.name.split(".").slice(-2).join(".");
    case "quantity":
      return "resource.Quantity";
    case "time":
      return "v1.Time";
    case "microTime":
      return "v1.MicroTime";
    case "intOrString":
      return "intstr.IntOrString";
    case "rawExtension":
      return "runtime.RawExtension";
    case "fieldsV1":
      return "v1.FieldsV1";
    case "json":
      return "v1.JSON";
    default:
      return node.type;
  }
}

/** A function of a scalar from outside to its canonical form. Gives or throws {@link Mismatch}/{@link DecodeError}. */
export type ScalarReader = (value: unknown) => unknown;

const mismatch = (value: unknown, wanted: string): Mismatch => new Mismatch(goKind(value), wanted);

function readInt(low: number, high: number, wanted: string): ScalarReader {
  return (value) => {
    if (typeof value !== "number") throw mismatch(value, wanted);
    if (!Number.isInteger(value) || value < low || value > high) {
      goKind(value);
      throw new Mismatch(`number ${value}`, wanted);
    }
    // `+ 0` turns a negative zero, which Go's integers do not have, into zero.
    return value + 0;
  };
}

function readString(value: unknown): string {
  if (typeof value === "string") return value;
  throw mismatch(value, "string");
}

function readBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw mismatch(value, "bool");
}

function readDouble(value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw mismatch(value, "float64");
}

const PLAIN_BASE64 = /^[A-Za-z0-9+/]*$/;
const PADDED_BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Offset of the byte that Go's standard base64 decoder objects to, or -1. Line breaks are skipped. */
function base64Fault(text: string): number {
  const isLetter = (c: string) => PLAIN_BASE64.test(c);
  const isBreak = (c: string | undefined) => c === "\n" || c === "\r";
  let at = 0;
  for (;;) {
    for (let have = 0; have < 4; have++) {
      while (isBreak(text[at])) at++;
      const c = text[at];
      if (c === undefined) return have === 0 ? -1 : at - have;
      at++;
      if (isLetter(c)) continue;
      if (c !== "=" || have < 2) return at - 1;
      while (isBreak(text[at])) at++;
      if (have === 2) {
        if (text[at] === undefined) return text.length;
        if (text[at] !== "=") return at - 1;
        at++;
        while (isBreak(text[at])) at++;
      }
      return at < text.length ? at : -1;
    }
  }
}

/** Base64 as the standard encoder writes it. Throws Go's "illegal base64 data". */
export function canonicalBase64(text: string): string {
  if (text.length % 4 !== 0 || !PADDED_BASE64.test(text)) {
    const fault = base64Fault(text);
    if (fault >= 0) throw new DecodeError(`illegal base64 data at input byte ${fault}`);
  } else if (!text.endsWith("=")) return text;
  // Writing it again clears bits behind the last byte, which upstream's decoder ignores.
  return Buffer.from(text, "base64").toString("base64");
}

function readBytes(value: unknown): string {
  if (typeof value === "string") return canonicalBase64(value);
  // Go reads a list of numbers into bytes as well.
  if (Array.isArray(value) && value.every((n) => Number.isInteger(n) && n >= 0 && n < 256)) {
    return Buffer.from(value as number[]).toString("base64");
  }
  throw mismatch(value, "[]uint8");
}

const goValueError = (found: string, wanted: string) =>
  new DecodeError(`json: cannot unmarshal ${found} into Go value of type ${wanted}`);

const CANONICAL_TIME = /^\d{4}-(\d\d)-(\d\d)T(\d\d):([0-5]\d):[0-5]\d(\.\d{6})?Z$/;

/** Whether a text is an instant in canonical form, without reading it: nearly all are. Days above 28 are left open. */
function isCanonicalTime(text: string, micro: boolean): boolean {
  if (text.length !== (micro ? 27 : 20)) return false;
  const parts = CANONICAL_TIME.exec(text);
  if (parts === null) return false;
  const [, month, day, hour] = parts as unknown as [string, string, string, string];
  return month >= "01" && month <= "12" && day >= "01" && day <= "28" && hour <= "23";
}

function readInstant(parse: (text: string) => { ms: number; nanos: number }, micro: boolean): ScalarReader {
  return (value) => {
    if (typeof value !== "string") throw goValueError(goKind(value), "string");
    if (isCanonicalTime(value, micro)) return value;
    const { ms, nanos } = inTimeError(() => parse(value));
    return micro ? microText(ms, nanos) : formatTime(ms);
  };
}

function inTimeError<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof Error ? new DecodeError(error.message, { cause: error }) : error;
  }
}

const microText = (ms: number, nanos: number): string => {
  const text = formatMicroTime(Math.floor(ms / 1000) * 1000);
  return `${text.slice(0, -7)}${String(Math.floor(nanos / 1000)).padStart(6, "0")}Z`;
};

function readQuantity(value: unknown): string {
  const kind = goKind(value);
  const text = kind === "string" ? (value as string).trim() : kind === "number" ? String(value) : JSON.stringify(value);
  try {
    return canonicalQuantity(text);
  } catch (error) {
    throw error instanceof Error ? new DecodeError(error.message, { cause: error }) : error;
  }
}

const int32Value = readInt(-(2 ** 31), 2 ** 31 - 1, "int32");

function readIntOrString(value: unknown): unknown {
  if (typeof value === "string") return value;
  try {
    return int32Value(value);
  } catch (error) {
    if (error instanceof Mismatch) throw goValueError(error.found, error.wanted);
    throw error;
  }
}

/** By node type. int64 beyond 2^53 is refused: JavaScript would change it silently. */
export const SCALAR_READERS = {
  string: readString,
  boolean: readBoolean,
  int32: int32Value,
  int64: readInt(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, "int64"),
  double: readDouble,
  bytes: readBytes,
  quantity: readQuantity,
  time: readInstant(parseTime, false),
  microTime: readInstant(parseMicroTime, true),
  intOrString: readIntOrString,
} as const satisfies Record<string, ScalarReader>;

/** What Go's zero value of a list item or map value is in JSON, where the body says null. */
export function zeroOf(node: Node): unknown {
  switch (node.type) {
    case "string":
    case "bytes":
      return "";
    case "boolean":
      return false;
    case "int32":
    case "int64":
    case "double":
    case "intOrString":
      return 0;
    case "quantity":
      return "0";
    case "list":
      return Object.freeze([]);
    case "map":
    case "object":
      return Object.freeze({});
    default:
      return null;
  }
}
