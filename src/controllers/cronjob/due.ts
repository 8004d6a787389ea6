// Which run of a CronJob is due, and when the next one is. Pure. It refuses to make jobs.
import { formatTime, parseTime } from "../../base/timestamp.ts";
import type { CronJob } from "../../resources/batch/cron-job.ts";
import { CronError, lastRun, nextRun, parseCron, zoneOffset } from "../../resources/batch/cron-schedule.ts";

/** So many runs may be missed before it is told. */
const MOST_MISSED = 100;

export interface Fault {
  readonly reason: string;
  readonly message: string;
}

export interface Due {
  /** The last run that should have been, after the last one that was; milliseconds since the epoch. */
  readonly run?: number;
  /** The first one in the future. */
  readonly next?: number;
  /** More were missed than anybody wants to make up for. */
  readonly tooMany: boolean;
  /** What keeps it from ever being due. */
  readonly fault?: Fault;
}

const NEVER: Due = { tooMany: false };

/** From when on runs count: none is made up for that was due before the CronJob was there, or that may not start late. */
function earliest({ metadata, spec, status }: CronJob, now: number): number {
  const since = parseTime(status.lastScheduleTime ?? metadata.creationTimestamp ?? formatTime(now)).ms;
  const { startingDeadlineSeconds } = spec;
  return startingDeadlineSeconds === undefined ? since : Math.max(since, now - startingDeadlineSeconds * 1000);
}

/** The schedule without the zone that it may name (older objects may), and that zone. */
function zoned(schedule: string, timeZone: string | undefined): readonly [schedule: string, zone: string] {
  const found = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/.exec(schedule);
  return found ? [found[2]!, found[1]!] : [schedule, timeZone ?? "UTC"];
}

export function dueOf(cron: CronJob, now: number): Due {
  const { schedule, timeZone } = cron.spec;
  const [fields, zone] = zoned(schedule, timeZone);
  const offset = zoneOffset(zone);
  if (!offset) {
    const why = `unknown time zone ${zone}`;
    return {
      ...NEVER,
      fault: { reason: "UnknownTimeZone", message: `invalid timeZone: ${JSON.stringify(zone)}: ${why}` },
    };
  }
  let parsed;
  try {
    parsed = parseCron(fields);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${error.message}`;
    return { ...NEVER, fault: { reason: "UnparseableSchedule", message } };
  }
  const next = nextRun(parsed, now, offset);
  const from = earliest(cron, now);
  let first = nextRun(parsed, from, offset);
  if (first === undefined) {
    const why = "time difference between two schedules is less than 1 second";
    return { ...NEVER, fault: { reason: "InvalidSchedule", message: `invalid schedule: ${schedule} : ${why}` } };
  }
  const ahead = next === undefined ? {} : { next };
  if (first > now) return { ...ahead, tooMany: false };
  let missed = 0;
  while (first !== undefined && first <= now && missed <= MOST_MISSED) {
    missed++;
    first = nextRun(parsed, first, offset);
  }
  return { ...ahead, run: lastRun(parsed, from, now, offset)!, tooMany: missed > MOST_MISSED };
}

/** An instant as events name it: `Mon, 02 Jan 2006 15:04:05 +0000`. */
export const mailDate = (ms: number): string => new Date(ms).toUTCString().replace("GMT", "+0000");

/** An instant as the wall clock of a zone shows it: `2006-01-02T15:04:05+01:00`, or with Z. */
export function zonedTime(ms: number, timeZone: string | undefined): string {
  const shift = zoneOffset(timeZone ?? "UTC")?.(ms) ?? 0;
  if (shift === 0) return formatTime(ms);
  const minutes = Math.abs(shift) / 60_000;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const text = formatTime(ms + shift).slice(0, -1);
  return `${text}${shift < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}
