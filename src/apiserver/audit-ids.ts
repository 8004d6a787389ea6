// The ids under which requests are known: version 4 UUIDs in form, unique for a server's life. It refuses to ask chance for
// each one: that costs as much as a small answer.
import type { Random } from "../base/random.ts";
import { uuid } from "../base/random.ts";

/** Ids that share their first half before a new one is drawn. */
const PER_DRAW = 2 ** 32;

export class AuditIds {
  readonly #random: Random;
  #head = "";
  #next = PER_DRAW;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): string {
    if (this.#next === PER_DRAW) {
      this.#head = uuid(this.#random).slice(0, 28);
      this.#next = 0;
    }
    return this.#head + (this.#next++).toString(16).padStart(8, "0");
  }
}
