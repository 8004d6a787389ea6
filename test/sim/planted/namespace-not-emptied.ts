// The namespace controller believes that a namespace is empty. It refuses to look.
import { inClientOf } from "./planted.ts";
import type { Planted } from "./planted.ts";

export const namespaceNotEmptied: Planted = {
  name: "a namespace goes before it is empty",
  seed: 2,
  caughtBy: ["namespace empty"],
  plant: () =>
    inClientOf("controllers/namespace-controller", () => ({
      list: async () => ({ metadata: { resourceVersion: "1" }, items: [] }),
    })),
};
