// A Log of JSON lines. It refuses to rotate files and to send lines anywhere: the operator's tools do.
import pino from "pino";
import type { Clock } from "./clock.ts";
import type { Log, LogFields } from "./log.ts";
import { formatMicroTime } from "./timestamp.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface JSONLogOptions {
  /** Where lines go: a path (appended to, made with its folders), an open file's number, or whatever takes lines. */
  readonly destination: string | number | { write(line: string): void };
  readonly clock: Pick<Clock, "now">;
  /** Lines below are dropped ("info"). */
  readonly level?: LogLevel;
  /** On every line. */
  readonly fields?: LogFields;
}

/**
 * One line for each call: `{"level":"info","time":"…","msg":"…", …fields}`. Errors among the fields come with type,
 * message and stack. Files are written at once: a line is not lost when the process dies after it.
 */
export function jsonLog(options: JSONLogOptions): Log {
  const { destination, clock, level = "info", fields = {} } = options;
  const stream =
    typeof destination === "object" ? destination : pino.destination({ dest: destination, append: true, mkdir: true });
  return wrap(
    pino(
      {
        level,
        base: { ...fields },
        timestamp: () => `,"time":"${formatMicroTime(clock.now())}"`,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { error: pino.stdSerializers.err, cause: pino.stdSerializers.err },
      },
      stream,
    ),
  );
}

function wrap(logger: pino.Logger): Log {
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    with: (fields) => wrap(logger.child(fields)),
  };
}
