// One line of the bench table and how it is judged and printed. It refuses to measure.
import type { BenchRow } from "./store.ts";

/** What a figure has to reach. `ratio` is against the baseline of the same run, 1 being the baseline; more is better. */
export type Target =
  | { readonly type: "ratio"; readonly least: number }
  | { readonly type: "least"; readonly value: number }
  | { readonly type: "most"; readonly value: number };

export interface Row extends BenchRow {
  readonly target: Target | undefined;
  /** What stands beside the verdict: how the figure came about. */
  readonly note?: string;
}

export const ratioOf = (least: number): Target => ({ type: "ratio", least });
export const atLeast = (value: number): Target => ({ type: "least", value });
export const atMost = (value: number): Target => ({ type: "most", value });

/** A rate beside the rate of its baseline. */
export function rate(name: string, unit: string, figure: number, baseline?: number, target?: Target, note = ""): Row {
  return { name, unit, figure, baseline, ratio: baseline === undefined ? undefined : figure / baseline, target, note };
}

/** A time or size beside that of its baseline: less is better, so the ratio is turned over. */
export function cost(name: string, unit: string, figure: number, baseline?: number, target?: Target, note = ""): Row {
  return { name, unit, figure, baseline, ratio: baseline === undefined ? undefined : baseline / figure, target, note };
}

/** Undefined: nothing was promised. */
export function isMet({ figure, ratio, target }: Row): boolean | undefined {
  switch (target?.type) {
    case "ratio":
      return ratio === undefined ? undefined : ratio >= target.least;
    case "least":
      return figure >= target.value;
    case "most":
      return figure <= target.value;
    default:
      return undefined;
  }
}

const number = (n: number | undefined) =>
  n === undefined ? "-" : Math.abs(n) >= 100 ? Math.round(n).toString() : n.toPrecision(3);

function targetText(target: Target | undefined): string {
  switch (target?.type) {
    case "ratio":
      return `>= ${Number(target.least.toFixed(2))} x`;
    case "least":
      return `>= ${target.value}`;
    case "most":
      return `<= ${target.value}`;
    default:
      return "-";
  }
}

const HEAD = ["figure", "baseline", "ratio", "target", "verdict"];

/** The rows as one text table. */
export function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ name, unit }) => name.length + unit.length + 3), 10);
  const lines = [`${"".padEnd(width)} ${HEAD.map((text) => text.padStart(9)).join(" ")}`];
  for (const row of rows) {
    const met = isMet(row);
    const verdict = met === undefined ? "-" : met ? "met" : "MISSED";
    const cells = [number(row.figure), number(row.baseline), number(row.ratio), targetText(row.target), verdict];
    const note = row.note ? `  ${row.note}` : "";
    lines.push(
      `${`${row.name} [${row.unit}]`.padEnd(width)} ${cells.map((text) => text.padStart(9)).join(" ")}${note}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
