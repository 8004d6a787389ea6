// `kaji apiserver`: the API server alone, in the foreground, on the embedded store. It refuses to run controllers or nodes.
import { hostname } from "node:os";
import type { Clock } from "../base/clock.ts";
import { systemClock } from "../base/clock.ts";
import { jsonLog } from "../base/json-log.ts";
import type { Log } from "../base/log.ts";
import { nextTurn } from "../base/event-loop.ts";
import { watchLoopDelay } from "../base/loop-delay.ts";
import type { Random } from "../base/random.ts";
import { systemRandom } from "../base/random.ts";
import { jwtSigner } from "../apiserver/authentication/service-account-token.ts";
import { yamlThread } from "../apiserver/encoding/yaml-thread.ts";
import { httpsServices } from "../apiserver/http/service-dialer.ts";
import { httpsWebhooks } from "../apiserver/http/webhook-dialer.ts";
import { ensurePki, FRONT_PROXY_NAME, issueClient } from "../apiserver/pki.ts";
import type { Pki } from "../apiserver/pki.ts";
import type { ApiServer } from "../apiserver/server.ts";
import { Turns } from "../apiserver/turns.ts";
import { prepareCluster, standardServer, upkeep } from "../apiserver/standard.ts";
import { EXIT } from "../cli/exit.ts";
import { kubeconfigText, makeKubeconfig } from "../client/kubeconfig.ts";
import type { Store } from "../store/store.ts";
import type { ClusterSettings } from "./data-folder.ts";
import { writeWhole } from "../base/whole-file.ts";
import { DataFolder } from "./data-folder.ts";
import { keysMade } from "./keys-note.ts";
import { openStore } from "./open-store.ts";
import { chooseSettings, hostAddress, nth } from "./settings.ts";

/** The port of a cluster that never asked for another. */
const DEFAULT_PORT = "6443";

export interface Served {
  readonly server: ApiServer;
  readonly port: number;
  readonly pki: Pki;
  /** Ends watches, lets requests finish, closes the store. */
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly folder: DataFolder;
  /** Being opened while the keys are read; closed when serving fails. */
  readonly opening: Promise<Store>;
  readonly settings: ClusterSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Serves the store on the cluster's port, and makes what every cluster has. */
export async function serveApi({ folder, opening, settings, clock, random, log }: ServeOptions): Promise<Served> {
  const reading = keysMade(folder, clock).then(() =>
    ensurePki({ dir: folder.pki, ...serverNames(settings), clock, random }),
  );
  reading.catch(() => undefined);
  const store = await opening;
  const stop = new AbortController();
  try {
    const pki = await reading;
    const signer = jwtSigner(pki.serviceAccount);
    const kubelet = { cert: pki.kubeletClient.cert, key: pki.kubeletClient.key, ca: pki.ca.cert };
    const frontProxy = { cert: pki.frontProxyClient.cert, key: pki.frontProxyClient.key };
    const server = await standardServer({
      store,
      clock,
      random,
      log,
      serviceCidrs: [settings.serviceCidr],
      signer,
      nodes: { tls: kubelet },
      webhooks: httpsWebhooks(clock),
      aggregation: { tls: frontProxy, dial: httpsServices(clock, frontProxy) },
      yaml: yamlThread(clock),
      turns: new Turns({ now: () => clock.monotonic(), next: nextTurn }),
    });
    watchLoopDelay(server.metrics);
    const tls = { cert: pki.apiserver.cert, key: pki.apiserver.key, ca: pki.ca.cert };
    const { port } = await server.listen({ host: "0.0.0.0", port: settings.apiPort, tls });
    await prepareCluster({
      server,
      log,
      serviceCidrs: [settings.serviceCidr],
      reachable: { clusterIP: nth(settings.serviceCidr, 1), address: hostAddress(), port },
    });
    const trust = {
      clientCa: pki.ca.cert,
      frontProxyCa: pki.frontProxyCa.cert,
      frontProxyNames: [FRONT_PROXY_NAME],
    };
    const keeping = upkeep({ server, store, trust, clock, log }, stop.signal);
    return {
      server,
      port,
      pki,
      async close() {
        stop.abort();
        await keeping;
        await server.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The names and addresses in the server's certificate. */
export function serverNames(settings: ClusterSettings): {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
} {
  const dnsNames = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "localhost",
    hostname(),
  ];
  return { dnsNames, ipAddresses: [...new Set([nth(settings.serviceCidr, 1), "127.0.0.1", "::1", hostAddress()])] };
}

/** The command. Ends with SIGTERM or SIGINT. */
export async function apiserver(options: { readonly data?: string; readonly port: string }): Promise<number> {
  const clock = systemClock;
  const random = systemRandom;
  const log = jsonLog({ clock, level: "info", destination: 2 });
  const folder = new DataFolder(options.data);
  await folder.prepare();
  const kept = await folder.settings();
  const fresh =
    kept ??
    (await folder.writeSettings(
      await chooseSettings({ port: Number(options.port), nodes: 0, simulated: true, random }),
    ));
  const settings = options.port === DEFAULT_PORT ? fresh : { ...fresh, apiPort: Number(options.port) };
  const opening = openStore(folder, { clock, log });
  const served = await serveApi({ folder, opening, settings, clock, random, log });
  await writeAdministrator(folder, settings, served, { clock, random });
  process.stdout.write(`kaji apiserver answers at https://127.0.0.1:${served.port}; kubeconfig ${folder.kubeconfig}\n`);
  await new Promise<void>((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
  await served.close();
  return EXIT.ok;
}

/** DIR/kubeconfig, with a fresh certificate. */
async function writeAdministrator(
  folder: DataFolder,
  settings: ClusterSettings,
  { pki, port }: Served,
  tools: { clock: Clock; random: Random },
): Promise<void> {
  const server = `https://127.0.0.1:${port}`;
  const pair = await issueClient(pki.ca, { user: "kubernetes-admin", groups: ["system:masters"] }, tools);
  const config = makeKubeconfig(`kaji-${settings.id}`, { server, ca: pki.ca.cert, cert: pair.cert, key: pair.key });
  await writeWhole(folder.kubeconfig, kubeconfigText(config));
}
