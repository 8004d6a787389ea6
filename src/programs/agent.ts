// `kaji agent`: one node's kubelet, proxy and DNS in one process. It refuses to hold pods' lives: containerd is a process of its own,
// and what runs there is adopted after every restart.
import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { KUBERNETES_VERSION } from "../schema/meta/kubernetes-version.ts";
import { systemClock } from "../base/clock.ts";
import type { Clock } from "../base/clock.ts";
import { jsonLog } from "../base/json-log.ts";
import type { Log } from "../base/log.ts";
import { watchLoopDelay } from "../base/loop-delay.ts";
import { Metrics } from "../base/metrics.ts";
import { keepAlive, writeNote } from "../base/processes.ts";
import type { Random } from "../base/random.ts";
import { systemRandom } from "../base/random.ts";
import { giveBackAtRest } from "../base/rest.ts";
import { writeWhole } from "../base/whole-file.ts";
import type { ComponentOptions, DataOption } from "../cli/command-line.ts";
import { CommandFailed, EXIT } from "../cli/exit.ts";
import { CacheSet } from "../client/cache-set.ts";
import { Cache } from "../client/cache.ts";
import type { HttpsClient } from "../client/https.ts";
import { connectionOf, parseKubeconfig } from "../client/kubeconfig.ts";
import { startDns } from "../dns/dns.ts";
import { forwarder, resolversOf } from "../dns/forward.ts";
import { parseResolvConf } from "../kubelet/container/dns.ts";
import { podConfigs } from "../kubelet/container/configs.ts";
import { nodeAmounts } from "../kubelet/container/resources.ts";
import type { Cri } from "../kubelet/cri.ts";
import { podsOfNode, runKubelet } from "../kubelet/kubelet.ts";
import { pullRecordFiles } from "../kubelet/images/pull-record-files.ts";
import { pullCredentials } from "../kubelet/images/pull-secrets.ts";
import { bridgeName, cniConfig } from "../kubelet/network/cni.ts";
import { allowForwarding } from "../kubelet/network/firewall.ts";
import { ensureDnsAddress, prepareHostNetwork } from "../kubelet/network/host.ts";
import { podCgroups } from "../kubelet/node/cgroups.ts";
import { hostPortTable, runHostPorts } from "../kubelet/network/host-ports.ts";
import { diskUsage } from "../kubelet/node/disk-usage.ts";
import { rotateLogs } from "../kubelet/node/log-rotation.ts";
import { removeDeadLogs } from "../kubelet/node/dead-logs.ts";
import { diskOf, machineFacts, machineShortages } from "../kubelet/node/machine.ts";
import { Shortages } from "../kubelet/node/shortages.ts";
import { nodeUsage } from "../kubelet/node/usage.ts";
import { tailFile } from "../kubelet/pod/tail-file.ts";
import { socketDialer } from "../kubelet/probes/dial.ts";
import { containerdSocket, ensureContainerd, keepContainerd } from "../kubelet/runtime/containerd-process.ts";
import { pacedCri } from "../kubelet/runtime/paced.ts";
import { measuredCri } from "../kubelet/runtime/measured.ts";
import { containerdCri } from "../kubelet/runtime/containerd.ts";
import { nodeAccess } from "../kubelet/server/access.ts";
import { serveNode } from "../kubelet/server/server.ts";
import { referredObjects } from "../kubelet/volumes/objects.ts";
import { podCertificates } from "../kubelet/volumes/certificates.ts";
import { podTokens } from "../kubelet/volumes/tokens.ts";
import { trustBundles } from "../kubelet/volumes/trust-bundles.ts";
import { mountedImages } from "../kubelet/volumes/image-volumes.ts";
import { nodeVolumes } from "../kubelet/volumes/volumes.ts";
import { listenHealth } from "../proxy/health-listener.ts";
import { runProxy } from "../proxy/proxy.ts";
import { Node } from "../resources/core/node.ts";
import type { Pod } from "../resources/core/pod.ts";
import { Service } from "../resources/core/service.ts";
import { RuntimeClass } from "../resources/node/runtime-class.ts";
import { forgetFlow, rememberedFlows } from "../wire/conntrack/conntrack.ts";
import { BUSYBOX_IMAGE, PAUSE_IMAGE } from "../wire/containerd/built-in-images.ts";
import { imageViews } from "../wire/containerd/image-view.ts";
import { pinnedNames } from "../wire/containerd/import-image.ts";
import type { GrpcConnection } from "../wire/grpc/client.ts";
import { connectGrpc } from "../wire/grpc/client.ts";
import { nft, readyNft } from "../wire/nftables/nft.ts";
import { clientOfKubeconfig } from "./admin-client.ts";
import { ensureBuiltInImages } from "./built-in-images.ts";
import type { ClusterSettings, NodeSettings } from "./data-folder.ts";
import { DataFolder } from "./data-folder.ts";
import { nodeKeys } from "./node-keys.ts";
import type { NodePlace } from "./node-place.ts";
import { cgroupRoot, nodePlace, tableName } from "./node-place.ts";
import { hostAddress } from "./settings.ts";
import { runSimulatedNode } from "./simulated-node.ts";
import { stopSignal } from "./stop.ts";

