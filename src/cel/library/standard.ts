// The functions that every environment has: sizes, conversions between types, texts, times. It refuses to hold
// extensions.
import { overload, TEXT_FACTOR } from "../environment.ts";
import type { Overload } from "../environment.ts";
import { Unsigned } from "../expr.ts";
import { EvaluationError } from "../source.ts";
import {
  Duration,
  durationOf,
  instant,
  isMap,
  sizeOfMap,
  Timestamp,
  timestampOf,
  typeOfValue,
  TypeValue,
} from "../values.ts";
import type { MapValue, Value } from "../values.ts";
import { int, uint } from "./operators.ts";
import { matches } from "./regular.ts";

const characters = (text: string) => BigInt([...text].length);

const sizes: readonly Overload[] = [
  ...["size(string) int", "string.size() int"].map((one) => overload(one, characters)),
  ...["size(bytes) int", "bytes.size() int"].map((one) => overload(one, (a: Uint8Array) => BigInt(a.length))),
  ...["size(list(A)) int", "list(A).size() int"].map((one) => overload(one, (a: readonly Value[]) => BigInt(a.length))),
  ...["size(map(K, V)) int", "map(K, V).size() int"].map((one) =>
    overload(one, (a: MapValue) => BigInt(isMap(a) ? sizeOfMap(a) : 0)),
  ),
];

function truncated(value: number, what: "int" | "uint"): bigint {
  // The least int itself is out: a double that close may have been less.
  if (!Number.isFinite(value) || value <= -(2 ** 63))
    throw new EvaluationError(`${what === "int" ? "" : "unsigned "}integer overflow`);
  return BigInt(Math.trunc(value));
}

function parsedInt(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw new EvaluationError(`type conversion error from 'string' to 'int'`);
  return int(BigInt(text.replace("+", "")));
}

function parsedDouble(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || Number.isNaN(number)) {
    if (/^[+-]?nan$/i.test(text)) return Number.NaN;
    if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
    throw new EvaluationError(`type conversion error from 'string' to 'double'`);
  }
  return number;
}

const SECOND = 1_000_000_000n;

const conversions: readonly Overload[] = [
  overload("int(int) int", (a: bigint) => a),
  overload("int(uint) int", (a: Unsigned) => int(a.value)),
  overload("int(double) int", (a: number) => int(truncated(a, "int"))),
  overload("int(string) int", parsedInt, 0),
  overload("int(timestamp) int", (a: Timestamp) => a.nanos / SECOND),
  overload("uint(uint) uint", (a: Unsigned) => a),
  overload("uint(int) uint", (a: bigint) => uint(a)),
  overload("uint(double) uint", (a: number) => uint(truncated(a, "uint"))),
  overload("uint(string) uint", (a: string) => uint(parsedInt(a)), 0),
  overload("double(double) double", (a: number) => a),
  overload("double(int) double", (a: bigint) => Number(a)),
  overload("double(uint) double", (a: Unsigned) => Number(a.value)),
  overload("double(string) double", parsedDouble, 0),
  overload("bool(bool) bool", (a: boolean) => a),
  overload("bool(string) bool", parsedBool, 0),
  overload("string(string) string", (a: string) => a),
  overload("string(bool) string", (a: boolean) => String(a)),
  overload("string(int) string", (a: bigint) => String(a)),
  overload("string(uint) string", (a: Unsigned) => String(a.value)),
  overload("string(double) string", (a: number) => doubleText(a)),
  overload("string(bytes) string", textOf, 0),
  overload("string(timestamp) string", (a: Timestamp) => timestampText(a)),
  overload("string(duration) string", (a: Duration) => durationText(a)),
  overload("bytes(bytes) bytes", (a: Uint8Array) => a),
  overload("bytes(string) bytes", (a: string) => new Uint8Array(Buffer.from(a)), 0),
  overload("timestamp(timestamp) timestamp", (a: Timestamp) => a),
  overload("timestamp(string) timestamp", (a: string) => timestampOf(a)),
  overload("timestamp(int) timestamp", (a: bigint) => instant(a * SECOND)),
  overload("duration(duration) duration", (a: Duration) => a),
  overload("duration(string) duration", (a: string) => durationOf(a)),
  overload("dyn(A) dyn", (a: Value) => a),
  overload("type(A) type(A)", (a: Value) => new TypeValue(typeOfValue(a))),
];

