// The Cri of a node over a runtime's socket: the CRI's calls, and containerd's own events as hints of change (1.6 has no CRI events).
// It refuses to depend on the events: where there are none, only the relist tells.
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { isAbortOf } from "../../base/scope.ts";
import { ImageService, RuntimeService } from "../../wire/cri/service.ts";
import { watchEvents } from "../../wire/containerd/events.ts";
import type { GrpcConnection } from "../../wire/grpc/client.ts";
import type { Cri } from "../cri.ts";

/** The namespace in which containerd keeps what its CRI made. */
export const CRI_NAMESPACE = "k8s.io";

const RETRY_MS = 1000;

export function containerdCri(connection: GrpcConnection, { clock, log }: { clock: Clock; log: Log }): Cri {
  return {
    runtime: connection.client(RuntimeService),
    images: connection.client(ImageService),
    async *changes(signal) {
      while (!signal.aborted) {
        // Whatever happened while nobody listened is found by looking at everything.
        yield "";
        try {
          for await (const event of watchEvents(connection, CRI_NAMESPACE, { signal })) {
            if ("containerId" in event) yield event.containerId;
          }
        } catch (error) {
          if (isAbortOf(signal, error) || signal.aborted) return;
          log.debug("the runtime's events broke off", {
            error: error instanceof Error ? error.message : String(error),
          });
        }
        try {
          await clock.sleep(RETRY_MS, signal);
        } catch (error) {
          if (!isAbortOf(signal, error)) throw error;
        }
      }
    },
  };
}
