// Nothing is written over what its writer has not seen: every change names the revision that it replaces. It refuses
// to ask whether the writer was right.
import type { Invariant } from "./invariant.ts";

export const comparedWrites: Invariant = {
  name: "compared writes",
  judge: () => ({
    onFact({ key, compared, oldRevision, revision }) {
      return compared === oldRevision
        ? undefined
        : `${key} at ${revision} replaced ${oldRevision}, its writer had seen ${compared ?? "nothing"}`;
    },
  }),
};
