// What must be known of a YAML text before values are made of it: keys that a map has twice, and whether its aliases
// would make much of little. One walk over the parser's events; it refuses to make values (yaml-in.ts does).
import { EVENT_ALIAS, EVENT_MAPPING, EVENT_POP, EVENT_SCALAR, EVENT_SEQUENCE, getScalarValue } from "js-yaml";
import type { Event } from "js-yaml";

/** The text is no YAML; the message is in the words of Kubernetes' parser where we know them. */
export class YamlError extends Error {
  override readonly name = "YamlError";
}

/** How many duplicates are told at most. */
const MOST_DUPLICATES = 100;
/** Bytes that aliases may stand for, all together: as many as a body may have. */
const MOST_ALIASED_BYTES = 3 * 1024 * 1024;
/** Deeper than any kind is, and than anything that walks values bears. */
export const DEEPEST_YAML = 1000;
/** Go's parser lets aliases be 99 % of few nodes and 10 % of many. */
const FEW = 400_000;
const MANY = 4_000_000;

/** What a node comes to, aliases counted each time. */
interface Size {
  nodes: number;
  bytes: number;
  depth: number;
}

interface Level extends Size {
  readonly anchor: string;
  /** The keys of a map so far; undefined for a sequence and for a document. */
  readonly keys: Set<string> | undefined;
  /** Whether a map's next node is a value. */
  hasKey: boolean;
}

/** The duplicate keys (`line 6: key "a" already set in map`). Throws {@link YamlError} for aliases without bound. */
export function inspectYaml(text: string, events: readonly Event[]): string[] {
  return new Inspection(text).run(events);
}

class Inspection {
  readonly #text: string;
  readonly #levels: Level[] = [];
  readonly #anchors = new Map<string, Size>();
  readonly #duplicates: string[] = [];
  readonly #aliased = { nodes: 0, bytes: 0 };
  /** A duplicate key whose value has not begun yet. */
  #pending: string | undefined;
  /** Lines are counted on from the last place that was asked for. */
  #line = 1;
  #counted = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(events: readonly Event[]): string[] {
    for (const event of events) {
      if (event.type === EVENT_SCALAR) {
        this.#flush(event.valueStart);
        this.#key(event.valueStart, () => getScalarValue(this.#text, event));
        this.#add({ nodes: 1, bytes: event.valueEnd - event.valueStart, depth: 1 }, this.#anchorOf(event));
      } else if (event.type === EVENT_ALIAS) {
        this.#flush(event.anchorStart);
        this.#alias(this.#text.slice(event.anchorStart, event.anchorEnd));
      } else if (event.type === EVENT_POP) this.#close();
      else {
        const anchor = event.type === EVENT_MAPPING || event.type === EVENT_SEQUENCE ? this.#anchorOf(event) : "";
        const keys = event.type === EVENT_MAPPING ? new Set<string>() : undefined;
        this.#levels.push({ anchor, keys, hasKey: false, nodes: 1, bytes: 0, depth: 1 });
      }
    }
    this.#flush(this.#text.length);
    return this.#duplicates;
  }

  #anchorOf({ anchorStart, anchorEnd }: { readonly anchorStart: number; readonly anchorEnd: number }): string {
    return anchorStart < 0 ? "" : this.#text.slice(anchorStart, anchorEnd);
  }

  /** A scalar where a map expects a key. */
  #key(at: number, valueOf: () => string): void {
    const level = this.#levels.at(-1);
    if (level?.keys === undefined || level.hasKey) return;
    const key = valueOf();
    // Merge keys may stand there several times.
    if (key === "<<") return;
    if (level.keys.has(key) && this.#duplicates.length < MOST_DUPLICATES) {
      this.#flush(at);
      this.#pending = key;
    }
    level.keys.add(key);
  }

  /** A duplicate is told with the line where its value begins. */
  #flush(at: number): void {
    if (this.#pending === undefined) return;
    this.#duplicates.push(`line ${this.#lineOf(at)}: key ${JSON.stringify(this.#pending)} already set in map`);
    this.#pending = undefined;
  }

  #lineOf(at: number): number {
    for (; this.#counted < at; this.#counted++) if (this.#text.charCodeAt(this.#counted) === 0x0a) this.#line++;
    return this.#line;
  }

  #alias(name: string): void {
    if (this.#levels.some(({ anchor }) => anchor === name))
      throw new YamlError(`yaml: anchor '${name}' value contains itself`);
    // One that nobody defined is refused when values are made.
    const size = this.#anchors.get(name) ?? { nodes: 1, bytes: 0, depth: 1 };
    this.#aliased.nodes += size.nodes;
    this.#aliased.bytes += size.bytes;
    this.#add(size, "");
  }

  /** A node is complete: it counts in what holds it. */
  #add(size: Size, anchor: string): void {
    if (anchor !== "") this.#anchors.set(anchor, size);
    const level = this.#levels.at(-1);
    if (level === undefined) return;
    level.nodes += size.nodes;
    level.bytes += size.bytes;
    level.depth = Math.max(level.depth, size.depth + 1);
    level.hasKey = level.keys !== undefined && !level.hasKey;
    if (level.depth > DEEPEST_YAML) throw new YamlError("yaml: exceeded max depth");
  }

  #close(): void {
    const { anchor, nodes, bytes, depth } = this.#levels.pop()!;
    this.#add({ nodes, bytes, depth }, anchor);
    const share = nodes <= FEW ? 0.99 : nodes >= MANY ? 0.1 : 0.99 - (0.89 * (nodes - FEW)) / (MANY - FEW);
    const tooMany = this.#levels.length === 0 && nodes > 100 && this.#aliased.nodes / nodes > share;
    if (tooMany || this.#aliased.bytes > MOST_ALIASED_BYTES)
      throw new YamlError("yaml: document contains excessive aliasing");
  }
}
