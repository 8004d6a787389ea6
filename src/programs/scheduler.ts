// `kaji scheduler`: the scheduler alone, in the foreground, against any API server. Of several one works, told by the Lease
// kube-scheduler. It refuses to keep anything on disk.
import { hostname } from "node:os";
import { systemClock } from "../base/clock.ts";
import { jsonLog } from "../base/json-log.ts";
import { keepAlive } from "../base/processes.ts";
import { systemRandom, uuid } from "../base/random.ts";
import { isAbortOf } from "../base/scope.ts";
import type { ComponentOptions } from "../cli/command-line.ts";
import { CommandFailed, EXIT } from "../cli/exit.ts";
import { CacheSet } from "../client/cache-set.ts";
import { LeaseLost, whileLeader } from "../reconcile/leader-election.ts";
import { runScheduler } from "../scheduler/scheduler.ts";
import { clientOfKubeconfig } from "./admin-client.ts";
import { stopSignal } from "./stop.ts";

/** Ends with SIGTERM or SIGINT, or when another one has taken over. */
export async function schedulerAlone({ kubeconfig }: ComponentOptions): Promise<number> {
  const release = keepAlive();
  const clock = systemClock;
  const random = systemRandom;
  const log = jsonLog({ clock, level: "info", destination: 2 });
  const client = clientOfKubeconfig(kubeconfig, "kaji-scheduler", "system:kube-scheduler");
  const signal = stopSignal();
  const lease = { namespace: "kube-system", name: "kube-scheduler", identity: `${hostname()}_${uuid(random)}` };
  try {
    await whileLeader({ client, ...lease, clock, random, log }, signal, async (reign) => {
      const caches = new CacheSet({ client, clock, random, log });
      await Promise.all([caches.run(reign), runScheduler({ client, caches, clock, random, log }, reign)]);
    });
  } catch (error) {
    if (error instanceof LeaseLost) throw new CommandFailed(error.message, EXIT.failed, { cause: error });
    if (!isAbortOf(signal, error)) throw error;
  } finally {
    await client.close();
    release();
  }
  return EXIT.ok;
}
