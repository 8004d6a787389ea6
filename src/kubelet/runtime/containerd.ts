// The Cri of a node over a runtime's socket: the CRI's calls, and containerd's own events as hints of change (1.6 has no CRI events).
// It refuses to depend on the events: where there are none, only the relist tells.
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { Mailbox } from "../../base/mailbox.ts";
import { isAbortOf } from "../../base/scope.ts";
import { ImageService, RuntimeService } from "../../wire/cri/service.ts";
import { watchEvents } from "../../wire/containerd/events.ts";
import type { GrpcConnection } from "../../wire/grpc/client.ts";
import type { Cri } from "../cri.ts";

/** The namespace in which containerd keeps what its CRI made. */
export const CRI_NAMESPACE = "k8s.io";

const RETRY_MS = 1000;
/** Pauses between the questions whether an end is known, about two and a half seconds in all: then the relist has to see it. */
const UNTIL_KNOWN_MS = [5, 10, 20, 40, 80, 160, 320, 640, 1280];

interface Tools {
  readonly clock: Clock;
  readonly log: Log;
}

export function containerdCri(connection: GrpcConnection, tools: Tools): Cri {
  const runtime = connection.client(RuntimeService);
  return {
    runtime,
    images: connection.client(ImageService),
    async *changes(signal) {
      const mailbox = new Mailbox<string>();
      const following = follow(connection, { ...tools, runtime, mailbox }, signal);
      yield* mailbox.taken(signal);
      await following;
    },
  };
}

interface Following extends Tools {
  readonly runtime: Cri["runtime"];
  readonly mailbox: Mailbox<string>;
}

/** Posts the ids of what changed until the signal aborts, through every loss of the connection. */
async function follow(connection: GrpcConnection, following: Following, signal: AbortSignal): Promise<void> {
  const { clock, log, mailbox } = following;
  const unlessOver = (error: unknown, what: string) => {
    if (isAbortOf(signal, error) || signal.aborted) return;
    log.debug(what, { error: error instanceof Error ? error.message : String(error) });
  };
  while (!signal.aborted) {
    // Whatever happened while nobody listened is found by looking at everything.
    mailbox.post("");
    try {
      for await (const event of watchEvents(connection, CRI_NAMESPACE, { signal })) {
        // What runs beside a container's own program, as probes do, ends without changing it.
        if (!("containerId" in event) || ("execId" in event && event.execId !== undefined)) continue;
        mailbox.post(event.containerId);
        if (event.topic === "/tasks/exit")
          untilKnown(event.containerId, following, signal).catch((error: unknown) =>
            unlessOver(error, "the runtime did not say whether an end is known"),
          );
      }
    } catch (error) {
      unlessOver(error, "the runtime's events broke off");
    }
    await clock.sleep(RETRY_MS, signal).catch((error: unknown) => {
      if (!isAbortOf(signal, error)) throw error;
    });
  }
}

/**
 * Posts a container or sandbox once more when the CRI knows that it is over: its part of containerd hears of an end with
 * everybody else, and for some milliseconds still calls it running.
 */
async function untilKnown(id: string, { clock, runtime, mailbox }: Following, signal: AbortSignal): Promise<void> {
  const filter = { id };
  for (const pause of UNTIL_KNOWN_MS) {
    await clock.sleep(pause, signal);
    const [{ containers }, { items }] = await Promise.all([
      runtime.listContainers({ filter: { ...filter, state: { state: "CONTAINER_RUNNING" } } }, { signal }),
      runtime.listPodSandbox({ filter: { ...filter, state: { state: "SANDBOX_READY" } } }, { signal }),
    ]);
    if (containers.length + items.length === 0) break;
  }
  mailbox.post(id);
}
