// What a fuzz target is: one parser of outside bytes and the promises it makes. It refuses to make up inputs.

/** What a target may answer with; the words it likes; the bounds it keeps. */
export interface Target {
  readonly name: string;
  /** Inputs that the parser takes, to begin with; the runner adds the files of `corpus/<name>`: past findings. */
  seeds(): Iterable<string | Uint8Array>;
  /** Pieces of the grammar, which mutations put in. */
  readonly words?: readonly string[];
  /** Whether the parser may answer with this error. Everything else that is thrown is a finding. */
  allows(error: unknown): boolean;
  /**
   * Parses, and asserts what holds beyond: that what is written again is read again as the same, that pieces add up.
   * What it answers, a short text, tells outcomes apart: inputs with a new one are mutated further.
   */
  run(input: Buffer): unknown;
  /** Processor time that one input may take, in milliseconds. */
  readonly slowMs?: number;
  /** Inputs are cut at this length. */
  readonly mostBytes?: number;
  /** Whether the input is text: then mutations keep to characters more often. */
  readonly text?: boolean;
  /** Frees what `run` opened. */
  close?(): Promise<void>;
}

export const SLOW_MS = 400;
export const MOST_BYTES = 16 * 1024;

type ErrorClass = abstract new (...args: never[]) => Error;

/** A parser with error classes of its own. */
export function only(...classes: readonly ErrorClass[]): (error: unknown) => boolean {
  return (error) => classes.some((one) => error instanceof one);
}

/** A parser that takes everything. */
export const nothing = (): boolean => false;
