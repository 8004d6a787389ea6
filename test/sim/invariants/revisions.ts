// Revisions only grow, and one revision changes at most one object of a kind. It refuses to look at what clients are
// told.
import type { Invariant } from "./invariant.ts";

export const revisions: Invariant = {
  name: "revisions",
  judge() {
    let last = 0;
    let kinds = new Set<string>();
    return {
      onFact({ revision, kind, key }) {
        if (revision < last) return `revision ${revision} came after ${last}`;
        if (revision > last) kinds = new Set();
        last = revision;
        if (kinds.has(kind)) return `revision ${revision} changed two objects of ${kind}, ${key} among them`;
        kinds.add(kind);
        return undefined;
      },
    };
  },
};
