// What a thread of the simulation can be asked for. It refuses to know which thread.
import { plantedBugs } from "./planted/index.ts";
import { seek } from "./planted/seek.ts";
import type { Found } from "./planted/seek.ts";
import { run } from "./run.ts";
import type { Report } from "./run.ts";

/** A run of one seed, or the search for one planted bug by its name. */
export type Job = { readonly seed: number } | { readonly bug: string };

export type Outcome = Report | Found | undefined;

export async function perform(job: Job): Promise<Outcome> {
  if ("seed" in job) return run({ seed: job.seed });
  const bug = plantedBugs.find(({ name }) => name === job.bug);
  if (!bug) throw new Error(`no planted bug is called ${job.bug}`);
  return seek(bug);
}
