// Who is asked a second time when an object has changed after he saw it (reinvocationPolicy), for webhooks and mutating
// policies alike. It refuses to ask.
import { equalJson } from "../../../schema/equality.ts";
import type { KubeObject } from "../../../schema/resource.ts";
import type { AdmissionRequest, Rounds } from "../plugin.ts";

export class Again {
  /** Those that may be asked again if somebody changes the object from now on. */
  #before = new Set<string>();
  /** Those that must be asked in the second round. */
  readonly #due = new Set<string>();
  #last: KubeObject | undefined;
  #rounds: Rounds | undefined;

  /** Of a plugin; what the first round learnt is there in the second. */
  static of(plugin: string, { rounds, object }: AdmissionRequest): Again {
    const known = rounds?.memory.get(plugin);
    const again = known instanceof Again ? known : new Again();
    rounds?.memory.set(plugin, again);
    again.#rounds = rounds;
    // Others may have changed it since.
    if (rounds?.isSecond && !equalJson(object, again.#last)) again.#require();
    return again;
  }

  isDue(id: string): boolean {
    return !this.#rounds?.isSecond || this.#due.has(id);
  }

  /** The object was changed: who saw it before, and wants to, sees it again. */
  changed(): void {
    this.#require();
    this.#rounds?.again();
  }

  mayRepeat(id: string): void {
    this.#before.add(id);
  }

  ended(object: KubeObject): void {
    this.#last = object;
  }

  #require(): void {
    for (const id of this.#before) this.#due.add(id);
    this.#before = new Set();
  }
}
