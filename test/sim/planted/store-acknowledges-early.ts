// The store says yes before it has written, and now and then it never writes. It refuses to lose reads.
import { everyNth } from "./planted.ts";
import type { Planted } from "./planted.ts";

export const storeAcknowledgesEarly: Planted = {
  name: "the store acknowledges before it applies",
  seed: 1,
  caughtBy: ["acknowledged writes"],
  plant() {
    const lost = everyNth(150);
    return {
      store: (store) => ({
        ...bound(store),
        async commit(commit) {
          return lost() ? { ok: true, revision: store.revision() + 1 } : store.commit(commit);
        },
      }),
    };
  },
};

/** A store's methods as plain functions. */
export function bound<S extends object>(store: S): S {
  return Object.fromEntries(Object.entries(store)) as S;
}
