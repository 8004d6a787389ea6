// `npm run sim -- --seeds N [--seed S] [--verbose]`: runs seeds, prints the faults as counts and every broken invariant. It
// refuses to go on after a failure unless told to with --keep-going.
import { parseArgs } from "node:util";
import { countsText, failureText, tally } from "./report.ts";
import { run } from "./run.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    verbose: { type: "boolean", default: false },
    "keep-going": { type: "boolean", default: false },
  },
});
const first = Number(values.seed);
const count = Number(values.seeds);
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1) {
  process.stderr.write("usage: npm run sim -- [--seeds N] [--seed S] [--keep-going] [--verbose]\n");
  process.exit(2);
}

const totals = tally();
let failures = 0;
for (let seed = first; seed < first + count; seed++) {
  const verbose = values.verbose && { chatty: true, onLine: (line: string) => void process.stdout.write(`${line}\n`) };
  const report = await run({ seed, ...verbose });
  totals.add(report);
  if (report.violation === undefined) continue;
  failures++;
  process.stdout.write(`${failureText(report)}\n`);
  if (!values["keep-going"]) break;
}
process.stdout.write(`${countsText(totals)}\n`);
process.exitCode = failures > 0 ? 1 : 0;
