// Sees whether a run touches the real machine: timers, sockets, thread pool, or a turn of the event loop. It refuses
// to stop anything; what it saw is a broken invariant of that run.
const TIMERS = ["setTimeout", "setInterval", "setImmediate"] as const;

export class MachineWatch {
  readonly #originals = new Map<string, unknown>();
  readonly #before: readonly string[];
  readonly #canary: NodeJS.Immediate;
  readonly #onRejection: (error: unknown) => void;
  #found: string | undefined;

  constructor() {
    this.#before = process.getActiveResourcesInfo();
    // All of a run's work is microtasks and ticks, so this cannot fire before its end.
    this.#canary = setImmediate(() => {
      this.#found ??= "the run waited for a turn of the event loop";
    });
    for (const name of TIMERS) {
      this.#originals.set(name, globalThis[name]);
      const refuse = () => {
        this.#found ??= `a real timer was asked for: ${name}`;
        throw new Error(this.#found);
      };
      Reflect.set(globalThis, name, refuse);
    }
    this.#onRejection = (error) => {
      this.#found ??= `nobody caught: ${error instanceof Error ? error.stack : String(error)}`;
    };
    process.on("unhandledRejection", this.#onRejection);
  }

  /** The first thing that should not have been. */
  touched(): string | undefined {
    const now = process.getActiveResourcesInfo().filter((name) => name !== "Immediate");
    const before = [...this.#before];
    const added = now.filter((name) => {
      const at = before.indexOf(name);
      if (at >= 0) before.splice(at, 1);
      return at < 0;
    });
    return this.#found ?? (added.length > 0 ? `the machine has new resources: ${added.join(", ")}` : undefined);
  }

  close(): void {
    clearImmediate(this.#canary);
    for (const [name, original] of this.#originals) Reflect.set(globalThis, name, original);
    process.off("unhandledRejection", this.#onRejection);
  }
}
