// `npm run fuzz -- [--target T] [--minutes M] [--seed S] [--workers N]`: every target for M minutes (default 2),
// some at a time. Findings are kept in the corpus and printed; then the exit code is 1. It refuses to shrink inputs.
import { parseArgs } from "node:util";
import { keepInput } from "./corpus.ts";
import { runLane } from "./lane.ts";
import type { Report } from "./run.ts";
import { targets } from "./targets/index.ts";

const { values } = parseArgs({
  options: {
    target: { type: "string", multiple: true },
    minutes: { type: "string", default: "2" },
    seed: { type: "string" },
    workers: { type: "string", default: "2" },
  },
});
const minutes = Number(values.minutes);
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const workers = Number(values.workers);
const names = targets
  .map((one) => one.name)
  .filter((name) => values.target === undefined || values.target.includes(name));
const unknown = (values.target ?? []).filter((name) => !names.includes(name));
if (unknown.length > 0 || !(minutes > 0) || !Number.isInteger(seed) || !(workers >= 1)) {
  console.error(
    `usage: fuzz [--target T]… [--minutes M] [--seed S] [--workers N]\ntargets: ${targets.map((one) => one.name).join(", ")}`,
  );
  process.exit(64);
}

let executions = 0;
let found = 0;
function onReport(report: Report): void {
  executions += report.executions;
  found += report.findings.length;
  const seconds = (report.milliseconds / 1000).toFixed(0).padStart(4);
  console.log(
    `${report.target.padEnd(22)} ${String(report.executions).padStart(9)} inputs ${seconds} s  ${String(report.outcomes).padStart(4)} outcomes  ${report.findings.length} findings`,
  );
  for (const { target, what, input } of report.findings)
    console.log(`  ${keepInput(target, input)}\n    ${what.split("\n").slice(0, 6).join("\n    ")}`);
}

console.log(`seed ${seed}, ${names.length} targets, ${minutes} min each, ${workers} at a time`);
const queue = [...names];
const lane = async (): Promise<void> => {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    await runLane([name], { seed, milliseconds: minutes * 60_000, onReport });
  }
};
await Promise.all(Array.from({ length: workers }, lane));
console.log(`${executions} inputs, ${found} findings`);
process.exitCode = found > 0 ? 1 : 0;
