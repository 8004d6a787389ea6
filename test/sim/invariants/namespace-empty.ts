// When a namespace is gone, so is everything in it; and nothing is created where there is no namespace. It refuses
// to wait.
import type { Invariant } from "./invariant.ts";

export const namespaceEmpty: Invariant = {
  name: "namespace empty",
  judge: ({ cluster: { truth } }) => ({
    onFact({ kind, key, name, namespace, isCreation, isDeletion }) {
      if (namespace && isCreation && truth.get(`core/namespaces/${namespace}`) === undefined)
        return `${key} was created in a namespace that is not there`;
      if (kind !== "core/namespaces" || !isDeletion) return undefined;
      for (const other of truth.keys())
        if (other.split("/")[2] === name && other.split("/").length === 4)
          return `namespace ${name} is gone, ${other} is left`;
      return undefined;
    },
  }),
};
