// Chance as a parameter. It refuses to be a key generator: keys come from node:crypto's own key functions.
import { randomBytes } from "node:crypto";

/** The source of chance. `systemRandom` is cryptographically strong; `seededRandom` repeats itself from a seed. */
export interface Random {
  /** `length` bytes. */
  bytes(length: number): Uint8Array;
  /** A float in [0, 1). */
  float(): number;
  /** A whole number in [0, below). `below` is at most 2^32. */
  below(below: number): number;
}

/** The letters of generated names: no vowels and no look-alikes, so that no words arise. */
const NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789";

/** `length` letters for a generated name (`metadata.generateName`, pod names). */
export function nameSuffix(random: Random, length = 5): string {
  let text = "";
  for (let i = 0; i < length; i++) text += NAME_LETTERS[random.below(NAME_LETTERS.length)];
  return text;
}

/** A version 4 UUID (RFC 9562) in lower case. */
export function uuid(random: Random): string {
  const b = random.bytes(16);
  b[6] = (b[6]! & 0x0f) | 0x40;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(b).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Drawn from the system at once: a call for a few bytes costs as much as one for a page of them. */
const POOL_BYTES = 4096;
let pool = Buffer.alloc(0);

/** Bytes that nobody else gets, as a view; they are used at once and not kept. */
function draw(length: number): Buffer {
  if (length > POOL_BYTES / 16) return randomBytes(length);
  if (pool.length < length) pool = randomBytes(POOL_BYTES);
  const drawn = pool.subarray(0, length);
  pool = pool.subarray(length);
  return drawn;
}

export const systemRandom: Random = {
  // A copy: a view would leave the rest of the pool in the hands of whoever asked.
  bytes: (length) => new Uint8Array(draw(length)),
  float: () => draw(6).readUIntBE(0, 6) / 2 ** 48,
  below(below) {
    // Rejection keeps every number equally likely.
    const limit = 2 ** 32 - (2 ** 32 % below);
    for (;;) {
      const n = draw(4).readUInt32BE();
      if (n < limit) return n % below;
    }
  },
};

/** A repeatable source (sfc32, seeded by splitmix32): the same seed gives the same sequence on every machine. */
export function seededRandom(seed: number): Random {
  let s = seed | 0;
  const split = () => {
    s = (s + 0x9e3779b9) | 0;
    let t = s ^ (s >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return t ^ (t >>> 15);
  };
  let [a, b, c, d] = [split(), split(), split(), 1];
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return {
    bytes: (length) => Uint8Array.from({ length }, () => next() & 0xff),
    float: () => next() / 2 ** 32,
    below: (below) => Math.floor((next() / 2 ** 32) * below),
  };
}