type AgentOptions = ComponentOptions & DataOption & { readonly nodeName: string; readonly simulated?: true };

const CLUSTER_DOMAIN = "cluster.local";
const DNS_TTL_SECONDS = 5;
const RESOLV_CONF = "/etc/resolv.conf";

/** What every part of the agent needs. */
export interface AgentParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly client: HttpsClient;
  readonly node: NodeSettings;
  readonly settings: ClusterSettings;
  readonly folder: DataFolder;
}

/** Ends with SIGTERM or SIGINT; pods and the tables of the proxy stay. */
export async function agent(options: AgentOptions): Promise<number> {
  const release = keepAlive();
  const clock = systemClock;
  const random = systemRandom;
  const log = jsonLog({ clock, level: "info", destination: 2 });
  const folder = new DataFolder(options.data);
  const settings = await folder.settings();
  const node = settings?.nodes.find((n) => n.name === options.nodeName);
  if (!settings || !node)
    throw new CommandFailed(`${folder.dir} has no node ${options.nodeName}; kaji up makes nodes`, EXIT.conflict);
  const client = clientOfKubeconfig(options.kubeconfig, "kaji-agent", `system:node:${node.name}`, {
    sharesWatches: true,
  });
  const parts: AgentParts = { clock, random, log, client, node, settings, folder };
  const signal = stopSignal();
  await writeNote(folder.note(`agent-${node.name}`), process.pid, {});
  try {
    if (options.simulated) await runSimulatedNode(parts, signal);
    else await runNode(parts, options.kubeconfig, signal);
  } finally {
    await client.close();
    release();
  }
  return EXIT.ok;
}

