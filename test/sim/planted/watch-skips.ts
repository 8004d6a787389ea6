// The store's watch leaves a change out. It refuses to do so often.
import { everyNth } from "./planted.ts";
import type { Planted } from "./planted.ts";
import { bound } from "./store-acknowledges-early.ts";

export const watchSkips: Planted = {
  name: "a watch skips a revision",
  seed: 1,
  caughtBy: ["shadow watch", "acknowledged writes"],
  plant() {
    const skipped = everyNth(40);
    return {
      store: (store) => ({
        ...bound(store),
        async *watch(options) {
          for await (const batch of store.watch(options))
            yield { ...batch, changes: batch.changes.filter(() => !skipped()) };
        },
      }),
    };
  },
};
