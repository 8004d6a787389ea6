// Lengths of time as text: Go's "1h2m3.5s" and kubectl's ages. It refuses to measure: that is the Clock's.
//
// A duration is a number of milliseconds, fractions allowed; to the nanosecond below a hundred days.
import { goTimeQuote } from "./go-quote.ts";

const NS_PER_MS = 1e6;
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3], // U+00B5, the micro sign
  ["μs", 1e-3], // U+03BC, the Greek letter
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);
/** 2^63 - 1 nanoseconds: Go has no longer ones. */
const LONGEST_MS = Number(2n ** 63n - 1n) / NS_PER_MS;

/** The text is no duration. The message is Go's own. */
export class DurationError extends Error {
  override readonly name = "DurationError";
}

/** Reads a duration as Go's time.ParseDuration does; returns milliseconds. Throws {@link DurationError}. */
export function parseDuration(text: string): number {
  const invalid = () => new DurationError(`time: invalid duration ${goTimeQuote(text)}`);
  const negative = text.startsWith("-");
  let rest = /^[-+]/.test(text) ? text.slice(1) : text;
  if (rest === "0") return 0;
  if (rest === "") throw invalid();
  let total = 0;
  while (rest !== "") {
    const [all, whole, fraction, unit] = /^([0-9]*)(?:\.([0-9]*))?([^.0-9]*)/.exec(rest)!;
    if (whole === "" && (fraction ?? "") === "") throw invalid();
    if (unit === "") throw new DurationError(`time: missing unit in duration ${goTimeQuote(text)}`);
    const unitMs = UNIT_MS.get(unit!);
    if (unitMs === undefined) {
      throw new DurationError(`time: unknown unit ${goTimeQuote(unit!)} in duration ${goTimeQuote(text)}`);
    }
    // Whole nanoseconds: what is smaller is cut off, as Go does.
    total +=
      Number(whole) * unitMs + Math.floor(Number(`0.${fraction ?? ""}0`) * unitMs * NS_PER_MS + 1e-6) / NS_PER_MS;
    if (total > LONGEST_MS) throw invalid();
    rest = rest.slice(all.length);
  }
  return negative && total !== 0 ? -total : total;
}

/** Writes `ms` as Go's Duration.String does: "1h0m0s", "1.5s", "300ms", "0s". */
export function formatDuration(ms: number): string {
  let ns = BigInt(Math.round(ms * NS_PER_MS));
  if (ns === 0n) return "0s";
  const sign = ns < 0n ? "-" : "";
  if (ns < 0n) ns = -ns;
  if (ns < 1_000n) return `${sign}${ns}ns`;
  if (ns < 1_000_000n) return `${sign}${decimal(ns, 3)}µs`;
  if (ns < 1_000_000_000n) return `${sign}${decimal(ns, 6)}ms`;
  const minutes = ns / 60_000_000_000n;
  const seconds = decimal(ns % 60_000_000_000n, 9);
  if (minutes === 0n) return `${sign}${seconds}s`;
  const hours = minutes / 60n;
  return `${sign}${hours === 0n ? "" : `${hours}h`}${minutes % 60n}m${seconds}s`;
}

/** `amount` / 10^places without trailing zeros. */
function decimal(amount: bigint, places: number): string {
  const digits = amount.toString().padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  return digits.slice(0, -places) + (fraction === "" ? "" : `.${fraction}`);
}

/**
 * An age as kubectl's columns show it: 5s, 3m20s, 5h12m, 2d3h, 3y45d; the longer, the coarser.
 * Up to two seconds in the future count as now, more is "<invalid>": clocks of machines differ.
 */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return two(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return two(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return two(days, "d", hours % 24, "h");
  if (days < 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  return years < 8 ? two(years, "y", days % 365, "d") : `${years}y`;
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
