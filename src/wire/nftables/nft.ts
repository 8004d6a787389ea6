// Hands batches of commands to the kernel through the program `nft`; a batch is one transaction: all of it happens or nothing.
// It refuses to write rules: whoever has some gives text.
import type { ChildProcessByStdio } from "node:child_process";
import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

/** A batch that the kernel or the program refused; `message` is nft's own first line. */
export class NftError extends Error {
  override readonly name = "NftError";
  /** Everything nft wrote. */
  readonly output: string;
  constructor(message: string, output: string, options?: ErrorOptions) {
    super(message, options);
    this.output = output;
  }
}

/** The contract; `recorded()` is its twin for tests. */
export interface Nft {
  /** Applies one batch; pieces are asked for as they can be written. Throws {@link NftError}. */
  apply(batch: string | Iterable<string>): Promise<void>;
}

/** `command` is a program, found in PATH unless it is a path, and what stands before nft's own arguments. */
type Command = string | readonly string[];

/** The real one: a process for each batch. */
export function nft(command: Command = "nft"): Nft {
  return { apply: (batch) => new NftProcess(command).run(batch) };
}

/**
 * The real one for who has many batches: beside each batch the process for the next one is started, which costs more time than
 * what it does for a small batch. One that was killed meanwhile is replaced, so a batch still has one process alone, and its errors.
 */
export function readyNft(command: Command = "nft"): Nft & { close(): void } {
  let next: NftProcess | undefined;
  let isClosed = false;
  const prepare = () => {
    if (next?.isWaiting || isClosed) return;
    next = new NftProcess(command);
    next.leaveAlone();
  };
  return {
    async apply(batch) {
      const process = next?.isWaiting ? next : new NftProcess(command);
      next = undefined;
      try {
        await process.run(batch);
      } finally {
        prepare();
      }
    },
    close() {
      isClosed = true;
      next?.end();
      next = undefined;
    },
  };
}

/** Written at once; smaller pieces are gathered. */
const WRITE_AT_LEAST = 16_384;

/** One process that reads commands until its input ends and then does them all. When we end without a word, it does nothing. */
class NftProcess {
  readonly #child: ChildProcessByStdio<Writable, null, Readable>;
  readonly #ended: Promise<void>;
  #output = "";
  #isOver = false;

  constructor(command: Command) {
    const [program = "nft", ...args] = typeof command === "string" ? [command] : command;
    const child = spawn(program, [...args, "-f", "-"], { stdio: ["pipe", "ignore", "pipe"] });
    this.#child = child;
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    this.#ended = new Promise((resolve, reject) => {
      child.on("error", (cause) => {
        this.#isOver = true;
        reject(new NftError(`${program} cannot be run: ${cause.message}`, "", { cause }));
      });
      child.on("exit", () => (this.#isOver = true));
      child.on("close", (code, signal) => {
        this.#isOver = true;
        if (code === 0) resolve();
        else reject(new NftError(this.#output.split("\n", 1)[0] || `nft ended with ${code ?? signal}`, this.#output));
      });
      // A child that ends before it has read everything tells why on stderr; the broken pipe says nothing more.
      child.stdin.on("error", (error: NodeJS.ErrnoException) => error.code !== "EPIPE" && reject(error));
    });
    // Whoever runs a batch hears of it; a process that waits for one may be killed without harm.
    this.#ended.catch(() => undefined);
  }

  get isWaiting(): boolean {
    return !this.#isOver;
  }

  /** Lets our own process end while this one waits. */
  leaveAlone(): void {
    this.#hold("unref");
  }

  end(): void {
    this.#child.stdin.end();
  }

  async run(batch: string | Iterable<string>): Promise<void> {
    this.#hold("ref");
    await this.#write(typeof batch === "string" ? [batch] : batch);
    this.#child.stdin.end();
    await this.#ended;
  }

  async #write(pieces: Iterable<string>): Promise<void> {
    let gathered = "";
    for (const piece of pieces) {
      gathered += piece;
      if (gathered.length < WRITE_AT_LEAST) continue;
      const isFull = !this.#child.stdin.write(gathered);
      gathered = "";
      // A pipe that broke is destroyed before its child is known to have ended, and has told everything it will ever tell.
      if (this.#isOver || this.#child.stdin.destroyed) return;
      if (isFull) await this.#drained();
    }
    this.#child.stdin.write(gathered);
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const { stdin } = this.#child;
      const done = () => {
        stdin.off("drain", done).off("error", done).off("close", done);
        resolve();
      };
      stdin.on("drain", done).on("error", done).on("close", done);
    });
  }

  #hold(how: "ref" | "unref"): void {
    this.#child[how]();
    for (const pipe of [this.#child.stdin, this.#child.stderr])
      (pipe as Partial<Record<"ref" | "unref", () => void>>)[how]?.();
  }
}

/** Keeps the batches instead of applying them; `refuse` makes the next ones fail. */
export function recorded(): Nft & { readonly batches: string[]; refuse: boolean } {
  const self = {
    batches: [] as string[],
    refuse: false,
    async apply(batch: string | Iterable<string>) {
      const text = typeof batch === "string" ? batch : [...batch].join("");
      if (self.refuse) throw new NftError("refused by the test", "");
      self.batches.push(text);
    },
  };
  return self;
}
