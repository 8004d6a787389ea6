// What a node is short of, and which pod has to go for it. Pure, in upstream's order and words, but for the memory of
// when a shortage was last seen; it refuses to measure, and to end pods (pod/pressure-evictor.ts).
import type { Clock } from "../../base/clock.ts";
import { quantityValue } from "../../base/quantity.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { podRequests } from "../../resources/core/pod/requests.ts";
import type { Pressure } from "./facts.ts";

export interface Shortage {
  readonly resource: "memory" | "ephemeral-storage" | "pids";
  /** What must be left, and what is: bytes, or processes. */
  readonly threshold: number;
  readonly available: number;
}

/** What a pod uses of a resource, by container and as a whole (volumes count only there). */
export interface PodUsage {
  readonly containers: Readonly<Record<string, number>>;
  readonly total: number;
}

export interface Candidate {
  readonly pod: Pod;
  readonly usage: PodUsage;
}

/** A node says that it is short for so long after it was, so that it is not filled again at once. */
const TRANSITION_MS = 5 * 60_000;
/** From here on a pod belongs to the cluster itself, and stays. */
const CRITICAL_PRIORITY = 2_000_000_000;

const CONDITION = { memory: "memory", "ephemeral-storage": "disk", pids: "pids" } as const;

/** The node's shortages now, and its conditions, which outlast them. */
export class Shortages {
  readonly #clock: Clock;
  readonly #look: () => Promise<readonly Shortage[]>;
  readonly #seen = new Map<keyof Pressure, number>();

  constructor(clock: Clock, look: () => Promise<readonly Shortage[]>) {
    this.#clock = clock;
    this.#look = look;
  }

  async now(): Promise<readonly Shortage[]> {
    const found = await this.#look();
    for (const { resource } of found) this.#seen.set(CONDITION[resource], this.#clock.monotonic());
    return found;
  }

  async pressure(): Promise<Pressure> {
    await this.now();
    const since = (of: keyof Pressure) => this.#clock.monotonic() - (this.#seen.get(of) ?? -Infinity);
    const lasts = (of: keyof Pressure) => since(of) < TRANSITION_MS;
    return { memory: lasts("memory"), disk: lasts("disk"), pids: lasts("pids") };
  }
}

export const isCritical = ({ spec }: Pick<Pod, "spec">): boolean => (spec.priority ?? 0) >= CRITICAL_PRIORITY;

/**
 * The pod that goes first: one that uses more than it asked for before one that does not, then the less important, then
 * the one that is furthest above its requests. Processes cannot be asked for: there only importance counts.
 */
export function firstToGo(shortage: Shortage, candidates: readonly Candidate[]): Candidate | undefined {
  const rank = ({ pod, usage }: Candidate) => {
    const above = usage.total - quantityValue(podRequests({ spec: pod.spec })[shortage.resource] ?? "0");
    return { exceeds: above > 0, priority: pod.spec.priority ?? 0, above };
  };
  const ranked = candidates.filter(({ pod }) => !isCritical(pod)).map((one) => ({ one, ...rank(one) }));
  ranked.sort((a, b) => Number(b.exceeds) - Number(a.exceeds) || a.priority - b.priority || b.above - a.above);
  return ranked[0]?.one;
}

/** Upstream's sentences end in a space. */
export function evictionMessage({ resource, threshold, available }: Shortage, { pod, usage }: Candidate): string {
  let text = `The node was low on resource: ${resource}. Threshold quantity: ${amount(threshold)}, available: ${amount(available)}. `;
  for (const { name, resources } of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
    const used = usage.containers[name];
    const request = resources?.requests?.[resource] ?? "0";
    if (used === undefined || used <= quantityValue(request)) continue;
    text += `Container ${name} was using ${amount(used)}, request is ${request}, has larger consumption of ${resource}. `;
  }
  return text;
}

const UNITS = ["", "Ki", "Mi", "Gi", "Ti", "Pi"] as const;

/** A whole number in the largest binary unit that it is a multiple of. */
function amount(value: number): string {
  let rest = value;
  let unit = 0;
  while (rest > 0 && rest % 1024 === 0 && unit < UNITS.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${rest}${UNITS[unit]}`;
}
