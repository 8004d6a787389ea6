// What a part says about itself to its operator. It refuses to be the record of what happened: that is Events and the store's history.

export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log lines. Messages are constant text, what varies goes in `fields`. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with `fields` on every line. */
  with(fields: LogFields): Log;
}

/** A log that says nothing: for tests and for library use without a log. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLog,
};
