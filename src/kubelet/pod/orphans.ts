// Removes what no pod wants any more: sandboxes and folders of pods that went while no kubelet ran. It refuses to
// touch what has no pod's label, or a pod that somebody still takes care of.
import type { Log } from "../../base/log.ts";
import { isNotFound } from "../../wire/grpc/error.ts";
import type { Cri } from "../cri.ts";
import type { PodVolumes } from "../parts.ts";
import type { Observer } from "./observe.ts";

export interface OrphanOptions {
  readonly observer: Observer;
  readonly volumes: PodVolumes;
  readonly cri: Cri;
  readonly log: Log;
  /** Whether the pod of this uid is the API's or still being ended. */
  readonly wanted: (uid: string) => boolean;
}

/** Failures are logged: the next round tries again. */
export async function removeOrphans(options: OrphanOptions, signal: AbortSignal): Promise<void> {
  const { observer, volumes, cri, log, wanted } = options;
  try {
    for (const [uid, sandboxes] of await observer.sandboxesByPod(signal)) {
      if (wanted(uid)) continue;
      log.info("removing a pod that is gone", { uid });
      for (const { id } of sandboxes) await removeSandbox(cri, id, signal);
    }
    for (const uid of await volumes.leftovers()) if (!wanted(uid)) await volumes.remove(uid);
  } catch (error) {
    signal.throwIfAborted();
    log.warn("what is left of pods cannot be removed", { error: String(error) });
  }
}

async function removeSandbox(cri: Cri, podSandboxId: string, signal: AbortSignal): Promise<void> {
  try {
    await cri.runtime.stopPodSandbox({ podSandboxId }, { signal });
    await cri.runtime.removePodSandbox({ podSandboxId }, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
