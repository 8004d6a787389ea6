// A Log of JSON lines. It refuses to rotate files and to send lines anywhere: the operator's tools do.
import { Utf8Stream } from "node:fs";
import type { Clock } from "./clock.ts";
import type { Log, LogFields } from "./log.ts";
import { formatMicroTime } from "./timestamp.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LEVELS)[number];

export interface JSONLogOptions {
  /** Where lines go: a path (appended to, made with its folders), an open file's number, or whatever takes lines. */
  readonly destination: string | number | { write(line: string): unknown };
  readonly clock: Pick<Clock, "now">;
  /** Lines below are dropped ("info"). */
  readonly level?: LogLevel;
  /** On every line. */
  readonly fields?: LogFields;
}

/**
 * One line for each call: `{"level":"info","time":"…", …fields,"msg":"…"}`. Errors among the fields come with type, message
 * and stack. Files are written at once: a line is not lost when the process dies after it.
 */
export function jsonLog(options: JSONLogOptions): Log {
  const { destination, clock, level = "info", fields = {} } = options;
  return logTo({ to: streamTo(destination), clock, least: LEVELS.indexOf(level) }, fields);
}

function streamTo(destination: JSONLogOptions["destination"]): { write(line: string): unknown } {
  if (typeof destination === "object") return destination;
  const place = typeof destination === "number" ? { fd: destination } : { dest: destination, mkdir: true };
  const stream = new Utf8Stream({ ...place, append: true, sync: true });
  // A log that cannot be written must not end the process: nobody is left to be told.
  stream.on("error", () => {});
  return stream;
}

interface Place {
  readonly to: { write(line: string): unknown };
  readonly clock: Pick<Clock, "now">;
  /** The place in {@link LEVELS} of the lowest level that is written. */
  readonly least: number;
}

function logTo(place: Place, fields: LogFields): Log {
  const at = (level: LogLevel) => {
    if (LEVELS.indexOf(level) < place.least) return () => {};
    return (msg: string, more: LogFields = {}) => {
      const time = formatMicroTime(place.clock.now());
      place.to.write(`${text({ level, time, ...fields, ...more, msg })}\n`);
    };
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (more) => logTo(place, { ...fields, ...more }),
  };
}

function text(line: LogFields): string {
  try {
    return JSON.stringify(line, shown);
  } catch (error) {
    // What goes in a circle; the rest of the line still tells what happened.
    const { level, time, msg } = line;
    return JSON.stringify({ level, time, unwritable: String(error), msg });
  }
}

function shown(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (!(value instanceof Error)) return value;
  const { message, stack, cause } = value;
  const own = Object.fromEntries(Object.entries(value));
  return { type: value.constructor.name, message, stack, ...own, ...(cause !== undefined && { cause }) };
}
