// Lifetimes: what a part started ends with it. It refuses to restart or supervise: that is the owner's decision.
import { assert } from "./assert.ts";

type Ending = () => unknown;

/**
 * The lifetime of a part: its cancellation, its tasks, its children and what it must undo.
 *
 * Closing aborts {@link signal}, then goes back through everything registered, last first: a task or a child is
 * waited for, a deferred function is called. Errors do not stop the unwinding; they are thrown together at its end.
 * A task that fails by itself aborts its own scope (not the parent's): whoever watches the signal learns of it.
 */
export class Scope implements AsyncDisposable {
  readonly name: string;
  readonly #controller = new AbortController();
  /** In order of registration; a finished task or a closed child leaves. */
  readonly #endings = new Set<Ending>();
  readonly #errors: unknown[] = [];
  #closing: Promise<void> | undefined;
  #closed = false;
  #leaveParent: () => void;

  constructor(name: string, parentSignal?: AbortSignal) {
    this.name = name;
    const follow = () => this.cancel(parentSignal!.reason);
    this.#leaveParent = () => parentSignal?.removeEventListener("abort", follow);
    if (parentSignal?.aborted) follow();
    else parentSignal?.addEventListener("abort", follow, { once: true });
  }

  /** Aborted when the scope is cancelled or closed, its parent is, or one of its tasks failed. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** A scope that ends no later than this one. */
  child(name: string): Scope {
    assert(!this.#closed, `scope ${this.name} is closed`);
    const child = new Scope(`${this.name}/${name}`, this.signal);
    const end = () => child.close(this.signal.reason);
    this.#endings.add(end);
    const leave = child.#leaveParent;
    child.#leaveParent = () => {
      leave();
      this.#endings.delete(end);
    };
    return child;
  }

  /**
   * Starts a task that the scope waits for. The promise resolves when the task has ended, however it did; ending
   * with the reason of the abort is the normal end, any other error is kept for {@link close} and aborts the scope.
   */
  run(name: string, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    assert(!this.#closed, `scope ${this.name} is closed`);
    if (this.signal.aborted) return Promise.resolve();
    const running = (async () => {
      try {
        await task(this.signal);
      } catch (error) {
        if (this.signal.aborted && isAbortOf(this.signal, error)) return;
        const failure = new Error(`${this.name}: task ${name} failed: ${messageOf(error)}`, { cause: error });
        this.#errors.push(failure);
        this.cancel(failure);
      }
    })();
    const wait = () => running;
    this.#endings.add(wait);
    return running.then(() => {
      this.#endings.delete(wait);
    });
  }

  /** Calls `fn` when the scope closes, after everything that was registered later has ended. */
  defer(fn: () => unknown): void {
    assert(!this.#closed, `scope ${this.name} is closed`);
    // A function of its own, so that the same one may be deferred twice.
    this.#endings.add(() => fn());
  }

  /** Aborts {@link signal} without waiting for anything. */
  cancel(reason?: unknown): void {
    if (!this.signal.aborted) this.#controller.abort(reason ?? new DOMException(`${this.name} ended`, "AbortError"));
  }

  /** Cancels, unwinds, and throws what went wrong: one error as it is, several as an AggregateError. Once only. */
  close(reason?: unknown): Promise<void> {
    this.#closing ??= this.#unwind(reason);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #unwind(reason: unknown): Promise<void> {
    this.cancel(reason);
    // What is registered while unwinding is unwound too.
    while (this.#endings.size > 0) {
      const last = [...this.#endings].at(-1)!;
      this.#endings.delete(last);
      try {
        await last();
      } catch (error) {
        this.#errors.push(error);
      }
    }
    this.#closed = true;
    this.#leaveParent();
    if (this.#errors.length === 1) throw this.#errors[0];
    if (this.#errors.length > 1) throw new AggregateError(this.#errors, `${this.name}: ${this.#errors.length} errors`);
  }
}

/** Whether `error` only says that `signal` was aborted. */
export function isAbortOf(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === "AbortError"));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
