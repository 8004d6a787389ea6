// A stage that is one program: it passes when the program exits with 0. It refuses to show the output of success.
import { spawn } from "node:child_process";
import type { Outcome, Stage } from "./stage.ts";

export function command(name: string, program: string, args: readonly string[]): Stage {
  return {
    name,
    run: () =>
      new Promise<Outcome>((resolve) => {
        const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
        const output: Buffer[] = [];
        for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => output.push(chunk));
        const end = (failure: string | undefined) => {
          const text = Buffer.concat(output).toString().trimEnd();
          const failed = failure === undefined ? 0 : 1;
          resolve({ passed: 1 - failed, failed, skipped: [], report: failed ? `${text}\n${program}: ${failure}` : "" });
        };
        child.on("error", (error) => end(error.message));
        child.on("close", (code, signal) => end(code === 0 ? undefined : `ended with ${signal ?? code}`));
      }),
  };
}

const bin = (name: string) => `node_modules/.bin/${name}`;
const PLACES = ["src", "test", "tools"];

export const types = command("types", bin("tsc"), ["--noEmit", "-p", "."]);
export const lint = command("lint", bin("oxlint"), ["--type-aware", "--quiet", ...PLACES]);
export const format = command("format", bin("oxfmt"), ["--check", ...PLACES]);
