// `npm run sim -- [--seeds N] [--seed S] [--jobs J] [--planted] [--keep-going] [--verbose] [--trace KEY]`: runs seeds,
// prints the faults as counts, every broken invariant, whether some seeds run again gave the same events, and which
// seed found which planted bug. It refuses to go on after a failure unless told to with --keep-going.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { systemClock } from "../../src/base/clock.ts";
import { plantedBugs } from "./planted/index.ts";
import type { Found } from "./planted/seek.ts";
import { Pool, runSeeds } from "./pool.ts";
import { countsText, failureText, plantedText, tally } from "./report.ts";
import type { Tally } from "./report.ts";
import { run } from "./run.ts";
import type { Report, RunOptions } from "./run.ts";

/** One seed of so many is run twice. */
const AGAIN_ONE_IN = 20;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: String(availableParallelism()) },
    planted: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
    trace: { type: "string" },
    "keep-going": { type: "boolean", default: false },
  },
});
const first = Number(values.seed);
const count = Number(values.seeds);
const jobs = Number(values.jobs);
if (![first, count, jobs].every(Number.isSafeInteger) || count < 1 || jobs < 1) {
  process.stderr.write(
    "usage: npm run sim -- [--seeds N] [--seed S] [--jobs J] [--planted] [--keep-going] [--verbose] [--trace KEY]\n",
  );
  process.exit(2);
}
const say = (text: string) => void process.stdout.write(`${text}\n`);

/** Every version of some objects, without what says who owns which field. */
function traced(prefix: string | undefined): Pick<RunOptions, "onFact"> {
  if (prefix === undefined) return {};
  return {
    onFact({ key, revision, object, cause }) {
      if (!key.startsWith(prefix)) return;
      const shown = object && { ...object, metadata: { ...object.metadata, managedFields: undefined } };
      say(`  ${revision} ${key} by ${cause.user}: ${JSON.stringify(shown) ?? "deleted"}`);
    },
  };
}

/** In this thread, line by line. */
async function* watched(): AsyncGenerator<Report> {
  const verbose = values.verbose && { chatty: true, onLine: say };
  for (let seed = first; seed < first + count; seed++) yield run({ seed, ...verbose, ...traced(values.trace) });
}

async function again(pool: Pool, { hashes }: Tally): Promise<string> {
  const some = [...hashes].filter(([seed]) => (seed - first) % AGAIN_ONE_IN === 0);
  const reports = await Promise.all(some.map(([seed]) => pool.run(seed)));
  const others = reports.filter(({ seed, hash }) => hashes.get(seed) !== hash).map(({ seed }) => seed);
  if (others.length > 0) process.exitCode = 1;
  return others.length === 0
    ? `${some.length} seeds run again gave the same events`
    : `seeds that gave OTHER EVENTS when run again: ${others.join(", ")}`;
}

async function planted(pool: Pool): Promise<string> {
  const found = new Map<string, Found | undefined>();
  await Promise.all(plantedBugs.map(async ({ name }) => found.set(name, await pool.seek(name))));
  if ([...found.values()].includes(undefined)) process.exitCode = 1;
  return plantedText(found);
}

const start = systemClock.monotonic();
const pool = new Pool(jobs);
const totals = tally();
const reports = values.verbose || values.trace !== undefined ? watched() : runSeeds(pool, { first, count });
for await (const report of reports) {
  totals.add(report);
  if (report.violation === undefined) continue;
  process.exitCode = 1;
  say(failureText(report));
  if (!values["keep-going"]) break;
}
const { user, system } = process.cpuUsage();
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const each = `${Math.round((user + system) / 1000 / totals.runs)} ms`;
say(countsText(totals));
say(`${seconds(systemClock.monotonic() - start)}, ${each} of processor time a seed, ${jobs} at a time`);
if (totals.failures.length === 0) say(await again(pool, totals));
if (values.planted) say(await planted(pool));
await pool.close();
