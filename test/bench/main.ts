// `npm run bench`: every figure that Kaji is measured by, beside its baseline of the same run, as one table.
//   bin/node test/bench/main.ts [--quick] [--only part,part]
// It refuses to fail for a missed target: machines are noisy, and the table says what was missed.
import { parseArgs } from "node:util";
import { apiRows } from "./api.ts";
import { atLeast, table } from "./row.ts";
import type { Row } from "./row.ts";
import { benchScheduler } from "./scheduler.ts";
import { serviceRows } from "./services.ts";
import { clusterRows } from "./start.ts";
import { storeRows } from "./store.ts";
import type { BenchRow } from "./store.ts";

interface Part {
  readonly name: string;
  readonly quick: boolean;
  rows(quick: boolean): Promise<readonly Row[]>;
}

/** The rows that stand in a file of their own, which knows no targets. */
const plain = (rows: readonly BenchRow[]): readonly Row[] => rows.map((row) => ({ ...row, target: undefined }));

async function schedulerRows(quick: boolean): Promise<readonly Row[]> {
  const rows = await (quick ? benchScheduler(1000, 1000) : benchScheduler(5000, 2000));
  return rows.map((row) => ({ ...row, target: row.target === undefined ? undefined : atLeast(row.target) }));
}

const parts: readonly Part[] = [
  { name: "cluster", quick: true, rows: clusterRows },
  { name: "api", quick: true, rows: apiRows },
  { name: "services", quick: true, rows: serviceRows },
  { name: "scheduler", quick: false, rows: schedulerRows },
  { name: "store", quick: false, rows: async () => plain(await storeRows()) },
];

const { values } = parseArgs({
  options: { quick: { type: "boolean", default: false }, only: { type: "string" }, help: { type: "boolean" } },
});
const only = values.only?.split(",");
const unknown = only?.find((name) => !parts.some((part) => part.name === name));
if (values.help || unknown !== undefined) {
  const names = parts.map(({ name }) => name).join(", ");
  process.stderr.write(`usage: bench [--quick] [--only part,part]   parts: ${names}\n`);
  process.exit(unknown === undefined ? 0 : 64);
}
const all: Row[] = [];
for (const part of parts) {
  if (only !== undefined ? !only.includes(part.name) : values.quick && !part.quick) continue;
  process.stderr.write(`${part.name} ...\n`);
  try {
    all.push(...(await part.rows(values.quick)));
  } catch (error) {
    process.stderr.write(`${part.name} FAILED: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  }
}
process.stdout.write(table(all));
