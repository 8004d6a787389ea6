// Cron schedules: five fields, or a macro, read as Kubernetes reads them; and the instants that match, in a time zone.
// Pure. It refuses to tell the time, and to know what is due.
import { DurationError, parseDuration } from "../../base/duration.ts";

/** The text is no schedule. The message is upstream's. */
export class CronError extends Error {
  override readonly name = "CronError";
}

export interface FieldSchedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Days count only where one of the two was restricted; where both were, either is enough. */
  readonly anyDay: boolean;
  readonly anyWeekday: boolean;
}

/** `@every 90m`: so long after the last time, whatever the clock shows. */
export type CronSchedule = FieldSchedule | { readonly everyMs: number };

interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: readonly Bounds[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: MONTHS },
  { low: 0, high: 6, names: WEEKDAYS },
];

const MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

function wholeNumber(text: string): number {
  if (!/^[+-]?[0-9]+$/.test(text)) {
    const why = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
    throw new CronError(`failed to parse int from ${text}: ${why}`);
  }
  const value = Number(text);
  if (value < 0) throw new CronError(`negative number (${value}) not allowed: ${text}`);
  return value;
}

function numberOrName(text: string, { names, low }: Bounds): number {
  const place = names?.indexOf(text.toLowerCase()) ?? -1;
  return place < 0 ? wholeNumber(text) : place + low;
}

interface Range {
  readonly values: readonly number[];
  readonly isAny: boolean;
}

/** `*`, `7`, `1-5`, each perhaps with `/step`. */
function parseRange(text: string, bounds: Bounds): Range {
  const [range = "", stepText, ...more] = text.split("/");
  if (more.length > 0) throw new CronError(`too many slashes: ${text}`);
  const [from = "", to, ...rest] = range.split("-");
  if (rest.length > 0) throw new CronError(`too many hyphens: ${text}`);
  const isAny = from === "*" || from === "?";
  const start = isAny ? bounds.low : numberOrName(from, bounds);
  const single = isAny ? bounds.high : to === undefined ? start : numberOrName(to, bounds);
  const step = stepText === undefined ? 1 : wholeNumber(stepText);
  const end = stepText !== undefined && to === undefined ? bounds.high : single;
  if (start < bounds.low) throw new CronError(`beginning of range (${start}) below minimum (${bounds.low}): ${text}`);
  if (end > bounds.high) throw new CronError(`end of range (${end}) above maximum (${bounds.high}): ${text}`);
  if (start > end) throw new CronError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`);
  const values = [];
  for (let value = start; value <= end; value += step) values.push(value);
  return { values, isAny: isAny && step === 1 };
}

function parseField(text: string, bounds: Bounds): { readonly values: Set<number>; readonly isAny: boolean } {
  // Empty parts between commas say nothing.
  const ranges = text
    .split(",")
    .filter((part) => part !== "")
    .map((part) => parseRange(part, bounds));
  return { values: new Set(ranges.flatMap(({ values }) => values)), isAny: ranges.some(({ isAny }) => isAny) };
}

function parseMacro(text: string): CronSchedule {
  const known = MACROS[text];
  if (known !== undefined) return parseCron(known);
  const every = "@every ";
  if (!text.startsWith(every)) throw new CronError(`unrecognized descriptor: ${text}`);
  try {
    // Whole seconds, and at least one.
    const everyMs = Math.max(Math.floor(parseDuration(text.slice(every.length)) / 1000) * 1000, 1000);
    return { everyMs };
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    throw new CronError(`failed to parse duration ${text}: ${error.message}`);
  }
}

/** Reads a schedule without a time zone in it. Throws {@link CronError}. */
export function parseCron(text: string): CronSchedule {
  if (text === "") throw new CronError("empty spec string");
  if (text.startsWith("@")) return parseMacro(text);
  const fields = text.split(/\s+/).filter((field) => field !== "");
  if (fields.length !== FIELDS.length) {
    throw new CronError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`);
  }
  const [minutes, hours, days, months, weekdays] = fields.map((field, i) => parseField(field, FIELDS[i]!));
  return {
    minutes: minutes!.values,
    hours: hours!.values,
    days: days!.values,
    months: months!.values,
    weekdays: weekdays!.values,
    anyDay: days!.isAny,
    anyWeekday: weekdays!.isAny,
  };
}

