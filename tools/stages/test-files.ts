// A stage that is a set of test files under node:test, each in its own process. It refuses to retry.
import { globSync } from "node:fs";
import { run } from "node:test";
import { inspect } from "node:util";
import { nothing, type Outcome, type Stage } from "./stage.ts";

/** How much of a file's stderr a report shows: the end. */
const MOST_STDERR = 4000;

export interface TestFilesOptions {
  /** Files at a time. */
  readonly concurrency: number;
  /** A file that takes longer has failed. */
  readonly timeoutMs: number;
}

/** What node:test says about one test; only what is used here. */
interface TestEvent {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly skip?: string | boolean;
  readonly todo?: string | boolean;
  readonly details?: { readonly type?: string; readonly error?: Error };
  /** What the file wrote, on test:stderr. */
  readonly message?: string;
}

export function testFiles(name: string, patterns: readonly string[], options: TestFilesOptions): Stage {
  return {
    name,
    run: async () => {
      const files = globSync([...patterns]).sort();
      const outcome = nothing();
      if (files.length === 0) return outcome;
      const reports: string[] = [];
      const written = new Map<string, string>();
      const stream = run({ files, concurrency: options.concurrency, timeout: options.timeoutMs });
      for await (const { type, data } of stream as AsyncIterable<{ type: string; data: TestEvent }>) {
        if (type === "test:pass") passed(outcome, data);
        else if (type === "test:fail") failed(outcome, data, reports);
        else if (type === "test:stderr" && data.file !== undefined) {
          written.set(data.file, ((written.get(data.file) ?? "") + (data.message ?? "")).slice(-MOST_STDERR));
        }
      }
      // What a file wrote helps only with its failures.
      for (const [file, text] of written) {
        if (reports.some((report) => report.includes(file))) reports.push(`${file} wrote:\n${text}`);
      }
      return { ...outcome, report: reports.join("\n") };
    },
  };
}

function passed(outcome: Outcome, data: TestEvent): void {
  if (data.details?.type === "suite") return;
  const { skip } = data;
  if (skip === undefined || skip === false) outcome.passed++;
  else outcome.skipped.push({ name: data.name, reason: skip === true ? "no reason given" : skip || "no reason given" });
}

/** An error by its stack; its other properties only repeat the message. */
function describe(error: unknown): string {
  return error instanceof Error && error.stack !== undefined ? error.stack : inspect(error, { depth: 4 });
}

function failed(outcome: Outcome, data: TestEvent, reports: string[]): void {
  const error = data.details?.error;
  // A test fails with its subtests; the subtests have been counted.
  if ((error as { failureType?: string } | undefined)?.failureType === "subtestsFailed") return;
  outcome.failed++;
  const place = data.file === undefined ? "" : ` (${data.file}${data.line === undefined ? "" : `:${data.line}`})`;
  reports.push(`✖ ${data.name}${place}\n${describe(error?.cause ?? error)}\n`);
}
