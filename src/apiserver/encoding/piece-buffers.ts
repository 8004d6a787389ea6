// Buffers in which the pieces of lists are written, used again once a piece has left. It refuses to hold many: what is too
// much goes to the garbage collector.
//
// Memory outside of the heap counts in V8's decision when to collect: with a new buffer for each piece, half of the time of a
// large list was spent on collecting.

/** Bytes of a piece: enough for one write, little enough to be made in one go. */
export const PIECE_BYTES = 128 * 1024;

/** Buffers that wait for use, at most. */
const MOST_FREE = 8;

export class PieceBuffers {
  readonly #own = new WeakSet<ArrayBufferLike>();
  readonly #free: Buffer[] = [];

  /** A buffer of {@link PIECE_BYTES}; whoever has it gives it back, or forgets it. */
  take(): Buffer {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const made = Buffer.allocUnsafeSlow(PIECE_BYTES);
    this.#own.add(made.buffer);
    return made;
  }

  /** A piece has left, and nobody reads it any more. Bytes that do not lie in a buffer of ours are left alone. */
  giveBack(piece: Uint8Array): void {
    if (this.#free.length < MOST_FREE && this.#own.has(piece.buffer)) this.#free.push(Buffer.from(piece.buffer));
  }
}