function parsedBool(text: string): boolean {
  if (["true", "True", "TRUE", "t", "1"].includes(text)) return true;
  if (["false", "False", "FALSE", "f", "0"].includes(text)) return false;
  throw new EvaluationError(`type conversion error from 'string' to 'bool'`);
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new EvaluationError("invalid UTF-8 in bytes, cannot convert to string", { cause: error });
  }
}

export const doubleText = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";

const secondsText = (nanos: bigint): string => {
  const sign = nanos < 0n ? "-" : "";
  const magnitude = nanos < 0n ? -nanos : nanos;
  const fraction = String(magnitude % SECOND)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${sign}${magnitude / SECOND}${fraction === "" ? "" : `.${fraction}`}`;
};

/** RFC 3339 with as many decimals as are needed. */
function timestampText({ nanos }: Timestamp): string {
  const fraction = String(((nanos % SECOND) + SECOND) % SECOND)
    .padStart(9, "0")
    .replace(/0+$/, "");
  const seconds = (nanos - (((nanos % SECOND) + SECOND) % SECOND)) / SECOND;
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${whole}${fraction === "" ? "" : `.${fraction}`}Z`;
}

const texts: readonly Overload[] = [
  overload("string.contains(string) bool", (a: string, b: string) => a.includes(b), {
    argument: 0,
    factor: TEXT_FACTOR,
    times: { argument: 1, factor: TEXT_FACTOR },
  }),
  overload("string.startsWith(string) bool", (a: string, b: string) => a.startsWith(b), 1),
  overload("string.endsWith(string) bool", (a: string, b: string) => a.endsWith(b), 1),
  ...["matches(string, string) bool", "string.matches(string) bool"].map((one) =>
    overload(one, matches, { argument: 0, factor: TEXT_FACTOR, times: { argument: 1, factor: 0.25 } }),
  ),
];

type Part = (date: Date) => number;

const PARTS: Readonly<Record<string, Part>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDate: (date) => date.getUTCDate(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
};

/** The instant moved so that its UTC parts are those of the zone. */
function inZone({ nanos }: Timestamp, zone: string | undefined): Date {
  const ms = Number(nanos / 1_000_000n);
  const offset = /^([+-]?)(\d{1,2}):(\d{2})$/.exec(zone ?? "");
  if (zone === undefined || zone === "UTC") return new Date(ms);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return new Date(ms + (offset[1] === "-" ? -minutes : minutes) * 60_000);
  }
  try {
    const shown = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    }).formatToParts(ms);
    const part = (type: string) => Number(shown.find((one) => one.type === type)?.value);
    const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
    return new Date(local + (((ms % 1000) + 1000) % 1000));
  } catch (error) {
    throw new EvaluationError(`unknown time zone ${zone}`, { cause: error });
  }
}

const instants: readonly Overload[] = Object.entries(PARTS).flatMap(([name, part]) => [
  overload(`timestamp.${name}() int`, (a: Timestamp) => BigInt(part(inZone(a, undefined)))),
  overload(`timestamp.${name}(string) int`, (a: Timestamp, zone: string) => BigInt(part(inZone(a, zone)))),
]);

const lengths: readonly Overload[] = [
  overload("duration.getHours() int", (a: Duration) => a.nanos / (3600n * SECOND)),
  overload("duration.getMinutes() int", (a: Duration) => a.nanos / (60n * SECOND)),
  overload("duration.getSeconds() int", (a: Duration) => a.nanos / SECOND),
  overload("duration.getMilliseconds() int", (a: Duration) => (a.nanos / 1_000_000n) % 1000n),
];

export const durationText = ({ nanos }: Duration): string => `${secondsText(nanos)}s`;

export const standard: readonly Overload[] = [...sizes, ...conversions, ...texts, ...instants, ...lengths];
