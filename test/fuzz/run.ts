// Runs one target on mutated inputs until told to stop, and keeps what broke a promise. It refuses to start threads:
// an input that never ends or that eats the memory is caught from outside (lane.ts).
import { inspect } from "node:util";
import { seededRandom } from "../../src/base/random.ts";
import { Mutator } from "./mutate.ts";
import { MOST_BYTES, SLOW_MS } from "./target.ts";
import type { Target } from "./target.ts";

export interface Finding {
  readonly target: string;
  /** What happened: an error's stack, or the bound that was passed. */
  readonly what: string;
  readonly input: Uint8Array;
}

export interface Report {
  readonly target: string;
  readonly executions: number;
  /** How many different outcomes were seen: a hint at how deep the inputs went. */
  readonly outcomes: number;
  readonly milliseconds: number;
  readonly findings: readonly Finding[];
}

export interface RunOptions {
  readonly seed: number;
  readonly milliseconds: number;
  /** More inputs to begin with: the kept corpus, recordings. */
  readonly corpus: readonly Uint8Array[];
  /** Told each input before it is run, so that somebody outside can name it when this thread is lost. */
  readonly begins: (input: Buffer) => void;
}

/** Inputs whose outcome was new and that are mutated further. */
const MOST_POOL = 2000;
/** More outcomes than this tell nothing apart: the target names them too finely. */
const MOST_OUTCOMES = 20_000;
/** Findings of one target that are kept; more would tell the same. */
const MOST_FINDINGS = 10;
/** Bytes outside of the heap (buffers, compressors) that the whole of a run may hold. */
const MOST_EXTERNAL = 400 * 2 ** 20;

export async function runTarget(target: Target, options: RunOptions): Promise<Report> {
  const run = new Run(target, options);
  try {
    return await run.all();
  } finally {
    await target.close?.();
  }
}

class Run {
  readonly #target: Target;
  readonly #options: RunOptions;
  readonly #pool: Buffer[];
  readonly #outcomes = new Set<string>();
  readonly #findings = new Map<string, Finding>();
  #executions = 0;

  constructor(target: Target, options: RunOptions) {
    this.#target = target;
    this.#options = options;
    this.#pool = [...options.corpus, ...[...target.seeds()].map((seed) => Buffer.from(seed))].map((seed) =>
      Buffer.from(seed),
    );
    if (this.#pool.length === 0) this.#pool.push(Buffer.alloc(0));
  }

  async all(): Promise<Report> {
    const { words = [], mostBytes = MOST_BYTES, text = false, name } = this.#target;
    const { seed, milliseconds } = this.#options;
    const began = performance.now();
    const mutator = new Mutator(seededRandom(seed), words, mostBytes, text);
    // What is known comes first, whatever it takes: past findings must not come back.
    for (const known of [...this.#pool]) await this.#try(known, false);
    while (performance.now() - began < milliseconds && this.#findings.size < MOST_FINDINGS) {
      await this.#try(mutator.next(this.#pool), true);
    }
    return {
      target: name,
      executions: this.#executions,
      outcomes: this.#outcomes.size,
      milliseconds: Math.round(performance.now() - began),
      findings: [...this.#findings.values()],
    };
  }

  async #try(input: Buffer, keep: boolean): Promise<void> {
    this.#options.begins(input);
    this.#executions++;
    const began = performance.now();
    const outcome = await this.#outcome(input);
    const { slowMs = SLOW_MS } = this.#target;
    if (performance.now() - began > slowMs) await this.#confirmSlow(input, slowMs);
    if (this.#executions % 512 === 0) this.#checkMemory(input);
    if (outcome === undefined || this.#outcomes.has(outcome) || this.#outcomes.size >= MOST_OUTCOMES) return;
    this.#outcomes.add(outcome);
    if (keep && this.#pool.length < MOST_POOL) this.#pool.push(Buffer.from(input));
  }

  /** The outcome in a word; undefined after a finding. */
  async #outcome(input: Buffer): Promise<string | undefined> {
    try {
      const answer: unknown = await this.#target.run(Buffer.from(input));
      return `ok ${typeof answer === "string" ? answer.slice(0, 100) : ""}`;
    } catch (error) {
      if (!this.#target.allows(error)) {
        this.#found(error instanceof Error ? (error.stack ?? error.message) : inspect(error), input);
        return undefined;
      }
      // Digits and quoted parts come from the input and tell no two ways apart.
      const message = error instanceof Error ? error.message : String(error);
      return message
        .slice(0, 300)
        .replace(/["'`].*?["'`]/gs, "_")
        .replace(/\d+/g, "0")
        .slice(0, 120);
    }
  }

  /** A busy machine is slow too: only processor time counts, and only when it is taken again. */
  async #confirmSlow(input: Buffer, slowMs: number): Promise<void> {
    const before = process.threadCpuUsage();
    await this.#outcome(input);
    const used = process.threadCpuUsage(before);
    const ms = (used.user + used.system) / 1000;
    if (ms > slowMs) this.#found(`took ${Math.round(ms)} ms of the processor, not ${slowMs}`, input);
  }

  #checkMemory(input: Buffer): void {
    const { external, arrayBuffers } = process.memoryUsage();
    const held = Math.max(external, arrayBuffers);
    if (held > MOST_EXTERNAL)
      this.#found(`holds ${held >> 20} MiB of buffers after this and the inputs before it`, input);
  }

  /** Findings are told apart by their error and the place where it came from. */
  #found(what: string, input: Buffer): void {
    const [first = "", ...frames] = what.split("\n");
    const place = frames.find((line) => /^\s+at .*\/(?:src|test)\//.test(line)) ?? "";
    const key =
      first
        .replace(/\d+/g, "0")
        .replace(/["'].*["']/g, "_")
        .slice(0, 80) + place;
    const known = this.#findings.get(key);
    if (known !== undefined && known.input.length <= input.length) return;
    this.#findings.set(key, { target: this.#target.name, what, input: Uint8Array.from(input) });
  }
}
