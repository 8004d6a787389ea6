// What the table holds, service by service, and what has to change in it: the cost of a change follows what changed, not how many
// services there are. It refuses to know what a service gives (frontends.ts) and how a change is written (text.ts).
import type { Frontend, MapName, SetName } from "./elements.ts";
import { MAPS, SETS, visitElements } from "./elements.ts";
import type { Health, Part } from "./frontends.ts";

/** An element of a map, or of a set (`value` is ""). */
export interface Element {
  readonly in: MapName | SetName;
  readonly key: string;
  readonly value: string;
}

/** What goes or comes: frontends as a whole, and elements. */
export interface Half {
  readonly frontends: readonly Frontend[];
  readonly elements: readonly Element[];
}

/** A chain and the number that stands for it in the maps. */
export interface Chain {
  readonly name: string;
  readonly number: number;
}

/** What to do to the table; `gone` comes before `come`, chains that come before both and chains that go after. */
export interface Change {
  readonly newChains: readonly Chain[];
  readonly oldChains: readonly Chain[];
  readonly gone: Half;
  readonly come: Half;
  /** The number of a chain that is in use after the change. */
  readonly numberOf: (chain: string) => number;
  /** UDP frontends that changed; one of the two may be absent. */
  readonly udp: readonly { readonly before: Frontend | undefined; readonly after: Frontend | undefined }[];
}

/** A frontend and the service that it belongs to. */
interface Claim {
  readonly owner: string;
  readonly frontend: Frontend;
}

/**
 * Services may claim the same address and port (external IPs): the one whose name comes first has it, whatever came first,
 * and when it goes the next one takes over.
 */
export class Ledger {
  readonly #parts = new Map<string, Part>();
  readonly #claims = new Map<string, Claim>();
  /** Claims that have to wait. */
  readonly #rivals = new Map<string, Claim[]>();
  /** What the table holds under each key touched since the last {@link take}. */
  #before = new Map<string, Frontend | undefined>();
  readonly #chains = new Counted();
  readonly #hairpins = new Counted();
  /** Numbers of chains, given in the order in which they came, and none twice. */
  readonly #numbers = new Map<string, number>();
  #lastNumber = 0;

  /** Notes what a service gives from the next {@link take} on; undefined when it is gone. */
  set(service: string, part: Part | undefined): void {
    const old = this.#parts.get(service);
    if (part) this.#parts.set(service, part);
    else this.#parts.delete(service);
    if (old) for (const { key } of old.frontends) this.#release(service, key);
    if (part) for (const frontend of part.frontends) this.#claim(service, frontend);
    this.#chains.replace(old?.chains, part?.chains);
    this.#hairpins.replace(old?.hairpins, part?.hairpins);
  }

  /** What packets to an address and port, or to a port of the node, meet; the key as elements have it. */
  frontend(key: string): Frontend | undefined {
    return this.#claims.get(key)?.frontend;
  }

