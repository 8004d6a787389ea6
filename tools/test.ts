// `npm test`: types, lint, format, unit tests, then the suites of test/. With names as arguments, only those stages.
// It refuses to install: bin/setup has done that.
import { format, lint, types } from "./stages/command.ts";
import { runStages } from "./stages/runner.ts";
import type { Stage } from "./stages/stage.ts";
import { testFiles } from "./stages/test-files.ts";

const minutes = 60_000;
const stages: readonly Stage[] = [
  types,
  lint,
  format,
  testFiles("unit", ["src/**/*.test.ts", "tools/**/*.test.ts"], { concurrency: 2, timeoutMs: 2 * minutes }),
  testFiles("golden", ["test/golden/**/*.test.ts"], { concurrency: 2, timeoutMs: 2 * minutes }),
  testFiles("fuzz", ["test/fuzz/**/*.test.ts"], { concurrency: 2, timeoutMs: 2 * minutes }),
  testFiles("sim", ["test/sim/**/*.test.ts"], { concurrency: 2, timeoutMs: 4 * minutes }),
  testFiles("conformance", ["test/conformance/**/*.test.ts"], { concurrency: 1, timeoutMs: 4 * minutes }),
  // One at a time: these own the machine's network and containers.
  testFiles("e2e", ["test/e2e/**/*.test.ts"], { concurrency: 1, timeoutMs: 8 * minutes }),
];

process.chdir(new URL("..", import.meta.url).pathname);
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
