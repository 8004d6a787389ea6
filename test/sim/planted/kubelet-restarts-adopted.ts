// A kubelet that was started again takes its pods' sandboxes for dead and makes them anew. It refuses to touch those
// of its own life.
import type { Cri } from "../../../src/kubelet/cri.ts";
import type { Planted } from "./planted.ts";

export const kubeletRestartsAdopted: Planted = {
  name: "a kubelet restarts what it adopts",
  seed: 3,
  caughtBy: ["running left alone"],
  plant: () => ({
    cri(cri, starts): Cri {
      const born = new Map<string, number>();
      return {
        ...cri,
        runtime: {
          ...methodsOf(cri.runtime),
          async runPodSandbox(request, options) {
            const answer = await cri.runtime.runPodSandbox(request, options);
            born.set(answer.podSandboxId, starts());
            return answer;
          },
          async listPodSandbox(request, options) {
            const { items } = await cri.runtime.listPodSandbox(request, options);
            return {
              items: items.map((item) =>
                born.get(item.id) === starts() ? item : { ...item, state: "SANDBOX_NOTREADY" as const },
              ),
            };
          },
          async podSandboxStatus(request, options) {
            const answer = await cri.runtime.podSandboxStatus(request, options);
            const isOwn = born.get(answer.status?.id ?? "") === starts();
            return isOwn || !answer.status
              ? answer
              : { ...answer, status: { ...answer.status, state: "SANDBOX_NOTREADY" as const } };
          },
        },
      };
    },
  }),
};

/** All methods of a service that may be a proxy. */
export function methodsOf<S extends object>(service: S): S {
  return Object.fromEntries(Object.keys(service).map((name) => [name, Reflect.get(service, name)])) as S;
}
