// What pods use of the resource that a node is short of, out of the measures that there are. It refuses to judge it.
import type { Pod } from "../../resources/core/pod.ts";
import type { PodUsage, Shortage } from "../node/shortages.ts";
import type { LocalUsage } from "./local-storage.ts";

/** As the node's figures have it (node/usage.ts). */
export interface MemoryUse {
  readonly uid: string;
  readonly memory: { readonly workingSet: number };
  readonly containers: readonly { readonly name: string; readonly memory: { readonly workingSet: number } }[];
}

export interface Measures {
  readonly usage?: ((pod: Pod, signal: AbortSignal) => Promise<LocalUsage>) | undefined;
  readonly memoryUse?: (() => Promise<readonly MemoryUse[]>) | undefined;
}

const sum = (amounts: Readonly<Record<string, number>>) => Object.values(amounts).reduce((a, b) => a + b, 0);

export const podUsageOf =
  ({ usage, memoryUse }: Measures) =>
  async (
    resource: Shortage["resource"],
    pods: readonly Pod[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, PodUsage>> => {
    if (resource === "memory") {
      const found = (await memoryUse?.()) ?? [];
      return new Map(
        found.map(({ uid, memory, containers }) => [
          uid,
          {
            total: memory.workingSet,
            containers: Object.fromEntries(containers.map((one) => [one.name, one.memory.workingSet])),
          },
        ]),
      );
    }
    const all = new Map<string, PodUsage>();
    if (resource !== "ephemeral-storage" || !usage) return all;
    for (const pod of pods) {
      const { containers, volumes } = await usage(pod, signal);
      all.set(pod.metadata.uid!, { containers, total: sum(containers) + sum(volumes) });
    }
    return all;
  };
