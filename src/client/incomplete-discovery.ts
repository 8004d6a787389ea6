// What is thrown when some of the servers behind APIServices do not answer: the kinds of all others are in it, for whoever
// can do with those. It refuses to say which kinds are missing: nobody knows.
import type { Resource } from "../schema/resource.ts";

export class IncompleteDiscoveryError extends Error {
  override readonly name = "IncompleteDiscoveryError";
  /** Those of which is known. */
  readonly kinds: readonly Resource[];
  /** The group versions whose server does not answer, sorted. */
  readonly stale: readonly string[];

  constructor(kinds: readonly Resource[], stale: readonly string[]) {
    const sorted = stale.toSorted();
    const each = sorted.map((one) => `${one}: stale GroupVersion discovery: ${one}`);
    super(`unable to retrieve the complete list of server APIs: ${each.join(", ")}`);
    this.kinds = kinds;
    this.stale = sorted;
  }
}

/** The kinds that could be discovered, and what stood in the way of others. Other errors pass. */
export async function whatIsDiscovered(
  discovered: () => Promise<readonly Resource[]>,
): Promise<{ readonly kinds: readonly Resource[]; readonly incomplete: IncompleteDiscoveryError | undefined }> {
  try {
    return { kinds: await discovered(), incomplete: undefined };
  } catch (error) {
    if (!(error instanceof IncompleteDiscoveryError)) throw error;
    return { kinds: error.kinds, incomplete: error };
  }
}
