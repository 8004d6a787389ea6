// `kaji scheduler`: the scheduler alone, in the foreground, against any API server.
import { systemClock } from "../base/clock.ts";
import { jsonLog } from "../base/json-log.ts";
import { keepAlive } from "../base/processes.ts";
import { systemRandom } from "../base/random.ts";
import type { ComponentOptions } from "../cli/command-line.ts";
import { EXIT } from "../cli/exit.ts";
import { CacheSet } from "../client/cache-set.ts";
import { runScheduler } from "../scheduler/scheduler.ts";
import { clientOfKubeconfig } from "./admin-client.ts";
import { stopSignal } from "./stop.ts";

/** Ends with SIGTERM or SIGINT. */
export async function schedulerAlone({ kubeconfig }: ComponentOptions): Promise<number> {
  const release = keepAlive();
  const clock = systemClock;
  const random = systemRandom;
  const log = jsonLog({ clock, level: "info", destination: 2 });
  const client = clientOfKubeconfig(kubeconfig, "kaji-scheduler", "system:kube-scheduler");
  const signal = stopSignal();
  try {
    const caches = new CacheSet({ client, clock, random, log });
    await Promise.all([caches.run(signal), runScheduler({ client, caches, clock, random, log }, signal)]);
  } finally {
    await client.close();
    release();
  }
  return EXIT.ok;
}
