// What faults on the line have in common: a rule that hangs there as long as the fault lasts. It refuses to be a
// fault.
import type { Random } from "../../../src/base/random.ts";
import type { ClientRule, Request } from "../seams/client.ts";
import type { World } from "../world.ts";
import { pick } from "../world.ts";

/** Hangs a rule in every component's line. */
export function onLine({ cluster: { line } }: World, rule: ClientRule): () => void {
  line.rules.add(rule);
  return () => void line.rules.delete(rule);
}

/** Whose line: one of the machines, or a part of the control plane. */
export function someone(random: Random): string {
  return pick(random, [
    "controllers",
    "controllers",
    "scheduler",
    "kubelet/node-1",
    "kubelet/node-2",
    "kubelet/node-3",
    "kubelet/node-4",
    "kubelet/node-5",
  ]);
}

/** `controllers` is the manager with its caches; `controllers/replicaset-controller` writes for one of them. */
export const isOf = (who: string, part: string): boolean => who === part || who.startsWith(`${part}/`);

export const isWrite = ({ verb }: Request): boolean => verb !== "get" && verb !== "list" && verb !== "watch";
