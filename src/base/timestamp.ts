// Instants as text: RFC 3339 as Kubernetes writes and Go reads it. It refuses to tell the time: that is the Clock's.
import { goTimeQuote } from "./go-quote.ts";

/** The layouts in Go's notation: they are part of its error messages. */
const TIME_LAYOUT = "2006-01-02T15:04:05Z07:00";
const MICRO_TIME_LAYOUT = "2006-01-02T15:04:05.000000Z07:00";

/** The text is no instant. The message is Go's own. */
export class TimestampError extends Error {
  override readonly name = "TimestampError";
}

export interface Instant {
  /** Milliseconds since the Unix epoch, rounded down. */
  readonly ms: number;
  /** Nanoseconds within the second, 0 to 999,999,999. */
  readonly nanos: number;
}

/** The second that was written last: nearly everything that is written says now. */
let lastSecond = Number.NaN;
let lastText = "";

/** metav1.Time: UTC, whole seconds. `ms` since the epoch; fractions are cut off. */
export function formatTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastText = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
    lastSecond = second;
  }
  return lastText;
}

/** metav1.MicroTime: UTC, always six decimals. `ms` since the epoch; fractions of a millisecond count. */
export function formatMicroTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  const micros = Math.floor((ms - second * 1000) * 1000 + 1e-3);
  return `${new Date(second * 1000).toISOString().slice(0, 19)}.${String(micros).padStart(6, "0")}Z`;
}

/** An instant with as many decimals as it needs, up to nine: for logs and certificates' bounds in messages. */
export function formatInstant({ ms, nanos }: Instant): string {
  const fraction = nanos === 0 ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;
  return `${formatTime(ms).slice(0, -1)}${fraction}Z`;
}

/** Reads metav1.Time: RFC 3339 with any number of decimals. Throws {@link TimestampError}. */
export function parseTime(text: string): Instant {
  return parse(text, TIME_LAYOUT, undefined);
}

/** Reads metav1.MicroTime: RFC 3339 with exactly six decimals. Throws {@link TimestampError}. */
export function parseMicroTime(text: string): Instant {
  return parse(text, MICRO_TIME_LAYOUT, 6);
}

/** One element of the layout: its name in Go's notation, what it looks like, and its bounds if it has any. */
interface Element {
  readonly layout: string;
  readonly form: RegExp;
  readonly range?: { readonly name: string; readonly low: number; readonly high: number };
}

const ELEMENTS: readonly Element[] = [
  { layout: "2006", form: /^[0-9]{4}/ },
  { layout: "-", form: /^-/ },
  { layout: "01", form: /^[0-9]{2}/, range: { name: "month", low: 1, high: 12 } },
  { layout: "-", form: /^-/ },
  { layout: "02", form: /^[0-9]{2}/ },
  { layout: "T", form: /^T/ },
  // Go reads an hour of one digit here.
  { layout: "15", form: /^[0-9]{1,2}/, range: { name: "hour", low: 0, high: 23 } },
  { layout: ":", form: /^:/ },
  { layout: "04", form: /^[0-9]{2}/, range: { name: "minute", low: 0, high: 59 } },
  { layout: ":", form: /^:/ },
  { layout: "05", form: /^[0-9]{2}/, range: { name: "second", low: 0, high: 59 } },
];
const FRACTION = /^[.,]([0-9]+)/;
const ZONE = /^(?:Z|([-+])([0-9]{2}):([0-9]{2}))/;

function parse(text: string, layout: string, decimals: number | undefined): Instant {
  const failed = (why: string) => new TimestampError(`parsing time ${goTimeQuote(text)}${why}`);
  const mismatch = (rest: string, element: string) =>
    failed(` as ${goTimeQuote(layout)}: cannot parse ${goTimeQuote(rest)} as ${goTimeQuote(element)}`);
  let rest = text;
  const numbers: number[] = [];
  for (const { layout: element, form, range } of ELEMENTS) {
    const found = form.exec(rest)?.[0];
    if (found === undefined) throw mismatch(rest, element);
    rest = rest.slice(found.length);
    if (element.length < 2) continue;
    const number = Number(found);
    if (range !== undefined && (number < range.low || number > range.high)) {
      throw failed(`: ${range.name} out of range`);
    }
    numbers.push(number);
  }
  const [year, month, day, hour, minute, second] = numbers as [number, number, number, number, number, number];
  const fraction = FRACTION.exec(rest);
  if (decimals !== undefined && fraction?.[1]?.length !== decimals) {
    throw mismatch(rest, `.${"0".repeat(decimals)}`);
  }
  rest = rest.slice(fraction?.[0].length ?? 0);
  const zone = ZONE.exec(rest);
  if (zone === null) throw mismatch(rest, "Z07:00");
  const [zoneText, sign, zoneHours = "0", zoneMinutes = "0"] = zone;
  if (Number(zoneHours) > 24) throw failed(": time zone offset hour out of range");
  if (Number(zoneMinutes) > 60) throw failed(": time zone offset minute out of range");
  rest = rest.slice(zoneText.length);
  if (rest !== "") throw failed(`: extra text: ${goTimeQuote(rest)}`);
  if (day < 1 || day > daysIn(year, month)) throw failed(": day out of range");

  const nanos = Number((fraction?.[1] ?? "").slice(0, 9).padEnd(9, "0"));
  const offsetMinutes = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === "-" ? -1 : 1);
  const date = new Date(0);
  // Date.UTC reads years below 100 as 19xx.
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute - offsetMinutes, second);
  return { ms: date.getTime() + Math.floor(nanos / 1e6), nanos };
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