/** Kubelet, its server, proxy and DNS, on a private containerd. */
async function runNode(parts: AgentParts, kubeconfig: string, signal: AbortSignal): Promise<void> {
  const { clock, random, log, client, node, settings, folder } = parts;
  const place = nodePlace(folder, settings.id, node.name);
  const address = hostAddress();
  const connection = await startRuntime(parts, place);
  const metrics = new Metrics();
  const most = Math.max(4, 2 * availableParallelism());
  const cri = pacedCri(measuredCri(containerdCri(connection, { clock, log }), metrics, clock), { clock, most });
  const network = clientOfKubeconfig(join(folder.node(node.name), "proxy.kubeconfig"), "kaji-proxy", "", {
    sharesWatches: true,
  });
  const caches = new CacheSet({ client: network, clock, random, log });
  const dns = await startNodeDns(parts, caches);
  const pods = podsOfNode({ client, clock, random, log }, node.name);
  watchLoopDelay(metrics);
  const isRunning = (pod: Pod) => pod.status.phase === "Running";
  metrics.gauge({
    name: "kubelet_running_pods",
    help: "Pods that run on this node.",
    read: () => pods.list().filter(isRunning).length,
  });
  const tls = await serverKeys(parts, kubeconfig, address);
  const access = nodeAccess(client, node.name);
  const listen = { host: "0.0.0.0", port: node.kubeletPort, tls };
  const usage = nodeUsage({ cri, clock, nodeName: node.name, folder: folder.dir });
  const server = await serveNode({ ...listen, access, cri, pods, metrics, usage, clock, log });
  const machine = { name: node.name, ips: [address], kubeletVersion: KUBERNETES_VERSION, dataFolder: folder.dir };
  const facts = () => machineFacts({ ...machine, kubeletPort: server.port, podCIDRs: [node.podCidr] });
  const kubelet = runKubelet(
    {
      client,
      clock,
      random,
      log,
      cri,
      pods,
      dialer: socketDialer(clock),
      readTail: tailFile,
      facts,
      shortages: new Shortages(clock, () => machineShortages(folder.dir)),
      memoryUse: () => usage.pods(),
      usage: diskUsage(cri, place.folders),
      imageDisk: () => diskOf(place.containerd),
      keptImages: [PAUSE_IMAGE, BUSYBOX_IMAGE],
      pinnedImages: (until) => pinnedNames(connection, { signal: until }),
      removeDeadLogs: (wanted, until) => removeDeadLogs({ cri, folder: place.folders.logs }, wanted, until),
      handlerOf: async (name) => (await client.get(RuntimeClass, { name }, { signal })).handler,
      ...(await podParts(parts, { place, cri, caches, connection, address, signal })),
    },
    signal,
  );
  const itself = new Cache(Node, { client: network, clock, random, log, fieldSelector: `metadata.name=${node.name}` });
  const rules = readyNft();
  const proxy = runProxy(
    {
      caches,
      nft: rules,
      nodeName: node.name,
      node: itself,
      table: tableName(settings.id),
      podCidr: settings.podCidr,
      serviceCidr: settings.serviceCidr,
      dnsAddress: settings.dnsIP,
      listenHealth,
      forgetFlow,
      rememberedFlows,
      clock,
      log,
    },
    signal,
  );
  try {
    const runtime = keepContainerd(containerdAt(place, { clock, log }), signal);
    await Promise.all([
      caches.run(signal),
      itself.run(signal),
      runtime,
      runHostPorts({ pods, nft: nft(), set: writeFile, ...portNames(settings.id), clock, log }, signal),
      kubelet,
      proxy,
      giveBackAtRest({ clock, log }, signal),
      rotateLogs({ cri, clock, log, folder: place.folders.logs }, signal),
    ]);
  } finally {
    rules.close();
    await Promise.all([server.close(), dns.close(), network.close()]);
    connection.close();
  }
}

const portNames = (id: string) => ({ table: hostPortTable(id), bridge: bridgeName(id) });

const containerdAt = (place: NodePlace, tools: Pick<AgentParts, "clock" | "log">) => ({
  folder: place.containerd,
  runFolder: place.run,
  cniConfigFolder: place.cni,
  ...tools,
});

/** Network and runtime in the order in which pods need them. */
async function startRuntime({ clock, log, settings, node }: AgentParts, place: NodePlace): Promise<GrpcConnection> {
  await mkdir(place.cni, { recursive: true });
  await writeWhole(
    join(place.cni, "10-kaji.conflist"),
    cniConfig({ clusterId: settings.id, podCidr: node.podCidr, ipamFolder: place.ipam }),
    0o644,
  );
  const forwarding = { clusterId: settings.id, podCidr: settings.podCidr };
  await Promise.all([
    prepareHostNetwork(log),
    allowForwarding(forwarding, log),
    ensureContainerd(containerdAt(place, { clock, log })),
  ]);
  const connection = connectGrpc({ address: `unix://${containerdSocket(place.run)}`, clock });
  await ensureBuiltInImages(connection, log);
  return connection;
}

async function startNodeDns({ clock, log, settings }: AgentParts, caches: CacheSet) {
  await ensureDnsAddress(settings.dnsIP);
  const resolvers = () => resolversOf(readFileSync(RESOLV_CONF, "utf8"), (resolver) => resolver === settings.dnsIP);
  return startDns({
    caches,
    address: settings.dnsIP,
    port: 53,
    domain: CLUSTER_DOMAIN,
    ttl: DNS_TTL_SECONDS,
    forwarder: forwarder({ resolvers, clock }),
    clock,
    log,
  });
}

