// `npm run check`: what can be said without running anything: types, lint, format, the repository's own rules.
import { format, lint, types } from "./stages/command.ts";
import { runStages } from "./stages/runner.ts";
import { testFiles } from "./stages/test-files.ts";

process.chdir(new URL("..", import.meta.url).pathname);
const tidy = testFiles("tidy", ["tools/tidy.test.ts"], { concurrency: 1, timeoutMs: 60_000 });
const { failed } = await runStages([types, lint, format, tidy], {
  print: console.log,
  now: () => performance.now(),
  strictSkips: false,
});
process.exit(failed === 0 ? 0 : 1);
