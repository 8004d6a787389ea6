// Completion indexes as text, `0,2-4`, and as a set of numbers. It refuses to know which job they belong to.

/** What is wrong with such a text. The message is upstream's. */
export class IndexTextError extends Error {
  override readonly name = "IndexTextError";
}

type Interval = readonly [first: number, last: number];

/** A whole number as Go's Atoi reads it; undefined for anything else. */
const whole = (text: string): number | undefined => (/^[+-]?[0-9]+$/.test(text) ? Number(text) : undefined);

function bound(text: string, completions: number): number {
  const value = whole(text);
  if (value === undefined) {
    throw new IndexTextError(`cannot convert string to integer for index: ${JSON.stringify(text)}`);
  }
  if (value >= completions) throw new IndexTextError(`too large index: ${JSON.stringify(text)}`);
  return value;
}

function rising(previous: number, current: number): void {
  if (previous >= current) {
    throw new IndexTextError(`non-increasing order, previous: ${previous}, current: ${current}`);
  }
}

function parseInterval(text: string, completions: number): Interval {
  const ends = text.split("-");
  if (ends.length > 2) {
    throw new IndexTextError(
      `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`,
    );
  }
  const first = bound(ends[0]!, completions);
  if (ends.length === 1) return [first, first];
  const last = bound(ends[1]!, completions);
  rising(first, last);
  return [first, last];
}

/** Reads intervals that rise and stay below `completions`. Throws {@link IndexTextError}. */
export function parseIntervals(text: string, completions: number): readonly Interval[] {
  const intervals = text === "" ? [] : text.split(",").map((part) => parseInterval(part, completions));
  for (const [i, [first]] of intervals.entries()) if (i > 0) rising(intervals[i - 1]![1], first);
  return intervals;
}

export const intervalCount = (intervals: readonly Interval[]): number =>
  intervals.reduce((sum, [first, last]) => sum + last - first + 1, 0);

/** The lowest index in both; undefined if there is none. */
export function firstShared(a: readonly Interval[], b: readonly Interval[]): number | undefined {
  for (const [first, last] of a) {
    const other = b.find(([from, to]) => from <= last && first <= to);
    if (other) return Math.max(first, other[0]);
  }
  return undefined;
}

/** The numbers below `completions` that a text names. What it cannot read it skips: a status may be anybody's. */
export function indexesIn(text: string | undefined, completions: number): Set<number> {
  const found = new Set<number>();
  for (const part of (text ?? "").split(",")) {
    const [first, last = first] = part.split("-").map(whole);
    if (first === undefined || last === undefined) continue;
    for (let index = first; index <= Math.min(last, completions - 1); index++) found.add(index);
  }
  return found;
}

/** The numbers as text: neighbours as intervals, two neighbours as two numbers. */
export function indexText(indexes: Iterable<number>): string {
  const parts: string[] = [];
  let run: number[] = [];
  const close = () => {
    if (run.length > 2) parts.push(`${run[0]}-${run.at(-1)}`);
    else parts.push(...run.map(String));
    run = [];
  };
  for (const index of [...indexes].sort((a, b) => a - b)) {
    if (run.length > 0 && index !== run.at(-1)! + 1) close();
    run.push(index);
  }
  close();
  return parts.join(",");
}
