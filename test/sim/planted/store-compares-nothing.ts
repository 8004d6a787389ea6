// The store writes whatever it is given, whoever was faster. It refuses to look at what the writer had seen.
import type { Planted } from "./planted.ts";
import { bound } from "./store-acknowledges-early.ts";

export const storeComparesNothing: Planted = {
  name: "the store compares nothing",
  seed: 4,
  caughtBy: ["counters", "compared writes", "pod goes forward", "acknowledged writes"],
  plant: () => ({
    store: (store) => ({
      ...bound(store),
      async commit(commit) {
        const current = await Promise.all(commit.compare.map(({ key }) => store.get(key)));
        const compare = commit.compare.map(({ key }, i) => ({ key, revision: current[i]!.entry?.revision ?? 0 }));
        return store.commit({ ...commit, compare });
      },
    }),
  }),
};
