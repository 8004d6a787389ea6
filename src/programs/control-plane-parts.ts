// What `kaji up` runs as the control plane: API server, controllers and scheduler in one process, through local clients.
// It refuses to touch nodes: agents do, over HTTPS like everybody else.
import { serviceAccountUser } from "../apiserver/authentication/service-account-token.ts";
import { withStandingGroups } from "../apiserver/authentication/authenticate.ts";
import type { User } from "../apiserver/request.ts";
import { writeNote } from "../base/processes.ts";
import { giveBackAtRest } from "../base/rest.ts";
import { EXIT } from "../cli/exit.ts";
import { CacheSet } from "../client/cache-set.ts";
import { resources } from "../resources/index.ts";
import { runScheduler } from "../scheduler/scheduler.ts";
import { serveApi } from "./apiserver.ts";
import type { ServeOptions } from "./apiserver.ts";
import { certificateSigner } from "./certificate-signer.ts";
import { MANAGER_USER, runControllerSet } from "./controller-set.ts";

const component = (name: string): User => withStandingGroups({ name, groups: [] });

/** Runs until `signal` aborts: watches end, requests finish, the store closes. */
export async function runControlPlane(options: ServeOptions, signal: AbortSignal): Promise<number> {
  const { folder, clock, random, log } = options;
  const served = await serveApi(options);
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
      {
        caches,
        clientFor,
        clock,
        random,
        log,
        discovered: async () => resources,
        settings: { rootCa: pki.ca.cert, sign: certificateSigner(pki.ca, { clock, random }) },
      },
      signal,
    ),
    caches.run(signal),
    runScheduler({ client: scheduler, caches: schedulerCaches, clock, random, log }, signal),
    schedulerCaches.run(signal),
    giveBackAtRest({ clock, log }, signal),
  ]);
  await served.close();
  return EXIT.ok;
}
