// Values while an expression runs, and how JSON becomes them. It refuses to know functions.
//
// int is bigint, double is number, uint is Unsigned, bytes are Uint8Array, lists are arrays; all else has a class here.
// Objects and maps read the JSON below them when they are asked.
import { parseDuration } from "../base/duration.ts";
import { parseTime } from "../base/timestamp.ts";
import { Unsigned } from "./expr.ts";
import { EvaluationError } from "./source.ts";
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  NULL,
  opaque,
  optionalOf,
  STRING,
  TIMESTAMP,
  typeOf,
  typeText,
  UINT,
} from "./type.ts";
import type { ObjectType, Type } from "./type.ts";

export type Value =
  | bigint
  | number
  | string
  | boolean
  | null
  | Unsigned
  | Uint8Array
  | readonly Value[]
  | MapValue
  | ObjectValue
  | Timestamp
  | Duration
  | TypeValue
  | Optional
  | OpaqueValue;

/** Nanoseconds since 1970. */
export class Timestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A type as a value: what `type(x)` gives. */
export class TypeValue {
  readonly type: Type;
  constructor(type: Type) {
    this.type = type;
  }
}

export class Optional {
  static readonly none = new Optional(undefined);
  readonly value: Value | undefined;
  private constructor(value: Value | undefined) {
    this.value = value;
  }
  static of(value: Value): Optional {
    return new Optional(value);
  }
}

/** A value of a library: a quantity, an address. `key` is equal for equal ones. */
export class OpaqueValue<T = unknown> {
  readonly name: string;
  readonly inner: T;
  readonly key: string;
  constructor(name: string, inner: T, key: string) {
    this.name = name;
    this.inner = inner;
    this.key = key;
  }
}

export interface MapValue {
  readonly isMap: true;
  get(key: Value): Value | undefined;
  keys(): readonly Value[];
  readonly size: number;
}

export const isMap = (value: Value): value is MapValue =>
  typeof value === "object" && value !== null && "isMap" in value;

export const sizeOfMap = (map: MapValue): number => map.size;

/** Keys as texts, so that 1, 1u and 1.0 are one. */
export function keyText(key: Value): string {
  if (typeof key === "string") return `s${key}`;
  if (typeof key === "boolean") return `b${key}`;
  if (typeof key === "bigint") return `n${key}`;
  if (key instanceof Unsigned) return `n${key.value}`;
  if (typeof key === "number") return Number.isInteger(key) ? `n${BigInt(key)}` : `d${key}`;
  throw new EvaluationError("unsupported key type");
}

/** A map that an expression made. */
export class MadeMap implements MapValue {
  readonly isMap = true;
  readonly #entries = new Map<string, readonly [Value, Value]>();

