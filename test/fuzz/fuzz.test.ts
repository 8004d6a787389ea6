// Every target for a second from a fixed seed, past findings first; and that the canaries are caught.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runLane } from "./lane.ts";
import type { Report } from "./run.ts";
import { targets } from "./targets/index.ts";

const SEED = 4;

async function reportsOf(
  names: readonly string[],
  milliseconds: number,
  hangMs?: number,
): Promise<Map<string, Report>> {
  const reports = new Map<string, Report>();
  const onReport = (report: Report): void => void reports.set(report.target, report);
  await runLane(names, { seed: SEED, milliseconds, onReport, ...(hangMs !== undefined && { hangMs }) });
  return reports;
}

/** A finding as a line that a test can be made of. */
const shown = ({ findings }: Report): string =>
  findings.map(({ what, input }) => `${what}\n  input (base64): ${Buffer.from(input).toString("base64")}`).join("\n");

test("each parser keeps its promises on mutated input", async (t) => {
  const names = targets.map((one) => one.name);
  const halves = [names.filter((_, i) => i % 2 === 0), names.filter((_, i) => i % 2 === 1)];
  const reports = new Map(
    (await Promise.all(halves.map((half) => reportsOf(half, 1000)))).flatMap((some) => [...some]),
  );
  for (const name of names) {
    await t.test(name, () => {
      const report = reports.get(name);
      assert.ok(report !== undefined, "it was not run");
      assert.equal(report.findings.length, 0, shown(report));
      assert.ok(report.executions > 3, `only ${report.executions} inputs`);
    });
  }
});

test("a parser that breaks its promise, one that hangs and one that eats memory are caught", async () => {
  const reports = await reportsOf(["canary", "canary-hang", "canary-memory"], 5000, 4000);
  assert.match(reports.get("canary")?.findings[0]?.what ?? "", /URIError/);
  assert.match(reports.get("canary-hang")?.findings[0]?.what ?? "", /did not end within 4000 ms/);
  assert.ok((reports.get("canary-hang")?.findings[0]?.input.length ?? 0) > 5);
  assert.match(reports.get("canary-memory")?.findings[0]?.what ?? "", /memory/);
});
