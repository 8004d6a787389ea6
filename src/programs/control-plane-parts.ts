// What `kaji up` runs as the control plane: API server, controllers and scheduler in one process, through local clients.
// It refuses to touch nodes: agents do, over HTTPS like everybody else.
import { issueClient } from "../apiserver/pki.ts";
import { serviceAccountUser } from "../apiserver/authentication/service-account-token.ts";
import { withStandingGroups } from "../apiserver/authentication/authenticate.ts";
import type { User } from "../apiserver/request.ts";
import { writeNote } from "../base/processes.ts";
import { giveBackAtRest } from "../base/rest.ts";
import { EXIT } from "../cli/exit.ts";
import { CacheSet } from "../client/cache-set.ts";
import type { HttpsClient } from "../client/https.ts";
import { routedClient } from "../client/routed.ts";
import type { Resource } from "../schema/resource.ts";
import { runScheduler } from "../scheduler/scheduler.ts";
import { serveApi } from "./apiserver.ts";
import type { ServeOptions, Served } from "./apiserver.ts";
import { Es256 } from "../wire/jwt/es256.ts";
import { certificateSigner } from "./certificate-signer.ts";
import { MANAGER_USER, runControllerSet } from "./controller-set.ts";

const component = (name: string): User => withStandingGroups({ name, groups: [] });

/** Requests for kinds of other API servers go through our own port, as everybody's. Made when the first is needed. */
function overHttps(
  { port, pki }: Served,
  { clock, random }: ServeOptions,
  signal: AbortSignal,
): () => Promise<HttpsClient> {
  const make = async () => {
    const { httpsClient } = await import("../client/https.ts");
    const identity = { user: "system:apiserver", groups: ["system:masters"] };
    const { cert, key } = await issueClient(pki.ca, identity, { clock, random });
    const connection = { server: `https://127.0.0.1:${port}`, ca: pki.ca.cert, cert, key };
    const client = httpsClient(connection, { userAgent: "kaji/kube-controller-manager" });
    signal.addEventListener("abort", () => void client.close(), { once: true });
    return client;
  };
  let made: Promise<HttpsClient> | undefined;
  return () => (made ??= make());
}

/** Runs until `signal` aborts: watches end, requests finish, the store closes. */
export async function runControlPlane(options: ServeOptions, signal: AbortSignal): Promise<number> {
  const { folder, clock, random, log } = options;
  const served = await serveApi(options);
  await writeNote(folder.note("control-plane"), process.pid, { port: served.port });

  const { server, pki } = served;
  const over = overHttps(served, options, signal);
  const carries = ({ group, version }: Pick<Resource, "group" | "version">) =>
    !server.aggregation?.services.remotes.has(`${group}/${version}`);
  const clientAs = (user: User, userAgent: string) =>
    routedClient({
      first: server.localClient(user, userAgent),
      carries,
      second: async () => (await over()).as(user.name),
    });
  const clientFor = (identity: string) => {
    const isManager = identity === MANAGER_USER;
    const user = isManager ? component(identity) : withStandingGroups(serviceAccountUser("kube-system", identity));
    return clientAs(user, `kaji/${identity}`);
  };
  // One set of caches for all controllers, filled as kube-controller-manager; each writes as itself.
  const manager = clientAs(component(MANAGER_USER), "kaji/kube-controller-manager");
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
        discovered: async () => server.discovered(),
        settings: {
          rootCa: pki.ca.cert,
          sign: certificateSigner(pki.ca, { clock, random }),
          signToken: (claims) => new Es256(pki.serviceAccount).sign(claims),
        },
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
