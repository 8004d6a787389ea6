// Requests that bring a body take turns: many that arrive at once are not all worked on in one stretch, in which nobody
// else would be answered. It refuses to order them by anything but their arrival.

/** How long one turn of the event loop may go on with what has arrived. */
const MOST_MS = 5;
/** How many of those that wait begin in each turn: a few milliseconds of work. */
const EACH_TURN = 4;

export interface TurnsOptions {
  /** Milliseconds by a clock that only goes forward. */
  readonly now: () => number;
  /** Calls back in the next turn of the event loop. */
  readonly next: (action: () => void) => void;
}

export class Turns {
  readonly #options: TurnsOptions;
  /** When this turn began; undefined before anybody came in it. */
  #began: number | undefined;
  readonly #waiting: (() => void)[] = [];

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Undefined: go on at once. */
  take(): Promise<void> | undefined {
    if (this.#began === undefined) this.#begin();
    else if (this.#waiting.length > 0 || this.#options.now() - this.#began > MOST_MS)
      return new Promise((resolve) => void this.#waiting.push(resolve));
    return undefined;
  }

  #begin(): void {
    this.#began = this.#options.now();
    this.#options.next(() => this.#end());
  }

  #end(): void {
    this.#began = undefined;
    if (this.#waiting.length === 0) return;
    this.#begin();
    for (const go of this.#waiting.splice(0, EACH_TURN)) go();
  }
}
