// `npm test`: types, lint, format, unit tests, then the suites of test/. With names as arguments, only those stages.
// It refuses to install: bin/setup has done that.
import { readdirSync } from "node:fs";
import { format, lint, types } from "./stages/command.ts";
import { runStages } from "./stages/runner.ts";
import type { Stage } from "./stages/stage.ts";
import { testFiles, type TestFilesOptions } from "./stages/test-files.ts";

const minutes = 60_000;
const usual: TestFilesOptions = { concurrency: 2, timeoutMs: 2 * minutes };
/** Suites that need more time, or the machine for themselves; every other folder of test/ is run as usual, before them. */
const special: Readonly<Record<string, TestFilesOptions>> = {
  sim: { concurrency: 2, timeoutMs: 4 * minutes },
  conformance: { concurrency: 2, timeoutMs: 4 * minutes },
  e2e: { concurrency: 1, timeoutMs: 8 * minutes },
};

process.chdir(new URL("..", import.meta.url).pathname);
const folders = readdirSync("test", { withFileTypes: true }).filter((entry) => entry.isDirectory());
const ordinary = folders.map(({ name }) => name).filter((name) => special[name] === undefined);
const suite = (name: string) => testFiles(name, [`test/${name}/**/*.test.ts`], special[name] ?? usual);
const stages: readonly Stage[] = [
  types,
  lint,
  format,
  testFiles("unit", ["src/**/*.test.ts", "tools/**/*.test.ts", "test/*.test.ts"], usual),
  ...ordinary.sort().map(suite),
  ...Object.keys(special).map(suite),
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(`no stage ${unknown.join(", ")}; there are: ${stages.map((stage) => stage.name).join(", ")}`);
  process.exit(64);
}
const { failed } = await runStages(
  stages.filter((stage) => wanted.length === 0 || wanted.includes(stage.name)),
  { print: console.log, now: () => performance.now(), strictSkips: process.env["CI"] === "true" },
);
process.exit(failed === 0 ? 0 : 1);