/** What this node has for its pods. */
interface PodTools {
  readonly place: NodePlace;
  readonly cri: Cri;
  readonly caches: CacheSet;
  readonly connection: GrpcConnection;
  readonly address: string;
  readonly signal: AbortSignal;
}

/** Loading the library costs 70 ms, and most nodes are never asked. */
const makeStub = async (keyType: string) => (await import("../wire/x509/request-stub.ts")).requestStub(keyType);

/** Volumes and configurations of pods. */
async function podParts(parts: AgentParts, { place, cri, caches, connection, address, signal }: PodTools) {
  const { clock, random, log, client, node, settings } = parts;
  const objects = referredObjects({ client, clock, random, log, signal });
  const tokens = podTokens(client, clock);
  const lateCaches = { client, clock, random, log, signal };
  const bundles = trustBundles(lateCaches, (uid) => objects.tell(uid));
  const certificates = podCertificates({ ...lateCaches, nodeName: node.name, makeStub }, (uid) => objects.tell(uid));
  const { capacity, allocatable } = await machineFacts({
    name: node.name,
    ips: [address],
    kubeletPort: 0,
    kubeletVersion: KUBERNETES_VERSION,
    dataFolder: parts.folder.dir,
  });
  const amounts = nodeAmounts(capacity);
  const hostIPs = [address];
  const imageVolumes = mountedImages(
    place.folders,
    imageViews(connection, process.arch === "arm64" ? "arm64" : "amd64"),
  );
  const volumes = nodeVolumes({
    folders: place.folders,
    imageVolumes,
    facts: (pod) => ({
      objects,
      node: nodeAmounts(allocatable),
      place: { podIPs: (pod.status.podIPs ?? []).map((p) => p.ip ?? ""), hostIPs, nodeName: node.name },
      token: (of, projection) => tokens.token(of, projection),
      anchors: (of, projection) => bundles.anchors(of, projection),
      credentials: (of, which, projection) => certificates.credentials(of, which, projection),
    }),
    forget: (uid) => [tokens, bundles, certificates].forEach((one) => one.forget(uid)),
    clock,
    random,
  });
  const services = caches.of(Service);
  const { runtimeHandlers } = await cri.runtime.status({}, { signal });
  const configs = podConfigs({
    folders: place.folders,
    nodeName: node.name,
    hostIPs,
    node: amounts,
    allocatable: nodeAmounts(allocatable),
    cgroupRoot: cgroupRoot(settings.id),
    dns: () => ({
      clusterDns: settings.dnsIP,
      clusterDomain: CLUSTER_DOMAIN,
      host: parseResolvConf(readFileSync(RESOLV_CONF, "utf8")),
    }),
    services: () => services.list(),
    objects,
    imageVolumes,
    hasRecursiveReadOnly: runtimeHandlers.some((one) => one.name === "" && one.features?.recursiveReadOnlyMounts),
    imageUser: async (image) => {
      const { image: found } = await cri.images.imageStatus({ image: { image } });
      return { uid: found?.uid?.value, username: found?.username };
    },
  });
  const credentials = async (image: string, pod: Pod) => {
    const names = (pod.spec.imagePullSecrets ?? []).map(({ name = "" }) => name);
    const secrets = await Promise.all(names.map((name) => objects.secret(pod.metadata.namespace!, name)));
    return pullCredentials(
      image,
      secrets.filter((secret) => secret !== undefined),
    );
  };
  const cgroups = podCgroups({ mount: "/sys/fs/cgroup", root: cgroupRoot(settings.id), node: amounts });
  const pullRecords = pullRecordFiles(place.folders.root, log);
  return { volumes, configs, objects, credentials, pullRecords, cgroups };
}

/** The certificate of the node's own server: signed by the cluster's authority where its key is at hand. */
async function serverKeys({ folder, node, clock, random }: AgentParts, kubeconfig: string, address: string) {
  const ca = await readFile(join(folder.pki, "ca.crt"), "utf8").catch(
    () => connectionOf(parseKubeconfig(readFileSync(kubeconfig, "utf8")), (f) => readFileSync(f, "utf8")).ca ?? "",
  );
  const { cert, key } = await nodeKeys({ folder, node: node.name, address, ca, clock, random });
  return { cert, key, ca };
}
