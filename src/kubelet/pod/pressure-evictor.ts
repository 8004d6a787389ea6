// Ends pods of a node that is short of something, one at a time. It refuses to choose (node/shortages.ts), and to measure.
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { isTerminal } from "../../resources/core/pod/readiness.ts";
import type { Cri } from "../cri.ts";
import type { Pressure } from "../node/facts.ts";
import { evictionMessage, firstToGo } from "../node/shortages.ts";
import type { PodUsage, Shortage } from "../node/shortages.ts";
import { LABELS } from "../parts.ts";
import type { PodWorker } from "./worker.ts";

const LOOK_MS = 10_000;
/** There is no time for more. */
const GRACE_SECONDS = 1;
/** The next one goes when the last is gone, or has not gone for so long. */
const CLEANUP_MS = 30_000;

export interface PressureEvictorOptions {
  readonly cri: Pick<Cri, "runtime">;
  readonly clock: Clock;
  readonly log: Log;
  readonly shortages: {
    now(): Promise<readonly Shortage[]>;
    pressure(): Promise<Pressure>;
  };
  /** What these pods use of a resource, by uid; one that cannot be told is left out. */
  readonly podUsage: (
    resource: Shortage["resource"],
    pods: readonly Pod[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, PodUsage>>;
  readonly workers: () => Iterable<PodWorker>;
  /** The node's conditions as they are now. */
  readonly onPressure: (pressure: Pressure) => void;
}

export async function evictUnderPressure(options: PressureEvictorOptions, signal: AbortSignal): Promise<void> {
  const { clock, log, shortages } = options;
  const looking: Looking = { last: undefined };
  while (!signal.aborted) {
    try {
      const found = await shortages.now();
      options.onPressure(await shortages.pressure());
      if (found.length > 0) await relieve(options, found[0]!, looking, signal);
    } catch (error) {
      signal.throwIfAborted();
      log.warn("whether the node is short of something cannot be told", { error: String(error) });
    }
    await clock.sleep(LOOK_MS, signal);
  }
}

interface Looking {
  last: { readonly worker: PodWorker; readonly at: number } | undefined;
}

/** Containers of pods that are over: what they have written is only looked at again, if at all. Answers how many went. */
async function removeDead(
  { runtime }: PressureEvictorOptions["cri"],
  workers: readonly PodWorker[],
  signal: AbortSignal,
): Promise<number> {
  const over = new Set(
    workers
      .map(({ desired }) => desired.pod)
      .filter(isTerminal)
      .map(({ metadata }) => metadata.uid),
  );
  const filter = { state: { state: "CONTAINER_EXITED" } } as const;
  const { containers } = await runtime.listContainers({ filter }, { signal });
  const dead = containers.filter(({ labels }) => over.has(labels[LABELS.podUid]));
  for (const { id } of dead) await runtime.removeContainer({ containerId: id }, { signal });
  return dead.length;
}

async function relieve(
  { cri, clock, log, podUsage, workers }: PressureEvictorOptions,
  shortage: Shortage,
  looking: Looking,
  signal: AbortSignal,
): Promise<void> {
  const all = [...workers()];
  const { last } = looking;
  const isGoing = last && all.includes(last.worker) && !isTerminal(last.worker.desired.pod);
  if (isGoing && clock.monotonic() - last.at < CLEANUP_MS) return;
  // Before anybody goes for it, what nobody needs; whether that was enough is seen at the next look.
  if (shortage.resource === "ephemeral-storage" && (await removeDead(cri, all, signal)) > 0) return;
  const live = all.filter(({ desired: { pod, evicted, gone, rejected } }) => {
    return !evicted && !gone && !rejected && !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
  });
  const used = await podUsage(
    shortage.resource,
    live.map(({ desired }) => desired.pod),
    signal,
  );
  const candidates = live.map(({ desired: { pod } }) => ({
    pod,
    usage: used.get(pod.metadata.uid!) ?? { containers: {}, total: 0 },
  }));
  const chosen = firstToGo(shortage, candidates);
  if (chosen === undefined) {
    log.warn("the node is short, and no pod can go for it", { resource: shortage.resource });
    return;
  }
  const message = evictionMessage(shortage, chosen);
  const worker = live[candidates.indexOf(chosen)]!;
  worker.update({
    ...worker.desired,
    evicted: { reason: "Evicted", message, graceSeconds: GRACE_SECONDS, disrupts: true },
  });
  looking.last = { worker, at: clock.monotonic() };
}
