// Makes new inputs out of old ones: bytes, numbers, words, pieces of others, repetitions, nesting. It refuses to know
// what an input is for; the same random source gives the same inputs.
import type { Random } from "../../src/base/random.ts";

/** Values around which parsers go wrong. */
const NUMBERS: readonly string[] = [
  ...["0", "-1", "1", "00", "-0", "1e309", "1e-400", "0.1", "NaN", "Infinity", "0x10", "255", "256", "65535", "65536"],
  ...["2147483647", "2147483648", "4294967296", "9007199254740993", "9223372036854775807", "9223372036854775808"],
  ...["18446744073709551615", "99999999999999999999999999999999", "0".repeat(300), "9".repeat(400)],
];
const BYTES: readonly number[] = [
  0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x20, 0x22, 0x25, 0x2c, 0x2e, 0x2f, 0x3a, 0x5c, 0xc0, 0xed, 0xf4,
];
const TEXTS: readonly string[] = [
  "",
  " ",
  "\0",
  "é",
  "\u{1f600}",
  "\ud800",
  "\u2028",
  "\ufeff",
  "__proto__",
  "constructor",
  "toString",
  "null",
  "true",
  "%00",
  "..",
  "//",
  "\r\n",
  "\t",
];
/** What opens a level, and what ends it. */
const NESTS: readonly (readonly [string, string])[] = [
  ["[", "]"],
  ['{"a":', "}"],
  ["(", ")"],
  ["- ", ""],
  ["\n  a:\n", ""],
  ["\x0a\x02", ""],
  ["{", "}"],
];
/** Deepest nesting, and most repetitions of a piece, that one mutation makes. */
const MOST_LEVELS = 3000;

/** A mutation of one input; `other` is a second one to take pieces from. */
type Mutation = (input: Buffer, other: Buffer) => Buffer;

export class Mutator {
  readonly #random: Random;
  readonly #words: readonly Buffer[];
  readonly #mostBytes: number;
  readonly #mutations: readonly Mutation[];

  constructor(random: Random, words: readonly string[], mostBytes: number, text: boolean) {
    this.#random = random;
    this.#mostBytes = mostBytes;
    this.#words = [...NUMBERS, ...TEXTS, ...words, ...words].map((word) => Buffer.from(word, "utf8"));
    const { bytes, pieces, grammar } = this.#kinds();
    this.#mutations = text
      ? [...pieces, ...pieces, ...grammar, ...grammar, ...bytes.slice(0, 2)]
      : [...bytes, ...bytes, ...pieces, ...grammar];
  }

  #kinds(): Readonly<Record<"bytes" | "pieces" | "grammar", readonly Mutation[]>> {
    return {
      bytes: [(a) => this.#flip(a), (a) => this.#set(a), (a) => this.#arithmetic(a), (a) => this.#length(a)],
      pieces: [
        (a) => this.#insertByte(a),
        (a) => this.#remove(a),
        (a) => this.#double(a),
        (a, b) => this.#splice(a, b),
        (a) => this.#swap(a),
        (a) => this.#cut(a),
      ],
      grammar: [
        (a) => this.#word(a),
        (a) => this.#overwrite(a),
        (a) => this.#number(a),
        (a) => this.#nest(a),
        (a) => this.#repeat(a),
      ],
    };
  }

  /** One to six mutations on top of each other, mostly few. */
  next(pool: readonly Buffer[]): Buffer {
    let input = this.#one(pool);
    const times = 1 + Math.floor(this.#random.float() ** 2 * 6);
    for (let i = 0; i < times; i++) {
      input = this.#one(this.#mutations)(input, this.#one(pool));
      if (input.length > this.#mostBytes) input = input.subarray(0, this.#mostBytes);
    }
    return input;
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)]!;
  }

