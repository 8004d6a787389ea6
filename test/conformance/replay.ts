// Runs a program that replays recorded cases, and judges its report: how many passed, and that nothing failed which is
// not known to. It refuses to hide either: a case that passes again must leave the list.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { REFERENCE } from "./cluster.ts";
import type { Target } from "./cluster.ts";

export interface ReplayOptions {
  /** The program beside the recordings, such as `replay.mjs`. */
  readonly program: string;
  /** The folder of cases beside it. */
  readonly cases: string;
  readonly filter: string;
  readonly arguments?: readonly string[];
}

interface Entry {
  readonly area: string;
  readonly kind?: string;
  readonly feature?: string;
  readonly name: string;
  readonly passed: boolean;
}

export interface Replayed {
  readonly passed: number;
  readonly total: number;
  /** `area/kind/name`, as the programs' filters read them. */
  readonly failures: readonly string[];
  /** What the program said about the failures. */
  readonly said: string;
}

/** One run. Throws when the program itself did not work. */
export async function replay(target: Target, options: ReplayOptions): Promise<Replayed> {
  const report = path.join(target.folder, `report-${options.cases}.json`);
  const args = [
    path.join(REFERENCE, options.program),
    ...target.credentials,
    ...["--cases", path.join(REFERENCE, options.cases), "--filter", options.filter, "--report", report],
    ...(options.arguments ?? []),
  ];
  const said = await output(args);
  const entries = JSON.parse(await readFile(report, "utf8").catch(() => `"none"`)) as Entry[] | string;
  if (!Array.isArray(entries) || entries.length === 0) throw new Error(`${options.program} made no report:\n${said}`);
  const nameOf = ({ area, kind, feature, name }: Entry): string =>
    [area, kind ?? feature, name].filter((part) => part !== undefined).join("/");
  const failures = entries.filter((entry) => !entry.passed).map(nameOf);
  return { passed: entries.length - failures.length, total: entries.length, failures: failures.sort(), said };
}

function output(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (part: string) => (text += part));
    }
    child.once("error", reject);
    child.once("close", () => resolve(text));
  });
}

/**
 * As `replay`; what fails beside many others on a busy machine is replayed once more with nothing beside it. The names
 * that needed this are in `again`: they are told, not hidden.
 */
export async function replayTwice(
  target: Target,
  options: ReplayOptions,
  known: readonly string[],
): Promise<Replayed & { readonly again: readonly string[] }> {
  const first = await replay(target, options);
  const fresh = first.failures.filter((name) => !known.includes(name));
  // So many are no accident.
  if (fresh.length === 0 || fresh.length > MOST_AGAIN) return { ...first, again: [] };
  const filter = `^(${fresh.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})$`;
  const alone = [...(options.arguments ?? []), "--jobs", "2"];
  const second = await replay(target, { ...options, filter, arguments: alone });
  const failures = first.failures.filter((name) => known.includes(name) || second.failures.includes(name));
  const again = fresh.filter((name) => !second.failures.includes(name));
  return {
    ...first,
    failures,
    passed: first.passed + again.length,
    again,
    said: `${first.said}\nalone:\n${second.said}`,
  };
}

const MOST_AGAIN = 12;

export interface Expected {
  readonly atLeast: number;
  /** Cases that are known to fail; each has its reason beside it in the list. */
  readonly known?: readonly string[];
  /** Cases that pass on some runs only: they count neither way. */
  readonly unsteady?: readonly string[];
}

/** The count for the test's output. Throws with the names of what failed anew, and of what passes again. */
export function judge({ passed, total, failures, said }: Replayed, expected: Expected): string {
  const { known = [], unsteady = [], atLeast } = expected;
  const fresh = failures.filter((name) => !known.includes(name) && !unsteady.includes(name));
  const again = known.filter((name) => !failures.includes(name));
  assert.deepEqual(fresh, [], `${passed} of ${total} passed; failed anew:\n${said}`);
  assert.deepEqual(again, [], "these pass: take them off the list of known failures");
  assert.ok(passed >= atLeast, `${passed} of ${total} passed, at least ${atLeast} have to:\n${said}`);
  return `${passed} of ${total} cases pass`;
}
