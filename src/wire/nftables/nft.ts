// Hands batches of commands to the kernel through the program `nft`; a batch is one transaction: all of it happens or nothing.
// It refuses to write rules: whoever has some gives text.
import { spawn } from "node:child_process";

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
  /** Applies one batch. Throws {@link NftError}. */
  apply(batch: string): Promise<void>;
}

/** The real one. `program` is found in PATH unless it is a path. */
export function nft(program = "nft"): Nft {
  return {
    apply: (batch) =>
      new Promise((resolve, reject) => {
        const child = spawn(program, ["-f", "-"], { stdio: ["pipe", "ignore", "pipe"] });
        let output = "";
        child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
        child.on("error", (cause) => reject(new NftError(`${program} cannot be run: ${cause.message}`, "", { cause })));
        child.on("close", (code) =>
          code === 0 ? resolve() : reject(new NftError(output.split("\n", 1)[0] || `nft ended with ${code}`, output)),
        );
        // A child that ends before it has read everything tells why on stderr; the broken pipe says nothing more.
        child.stdin.on("error", (error: NodeJS.ErrnoException) => error.code !== "EPIPE" && reject(error));
        child.stdin.end(batch);
      }),
  };
}

/** Keeps the batches instead of applying them; `refuse` makes the next ones fail. */
export function recorded(): Nft & { readonly batches: string[]; refuse: boolean } {
  const self = {
    batches: [] as string[],
    refuse: false,
    async apply(batch: string) {
      if (self.refuse) throw new NftError("refused by the test", "");
      self.batches.push(batch);
    },
  };
  return self;
}
