// What happened in one simulated run, line by line, and one number for all of it. It refuses to keep more than the
// end: two runs are compared by their hash, and read by their last lines.

/** FNV-1a, folded over every line: cheap, and the same on every machine. */
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;
const KEPT_LINES = 400;

export class Journal {
  readonly #now: () => number;
  readonly #start: number;
  readonly #lines: string[] = [];
  #high = OFFSET;
  #low = OFFSET ^ 0x5bd1e995;
  #count = 0;
  /** Called with each line, for who wants to read along. */
  onLine: ((line: string) => void) | undefined;

  constructor(now: () => number) {
    this.#now = now;
    this.#start = now();
  }

  note(text: string): void {
    const line = `${((this.#now() - this.#start) / 1000).toFixed(3)} ${text}`;
    for (let i = 0; i < line.length; i++) {
      const code = line.charCodeAt(i);
      this.#high = Math.imul(this.#high ^ code, PRIME);
      this.#low = Math.imul(this.#low ^ (code + i), PRIME);
    }
    this.#count++;
    this.#lines.push(line);
    if (this.#lines.length > 2 * KEPT_LINES) this.#lines.splice(0, KEPT_LINES);
    this.onLine?.(line);
  }

  /** How many lines there were. */
  get count(): number {
    return this.#count;
  }

  get hash(): string {
    const hex = (n: number) => (n >>> 0).toString(16).padStart(8, "0");
    return `${hex(this.#high)}${hex(this.#low)}`;
  }

  last(lines: number): readonly string[] {
    return this.#lines.slice(-lines);
  }
}