  /** The services whose health is asked for. */
  *health(): Generator<readonly [service: string, health: Health]> {
    for (const [service, { health }] of this.#parts) if (health) yield [service, health];
  }

  /** What changes by all that was set since the last call. */
  take(): Change {
    const changes = new Changes();
    for (const [key, was] of this.#before) changes.frontend(was, this.#claims.get(key)?.frontend);
    this.#before = new Map();
    changes.hairpins(this.#hairpins.take());
    const { come, gone } = this.#chains.take();
    const oldChains = gone.map((name) => this.#chain(name));
    for (const name of gone) this.#numbers.delete(name);
    for (const name of come) this.#numbers.set(name, ++this.#lastNumber);
    return this.#change(changes, come, oldChains);
  }

  /** All that the table holds after the last {@link take}, as a change of an empty one. */
  everything(): Change {
    const changes = new Changes();
    for (const { frontend } of this.#claims.values()) changes.frontend(undefined, frontend);
    changes.hairpins({ come: [...this.#hairpins.keys()], gone: [] });
    return this.#change(changes, [...this.#chains.keys()], []);
  }

  #change(changes: Changes, newChains: readonly string[], oldChains: readonly Chain[]): Change {
    return {
      ...changes.gathered(),
      newChains: newChains.map((name) => this.#chain(name)),
      oldChains,
      numberOf: (name) => this.#chain(name).number,
    };
  }

  #chain(name: string): Chain {
    const number = this.#numbers.get(name);
    if (number === undefined) throw new Error(`the chain ${name} is not in use`);
    return { name, number };
  }

  #claim(owner: string, frontend: Frontend): void {
    const { key } = frontend;
    const holder = this.#claims.get(key);
    if (!this.#before.has(key)) this.#before.set(key, holder?.frontend);
    if (!holder || owner <= holder.owner) {
      this.#claims.set(key, { owner, frontend });
      if (holder && holder.owner !== owner) this.#wait(holder);
    } else this.#wait({ owner, frontend });
  }

  #wait(claim: Claim): void {
    const { key } = claim.frontend;
    const rivals = this.#rivals.get(key);
    if (rivals) rivals.push(claim);
    else this.#rivals.set(key, [claim]);
  }

  #release(owner: string, key: string): void {
    const holder = this.#claims.get(key);
    if (!this.#before.has(key)) this.#before.set(key, holder?.frontend);
    const rivals = this.#rivals.get(key)?.filter((rival) => rival.owner !== owner) ?? [];
    if (holder?.owner === owner) {
      rivals.sort((a, b) => (a.owner < b.owner ? -1 : 1));
      const heir = rivals.shift();
      if (heir) this.#claims.set(key, heir);
      else this.#claims.delete(key);
    }
    if (rivals.length > 0) this.#rivals.set(key, rivals);
    else this.#rivals.delete(key);
  }
}

/** Things that several services need, counted, and how they were when they were first touched. */
class Counted {
  readonly #counts = new Map<string, number>();
  #before = new Map<string, boolean>();

  keys(): Iterable<string> {
    return this.#counts.keys();
  }

  replace(old: readonly string[] = [], next: readonly string[] = []): void {
    for (const key of next) this.#add(key, 1);
    for (const key of old) this.#add(key, -1);
  }

  #add(key: string, by: 1 | -1): void {
    const count = this.#counts.get(key) ?? 0;
    if (!this.#before.has(key)) this.#before.set(key, count > 0);
    if (count + by === 0) this.#counts.delete(key);
    else this.#counts.set(key, count + by);
  }

  take(): { come: string[]; gone: string[] } {
    const come: string[] = [];
    const gone: string[] = [];
    for (const [key, was] of this.#before) {
      if (was === this.#counts.has(key)) continue;
      (was ? gone : come).push(key);
    }
    this.#before = new Map();
    return { come, gone };
  }
}

/** Gathers a change. */
class Changes {
  readonly #gone = { frontends: [] as Frontend[], elements: [] as Element[] };
  readonly #come = { frontends: [] as Frontend[], elements: [] as Element[] };
  readonly #udp: Change["udp"][number][] = [];

  frontend(before: Frontend | undefined, after: Frontend | undefined): void {
    if (before === after) return;
    if (!before) this.#come.frontends.push(after!);
    else if (!after) this.#gone.frontends.push(before);
    else if (!this.#elements(before, after)) return;
    if ((before ?? after)!.key.includes("udp .")) this.#udp.push({ before, after });
  }

  /** Whether any element differs. */
  #elements(before: Frontend, after: Frontend): boolean {
    let isOther = false;
    for (const name of [...MAPS, ...SETS]) {
      const left = new Map<string, string>();
      visitElements(before, name, (key, value) => left.set(key, value));
      visitElements(after, name, (key, value) => {
        if (left.get(key) === value) left.delete(key);
        else {
          this.#come.elements.push({ in: name, key, value });
          isOther = true;
        }
      });
      for (const [key, value] of left) this.#gone.elements.push({ in: name, key, value });
      isOther ||= left.size > 0;
    }
    return isOther;
  }

  hairpins({ come, gone }: { come: readonly string[]; gone: readonly string[] }): void {
    for (const key of come) this.#come.elements.push({ in: "hairpin", key, value: "" });
    for (const key of gone) this.#gone.elements.push({ in: "hairpin", key, value: "" });
  }

  gathered(): Pick<Change, "gone" | "come" | "udp"> {
    return { gone: this.#gone, come: this.#come, udp: this.#udp };
  }
}
