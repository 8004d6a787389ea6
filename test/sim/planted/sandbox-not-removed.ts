// A kubelet believes that it has removed sandboxes. It refuses to ask the runtime for it.
import type { Cri } from "../../../src/kubelet/cri.ts";
import { methodsOf } from "./kubelet-restarts-adopted.ts";
import type { Planted } from "./planted.ts";

export const sandboxNotRemoved: Planted = {
  name: "sandboxes are not removed",
  caughtBy: ["convergence", "runs once"],
  plant: () => ({
    cri: (cri): Cri => ({ ...cri, runtime: { ...methodsOf(cri.runtime), removePodSandbox: async () => ({}) } }),
  }),
};