/** What a clock on the wall shows. */
interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly weekday: number;
}

const MINUTE = 60_000;

/** How far the wall clock is ahead of UTC at an instant, in milliseconds. */
type Offset = (ms: number) => number;

const offsets = new Map<string, Offset>();

/** The offset function of a time zone; undefined if there is no such zone. */
export function zoneOffset(timeZone: string): Offset | undefined {
  const known = offsets.get(timeZone);
  if (known) return known;
  // Offsets and abbreviations that only Intl knows are no names of zones.
  if (timeZone !== "UTC" && !/^[A-Za-z]/.test(timeZone)) return undefined;
  let format: Intl.DateTimeFormat;
  try {
    const numeric = "numeric" as const;
    const parts = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric };
    format = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", calendar: "gregory", ...parts });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  const offset: Offset = (ms) => {
    const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const { year, month, day, hour, minute, second } = part as Record<string, number>;
    return Date.UTC(year!, month! - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
  };
  offsets.set(timeZone, offset);
  return offset;
}

const UTC: Offset = () => 0;

function wallAt(ms: number, offset: Offset): WallTime {
  const shifted = new Date(ms + offset(ms));
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    weekday: shifted.getUTCDay(),
  };
}

/** The first instant of a day: midnight, or what comes first where the clocks leave it out. */
function startOfDay(year: number, month: number, day: number, offset: Offset): number {
  const wanted = Date.UTC(year, month - 1, day);
  const dayAt = (ms: number) => ms + offset(ms) - wanted;
  let ms = wanted - offset(wanted - offset(wanted));
  while (dayAt(ms) < 0) ms += 15 * MINUTE;
  while (dayAt(ms - 15 * MINUTE) >= 0) ms -= 15 * MINUTE;
  return ms;
}

/** Schedules further away than this never come. */
const YEARS = 5;

function dayMatches(schedule: FieldSchedule, { day, weekday }: WallTime): boolean {
  const [byDay, byWeekday] = [schedule.days.has(day), schedule.weekdays.has(weekday)];
  return schedule.anyDay || schedule.anyWeekday ? byDay && byWeekday : byDay || byWeekday;
}

/**
 * The first instant after `afterMs` that the schedule names, in milliseconds; undefined if there is none within five
 * years. An hour that the clocks leave out has no runs, one that they repeat has them twice.
 */
export function nextRun(schedule: CronSchedule, afterMs: number, offset: Offset = UTC): number | undefined {
  if ("everyMs" in schedule) return Math.floor(afterMs / 1000) * 1000 + schedule.everyMs;
  let ms = (Math.floor(afterMs / MINUTE) + 1) * MINUTE;
  const last = wallAt(ms, offset).year + YEARS;
  for (;;) {
    const wall = wallAt(ms, offset);
    if (wall.year > last) return undefined;
    if (!schedule.months.has(wall.month)) ms = startOfDay(wall.year, wall.month + 1, 1, offset);
    else if (!dayMatches(schedule, wall)) ms = startOfDay(wall.year, wall.month, wall.day + 1, offset);
    else if (!schedule.hours.has(wall.hour)) ms += (60 - wall.minute) * MINUTE;
    else if (!schedule.minutes.has(wall.minute)) ms += MINUTE;
    else return ms;
  }
}

/** The last instant in (afterMs, untilMs] that the schedule names; undefined if there is none. */
export function lastRun(
  schedule: CronSchedule,
  afterMs: number,
  untilMs: number,
  offset: Offset = UTC,
): number | undefined {
  if ("everyMs" in schedule) {
    const first = nextRun(schedule, afterMs, offset)!;
    return first > untilMs ? undefined : first + Math.floor((untilMs - first) / schedule.everyMs) * schedule.everyMs;
  }
  // Looked for in windows that grow backwards, so that years of missed minutes cost no more than one.
  for (let window = MINUTE; ; window *= 2) {
    const from = Math.max(untilMs - window, afterMs);
    let found = nextRun(schedule, from, offset);
    if (found !== undefined && found <= untilMs) {
      for (let next = found; next <= untilMs;) {
        found = next;
        next = nextRun(schedule, found, offset) ?? Infinity;
      }
      return found;
    }
    if (from === afterMs) return undefined;
  }
}
