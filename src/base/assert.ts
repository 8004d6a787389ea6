// Broken invariants. It refuses to report what a user or the world got wrong: that is an Error of its own kind.

/** An invariant of the program did not hold: the reconcile or the request that sees it fails, never the server. */
export class AssertionFailed extends Error {
  override readonly name = "AssertionFailed";
}

/** Throws {@link AssertionFailed} unless `condition` holds. `message` says what should have been true. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailed(message);
}

/** For the branch that the compiler knows is never taken (`switch` over a closed union). */
export function unreachable(value: never, message = "unreachable"): never {
  throw new AssertionFailed(`${message}: ${String(value)}`);
}