  /** Throws EvaluationError for a key that is there already. */
  add(key: Value, value: Value): void {
    if (typeof key === "number") throw new EvaluationError("unsupported key type");
    const text = keyText(key);
    if (this.#entries.has(text)) throw new EvaluationError(`Failed with repeated key`);
    this.#entries.set(text, [key, value]);
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(keyText(key))?.[1];
  }

  keys(): readonly Value[] {
    return [...this.#entries.values()].map(([key]) => key);
  }

  get size(): number {
    return this.#entries.size;
  }
}

type Json = Readonly<Record<string, unknown>>;

/** A JSON object whose members have one type. */
export class JsonMap implements MapValue {
  readonly isMap = true;
  readonly json: Json;
  readonly #values: Type;

  constructor(json: Json, values: Type) {
    this.json = json;
    this.#values = values;
  }

  get(key: Value): Value | undefined {
    if (typeof key !== "string" || !Object.hasOwn(this.json, key) || this.json[key] === undefined) return undefined;
    return fromJson(this.json[key], this.#values);
  }

  keys(): readonly Value[] {
    return Object.keys(this.json).filter((key) => this.json[key] !== undefined);
  }

  get size(): number {
    return this.keys().length;
  }
}

/** A JSON object with declared fields. */
export class ObjectValue {
  readonly type: ObjectType;
  readonly json: Json;

  constructor(type: ObjectType, json: Json) {
    this.type = type;
    this.json = json;
  }

  /** Undefined when the object does not have it. */
  select(name: string): Value | undefined {
    const field = this.type.field(name);
    if (field === undefined) return undefined;
    const value = this.json[field.json];
    return value === undefined || !Object.hasOwn(this.json, field.json) ? undefined : fromJson(value, field.type);
  }
}

/** A JSON value as a value of a type; what is of another type is taken for what it is. */
export function fromJson(json: unknown, type: Type): Value {
  if (json === null || json === undefined) return null;
  if (typeof json === "boolean") return json;
  if (typeof json === "number") {
    if (type.kind === "simple" && type.name === "double") return json;
    return Number.isInteger(json) ? BigInt(json) : json;
  }
  if (typeof json === "string") return fromText(json, type);
  if (Array.isArray(json)) {
    const items = type.kind === "list" ? type.items : DYN;
    return json.map((item) => fromJson(item, items));
  }
  if (typeof json !== "object") throw new EvaluationError(`${typeof json} is no JSON`);
  if (type.kind === "object") return new ObjectValue(type, json as Json);
  return new JsonMap(json as Json, type.kind === "map" ? type.values : DYN);
}

function fromText(text: string, type: Type): Value {
  if (type.kind !== "simple") return text;
  switch (type.name) {
    case "bytes":
      return new Uint8Array(Buffer.from(text, "base64"));
    case "timestamp":
      return timestampOf(text.length === 10 ? `${text}T00:00:00Z` : text);
    case "duration":
      return durationOf(text);
    default:
      return text;
  }
}

/** Years 1 to 9999. */
const FIRST = -62_135_596_800_000_000_000n;
const LAST = 253_402_300_799_999_999_999n;

/** Throws EvaluationError beyond the years that a timestamp can say. */
export function instant(nanos: bigint): Timestamp {
  if (nanos < FIRST || nanos > LAST) throw new EvaluationError("timestamp overflow");
  return new Timestamp(nanos);
}

/** Throws EvaluationError. */
export function timestampOf(text: string): Timestamp {
  try {
    const { ms, nanos } = parseTime(text);
    return instant(BigInt(Math.floor(ms / 1000)) * 1_000_000_000n + BigInt(nanos));
  } catch (error) {
    throw new EvaluationError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Throws EvaluationError. */
export function durationOf(text: string): Duration {
  try {
    return new Duration(BigInt(Math.round(parseDuration(text) * 1e6)));
  } catch (error) {
    throw new EvaluationError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** What a value is. */
export function typeOfValue(value: Value): Type {
  if (value === null) return NULL;
  switch (typeof value) {
    case "bigint":
      return INT;
    case "number":
      return DOUBLE;
    case "string":
      return STRING;
    case "boolean":
      return BOOL;
    default:
  }
  if (Array.isArray(value)) return listOf(DYN);
  if (value instanceof Unsigned) return UINT;
  if (value instanceof Uint8Array) return BYTES;
  if (value instanceof Timestamp) return TIMESTAMP;
  if (value instanceof Duration) return DURATION;
  if (value instanceof TypeValue) return typeOf(DYN);
  if (value instanceof Optional) return optionalOf(DYN);
  if (value instanceof ObjectValue) return value.type;
  if (value instanceof OpaqueValue) return opaque(value.name);
  return mapOf(DYN, DYN);
}

/** A number of any kind for comparison; undefined for what is none. */
export function numeric(value: Value): bigint | number | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return value instanceof Unsigned ? value.value : undefined;
}

/** Equality across all types: different types are unequal, numbers compare by amount. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  const [x, y] = [numeric(a), numeric(b)];
  // eslint-disable-next-line eqeqeq
  if (x !== undefined && y !== undefined) return x == y;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item as Value, b[i] as Value));
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && typeText(a.type) === typeText(b.type);
  if (a instanceof OpaqueValue) return b instanceof OpaqueValue && a.name === b.name && a.key === b.key;
  if (a instanceof Optional) {
    if (!(b instanceof Optional) || (a.value === undefined) !== (b.value === undefined)) return false;
    return a.value === undefined || equal(a.value, b.value!);
  }
  return sameMembers(a as MapValue | ObjectValue, b as Value);
}

function sameMembers(a: MapValue | ObjectValue, b: Value): boolean {
  const [x, y] = [membersOf(a), membersOf(b)];
  if (x === undefined || y === undefined || x.size !== y.size) return false;
  return x.keys().every((key) => {
    const [left, right] = [x.get(key), y.get(key)];
    return left !== undefined && right !== undefined && equal(left, right);
  });
}

function membersOf(value: Value): MapValue | undefined {
  if (value instanceof ObjectValue) return new JsonMap(value.json, DYN);
  return typeof value === "object" && value !== null && isMap(value) ? value : undefined;
}