  #at(input: Buffer): number {
    return this.#random.below(input.length + 1);
  }

  #put(input: Buffer, at: number, removed: number, piece: Uint8Array): Buffer {
    return Buffer.concat([input.subarray(0, at), piece, input.subarray(at + removed)]);
  }

  /** A short piece, rarely a long one. */
  #piece(input: Buffer): Buffer {
    const at = this.#at(input);
    return input.subarray(at, at + 1 + Math.floor(this.#random.float() ** 3 * Math.min(input.length, 600)));
  }

  #changed(input: Buffer, change: (copy: Buffer, at: number) => void): Buffer {
    if (input.length === 0) return this.#insertByte(input);
    const copy = Buffer.from(input);
    change(copy, this.#random.below(copy.length));
    return copy;
  }

  #flip(input: Buffer): Buffer {
    return this.#changed(input, (copy, at) => (copy[at]! ^= 1 << this.#random.below(8)));
  }

  #set(input: Buffer): Buffer {
    return this.#changed(
      input,
      (copy, at) => (copy[at] = this.#random.below(2) ? this.#one(BYTES) : this.#random.below(256)),
    );
  }

  #arithmetic(input: Buffer): Buffer {
    return this.#changed(input, (copy, at) => (copy[at]! += this.#random.below(33) - 16));
  }

  /** Two or four bytes that may be a length become another one. */
  #length(input: Buffer): Buffer {
    return this.#changed(input, (copy, at) => {
      const value = this.#one([
        0,
        1,
        0x7f,
        0xff,
        0x100,
        0xffff,
        0x10000,
        0x7fffffff,
        0x80000000,
        0xffffffff,
        input.length,
      ]);
      if (at + 4 <= copy.length && this.#random.below(2)) copy.writeUInt32BE(value >>> 0, at);
      else if (at + 2 <= copy.length) copy.writeUInt16BE(value & 0xffff, at);
    });
  }

  #insertByte(input: Buffer): Buffer {
    return this.#put(
      input,
      this.#at(input),
      0,
      Buffer.of(this.#random.below(3) ? this.#one(BYTES) : this.#random.below(256)),
    );
  }

  #remove(input: Buffer): Buffer {
    return this.#put(input, this.#at(input), this.#piece(input).length, Buffer.alloc(0));
  }

  #double(input: Buffer): Buffer {
    return this.#put(input, this.#at(input), 0, this.#piece(input));
  }

  #splice(input: Buffer, other: Buffer): Buffer {
    const piece = this.#random.below(4) ? this.#piece(other) : other.subarray(this.#at(other));
    return this.#put(input, this.#at(input), this.#random.below(2) ? piece.length : 0, piece);
  }

  #swap(input: Buffer): Buffer {
    const piece = this.#piece(input);
    const without = this.#put(input, input.indexOf(piece), piece.length, Buffer.alloc(0));
    return this.#put(without, this.#at(without), 0, piece);
  }

  #cut(input: Buffer): Buffer {
    return input.subarray(0, this.#at(input));
  }

  #word(input: Buffer): Buffer {
    return this.#put(input, this.#at(input), 0, this.#one(this.#words));
  }

  #overwrite(input: Buffer): Buffer {
    const word = this.#one(this.#words);
    return this.#put(input, this.#at(input), this.#random.below(word.length + 4), word);
  }

  /** A number in the text becomes another one. */
  #number(input: Buffer): Buffer {
    const text = input.toString("latin1");
    const found = [...text.matchAll(/-?\d+(\.\d+)?/g)];
    if (found.length === 0) return this.#word(input);
    const { index, 0: number } = this.#one(found);
    return this.#put(input, index, number.length, Buffer.from(this.#one(NUMBERS)));
  }

  #nest(input: Buffer): Buffer {
    const [open, close] = this.#one(NESTS);
    const levels = 1 + Math.floor(this.#random.float() ** 4 * MOST_LEVELS);
    const at = this.#at(input);
    const inside = this.#piece(input.subarray(at));
    return this.#put(
      input,
      at,
      inside.length,
      Buffer.concat([Buffer.from(open.repeat(levels)), inside, Buffer.from(close.repeat(levels))]),
    );
  }

  #repeat(input: Buffer): Buffer {
    const piece = this.#random.below(3) ? this.#piece(input) : this.#one(this.#words);
    const times = 1 + Math.floor(this.#random.float() ** 4 * MOST_LEVELS);
    const most = Math.max(1, Math.min(times, Math.floor(this.#mostBytes / Math.max(piece.length, 1))));
    return this.#put(input, this.#at(input), 0, Buffer.concat(Array.from({ length: most }, () => piece)));
  }
}
