// The line between the API server and its disk. It refuses to change what is written: it delays, refuses and forgets.
import { StoreClosedError } from "../../../src/store/store.ts";
import type { Commit, Store } from "../../../src/store/store.ts";

export interface StoreRule {
  /** Before a commit reaches the disk; throwing refuses it. */
  commit?(commit: Commit): Promise<void> | void;
  /** After the disk has it; throwing loses the outcome. */
  done?(commit: Commit): void;
  /** Before changes are told to the server. */
  told?(): Promise<void> | undefined;
}

/** The store as one life of the API server sees it: what was on its way when that life ended never arrives. */
export function storeOfLife(store: Store, rules: ReadonlySet<StoreRule>, alive: () => boolean): Store {
  let queue: Promise<unknown> = Promise.resolve();
  let busy = 0;
  const reachDisk = async (commit: Commit) => {
    for (const rule of rules) await rule.commit?.(commit);
    if (!alive()) throw new StoreClosedError("the process ended");
    const result = await store.commit(commit);
    if (result.ok) for (const rule of rules) rule.done?.(commit);
    return result;
  };
  return {
    revision: () => store.revision(),
    get: (key, options) => store.get(key, options),
    range: (options) => store.range(options),
    async *watch(options) {
      for await (const batch of store.watch(options)) {
        for (const rule of rules) await rule.told?.();
        yield batch;
      }
    },
    compact: (revision) => store.compact(revision),
    trim: (limits) => store.trim(limits),
    history: (options) => store.history(options),
    close: () => store.close(),
    // Commits happen in call order, as the contract says, also when one of them is slow.
    commit(commit) {
      if (rules.size === 0 && busy === 0)
        return alive() ? store.commit(commit) : Promise.reject(new StoreClosedError("the process ended"));
      busy++;
      const done = queue.then(
        () => reachDisk(commit),
        () => reachDisk(commit),
      );
      queue = done;
      return done.finally(() => busy--);
    },
  };
}
