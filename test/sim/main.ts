// `npm run sim -- --seeds N [--seed S] [--verbose] [--trace KEY]`: runs seeds, prints the faults as counts and every
// broken invariant; --trace shows each version of the objects whose key begins so. It refuses to go on after a
// failure unless told to with --keep-going.
import { parseArgs } from "node:util";
import { countsText, failureText, tally } from "./report.ts";
import { run } from "./run.ts";
import type { RunOptions } from "./run.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    verbose: { type: "boolean", default: false },
    trace: { type: "string" },
    "keep-going": { type: "boolean", default: false },
  },
});
const first = Number(values.seed);
const count = Number(values.seeds);
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1) {
  process.stderr.write("usage: npm run sim -- [--seeds N] [--seed S] [--keep-going] [--verbose] [--trace KEY]\n");
  process.exit(2);
}

/** Every version of some objects, without what says who owns which field. */
function traced(prefix: string | undefined): Pick<RunOptions, "onFact"> {
  if (prefix === undefined) return {};
  return {
    onFact({ key, revision, object, cause }) {
      if (!key.startsWith(prefix)) return;
      const shown = object && { ...object, metadata: { ...object.metadata, managedFields: undefined } };
      process.stdout.write(`  ${revision} ${key} by ${cause.user}: ${JSON.stringify(shown) ?? "deleted"}\n`);
    },
  };
}

const totals = tally();
let failures = 0;
for (let seed = first; seed < first + count; seed++) {
  const verbose = values.verbose && { chatty: true, onLine: (line: string) => void process.stdout.write(`${line}\n`) };
  const report = await run({ seed, ...verbose, ...traced(values.trace) });
  totals.add(report);
  if (report.violation === undefined) continue;
  failures++;
  process.stdout.write(`${failureText(report)}\n`);
  if (!values["keep-going"]) break;
}
process.stdout.write(`${countsText(totals)}\n`);
process.exitCode = failures > 0 ? 1 : 0;
