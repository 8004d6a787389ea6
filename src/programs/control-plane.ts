// What `kaji up` runs as the control plane: API server, controllers and scheduler in one process, through local clients.
// It refuses to touch nodes: agents do, over HTTPS like everybody else.
import { serviceAccountUser } from "../apiserver/authentication/service-account-token.ts";
import { withStandingGroups } from "../apiserver/authentication/authenticate.ts";
import type { User } from "../apiserver/request.ts";
import { systemClock } from "../base/clock.ts";
import { jsonLog } from "../base/json-log.ts";
import { writeNote } from "../base/processes.ts";
import { systemRandom } from "../base/random.ts";
import type { DataOption } from "../cli/command-line.ts";
import { CommandFailed, EXIT } from "../cli/exit.ts";
import { CacheSet } from "../client/cache-set.ts";
import { resources } from "../resources/index.ts";
import { runScheduler } from "../scheduler/scheduler.ts";
import { serveApi } from "./apiserver.ts";
import { MANAGER_USER, runControllerSet } from "./controller-set.ts";
import { DataFolder } from "./data-folder.ts";
import { stopSignal } from "./stop.ts";

const component = (name: string): User => withStandingGroups({ name, groups: [] });

/** Ends with SIGTERM or SIGINT: watches end, requests finish, the store closes. */
export async function controlPlane(options: DataOption): Promise<number> {
  const clock = systemClock;
  const random = systemRandom;
  const log = jsonLog({ clock, level: "info", destination: 2 });
  const folder = new DataFolder(options.data);
  const settings = await folder.settings();
  if (!settings) throw new CommandFailed(`no cluster in ${folder.dir}; kaji up makes one`, EXIT.conflict);
  const signal = stopSignal();
  await writeNote(folder.note("control-plane"), process.pid, {});
  const served = await serveApi({ folder, settings, clock, random, log });
  await writeNote(folder.note("control-plane"), process.pid, { port: served.port });

  const { server, pki } = served;
  const clientFor = (identity: string) =>
    server.localClient(withStandingGroups(serviceAccountUser("kube-system", identity)), `kaji/${identity}`);
  // One set of caches for all controllers, filled as kube-controller-manager; each writes as itself.
  const manager = server.localClient(component(MANAGER_USER), "kaji/kube-controller-manager");
  const scheduler = server.localClient(component("system:kube-scheduler"), "kaji/kube-scheduler");
  const caches = new CacheSet({ client: manager, clock, random, log });
  const schedulerCaches = new CacheSet({ client: scheduler, clock, random, log });
  await Promise.all([
    runControllerSet(
      { caches, clientFor, clock, random, log, discovered: async () => resources, settings: { rootCa: pki.ca.cert } },
      signal,
    ),
    caches.run(signal),
    runScheduler({ client: scheduler, caches: schedulerCaches, clock, random, log }, signal),
    schedulerCaches.run(signal),
  ]);
  await served.close();
  return EXIT.ok;
}
