// Proves the runner: counts, times, loud skips, the last line.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { command } from "./command.ts";
import { runStages } from "./runner.ts";
import { couldRun } from "./skips.ts";
import { nothing, type Outcome, type Stage } from "./stage.ts";
import { testFiles } from "./test-files.ts";

const stage = (name: string, outcome: Partial<Outcome>): Stage => ({
  name,
  run: () => Promise.resolve({ ...nothing(), ...outcome }),
});

async function output(stages: Stage[], strictSkips: boolean): Promise<string[]> {
  const lines: string[] = [];
  let at = 0;
  await runStages(stages, { print: (line) => lines.push(line), now: () => (at += 500), strictSkips });
  return lines;
}

test("stages are timed and summed up, empty ones are not shown", async () => {
  const lines = await output(
    [stage("a", { passed: 3 }), stage("b", {}), stage("c", { failed: 1, report: "why" })],
    false,
  );
  assert.deepEqual(lines, [
    "a               0.5 s   3 passed, 0 failed, 0 skipped",
    "why",
    "c               0.5 s   0 passed, 1 failed, 0 skipped",
    "all             3.0 s",
    "3 passed, 1 failed, 0 skipped",
  ]);
});

test("a skip is loud, and a failure where it could have run", async () => {
  const skipped = [
    { name: "x", reason: "needs nothing that is known" },
    { name: "y", reason: "later" },
  ];
  const lenient = await output([stage("a", { passed: 1, skipped })], false);
  assert.equal(lenient[0], "SKIPPED: a: x: needs nothing that is known");
  assert.equal(lenient.at(-1), "1 passed, 0 failed, 2 skipped");
  const strict = await output([stage("a", { passed: 1, skipped })], true);
  assert.match(strict[0]!, /^FAILED: SKIPPED, and it could run here: a: x/);
  assert.equal(strict.at(-1), "1 passed, 2 failed, 0 skipped");
});

test("only a known need that is absent excuses", () => {
  const capabilities = { root: () => false, kubectl: () => true };
  assert.equal(couldRun("needs root", capabilities), false);
  assert.equal(couldRun("needs root and patience", capabilities), false);
  assert.equal(couldRun("needs kubectl", capabilities), true);
  assert.equal(couldRun("flaky", capabilities), true);
});

test("a program passes by its exit status and is quoted when it fails", async () => {
  const node = process.execPath;
  assert.deepEqual(await command("ok", node, ["-e", "console.log(1)"]).run(), { ...nothing(), passed: 1 });
  const bad = await command("bad", node, ["-e", "console.error('oh'); process.exit(3)"]).run();
  assert.equal(bad.failed, 1);
  assert.match(bad.report, /^oh\n.*ended with 3$/);
  assert.match((await command("none", `${import.meta.dirname}/no-such-program`, []).run()).report, /ENOENT/);
});

test("test files are counted by test: passes, failures with their errors, skips with their reasons", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "runner-"));
  try {
    const text = `const { test, describe } = require("node:test");
      test("fine", () => {});
      test("parent", async (t) => { await t.test("bad", () => { throw new Error("broken here"); }); });
      test("skipped", { skip: "needs root" }, () => {});
      describe("suite", () => { test("inner", () => {}); });`;
    writeFileSync(path.join(folder, "a.test.cjs"), text);
    writeFileSync(path.join(folder, "b.test.cjs"), "throw new Error('does not load');");
    // Inside a test run node:test would not start another one.
    delete process.env["NODE_TEST_CONTEXT"];
    const stage = testFiles("x", [path.join(folder, "*.test.cjs")], { concurrency: 2, timeoutMs: 10_000 });
    const { passed, failed, skipped, report } = await stage.run();
    assert.deepEqual([passed, failed, skipped], [2, 2, [{ name: "skipped", reason: "needs root" }]]);
    assert.match(report, /✖ bad .*a\.test\.cjs:3/);
    assert.match(report, /broken here/);
    assert.match(report, /b\.test\.cjs wrote:\n[\s\S]*does not load/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
