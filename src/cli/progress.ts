// Lines that tell how a long command gets on, each stage with its time. It refuses to draw: output may be a file.
import { styleText } from "node:util";
import type { Clock } from "../base/clock.ts";

export interface Progress {
  /** Runs a stage and writes its line when it has ended. Failures pass through. */
  stage<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** A line with the time since the start. */
  tell(text: string): void;
  done(text: string): void;
}

export function progress(out: { write(text: string): unknown; isTTY?: boolean }, clock: Clock): Progress {
  const begun = clock.monotonic();
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  const mark = (sign: string, colour: "green" | "red") => (out.isTTY ? styleText(colour, sign) : sign);
  const line = (sign: string, colour: "green" | "red", text: string, ms: number) =>
    out.write(`${mark(sign, colour)} ${text}  ${seconds(ms)}\n`);
  return {
    async stage(name, run) {
      const from = clock.monotonic();
      try {
        const result = await run();
        line("✓", "green", name, clock.monotonic() - from);
        return result;
      } catch (error) {
        line("✗", "red", name, clock.monotonic() - from);
        throw error;
      }
    },
    tell: (text) => void line("✓", "green", text, clock.monotonic() - begun),
    done: (text) => void out.write(`${text}  (${seconds(clock.monotonic() - begun)})\n`),
  };
}
