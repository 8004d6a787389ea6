// What the runtime is told about pods and containers: composes the pure parts of this folder, and writes the few files that
// containers share with the node. It refuses to talk to the runtime.
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { createHash } from "node:crypto";
import type { Pod } from "../../resources/core/pod.ts";
import { dottedSysctl } from "../../resources/core/pod/sysctls.ts";
import type { Service } from "../../resources/core/service.ts";
import type { ContainerConfig } from "../../wire/cri/container-config.ts";
import type { PodSandboxConfig } from "../../wire/cri/sandbox-config.ts";
import type { MessageInit } from "../../wire/protobuf/message.ts";
import { ANNOTATIONS, LABELS, NotYet } from "../parts.ts";
import type { AnyContainer, PodConfigs } from "../parts.ts";
import type { ImageVolumes } from "../volumes/image-volumes.ts";
import type { ReferredObjects } from "../volumes/objects.ts";
import type { NodeFolders } from "../volumes/paths.ts";
import { hostMounter } from "../volumes/binding.ts";
import { hostsFile, podLogFolder, terminationFile } from "../volumes/paths.ts";
import type { NodeDns } from "./dns.ts";
import { podDns } from "./dns.ts";
import { environment } from "./environment.ts";
import { expand } from "./expansion.ts";
import { hostsText, kernelHostname } from "./hosts.ts";
import { volumeMounts } from "./mounts.ts";
import type { NodeAmounts } from "./resources.ts";
import { cgroupParent, containerResources, podResources } from "./resources.ts";
import { containerSecurity, sandboxSecurity, wantsImageUser } from "./security.ts";
import { readInside } from "./sub-paths.ts";
import type { Mounter } from "./sub-paths.ts";
import { volumePath } from "../volumes/volumes.ts";
import { serviceEnvironment } from "./service-environment.ts";

export interface ConfigsOptions {
  readonly folders: NodeFolders;
  readonly nodeName: string;
  readonly hostIPs: readonly string[];
  readonly node: NodeAmounts;
  /** What containers without limits are told that theirs are. */
  readonly allocatable: NodeAmounts;
  /** Where the cluster's cgroups begin: `/kaji-ID`. */
  readonly cgroupRoot: string;
  readonly dns: () => NodeDns;
  readonly services: () => readonly Service[];
  readonly objects: ReferredObjects;
  /** How parts of volumes are shown to containers; this machine's own way if left out. */
  readonly mounter?: Mounter | undefined;
  /** Shows images as volumes; without it that is left to the runtime. */
  readonly imageVolumes?: Pick<ImageVolumes, "show"> | undefined;
  /** Whether the runtime makes mounts read-only with all that is mounted below them. */
  readonly hasRecursiveReadOnly?: boolean | undefined;
  /** The user that an image runs as, for runAsNonRoot. */
  readonly imageUser: (
    imageRef: string,
  ) => Promise<{ readonly uid?: number | undefined; readonly username?: string | undefined }>;
}

export function podConfigs(options: ConfigsOptions): PodConfigs {
  return {
    sandbox: (pod, attempt) => sandboxConfig(pod, attempt, options),
    container: (pod, container, facts) => containerConfig(pod, container, facts, options),
    resources: (pod, resources) => containerResources(pod, resources, options.node),
  };
}

const identity = (pod: Pod) => ({
  name: pod.metadata.name ?? "",
  namespace: pod.metadata.namespace ?? "",
  uid: pod.metadata.uid ?? "",
});

const podLabels = (pod: Pod) => ({
  [LABELS.podName]: pod.metadata.name ?? "",
  [LABELS.podNamespace]: pod.metadata.namespace ?? "",
  [LABELS.podUid]: pod.metadata.uid ?? "",
});

async function sandboxConfig(
  pod: Pod,
  attempt: number,
  { folders, cgroupRoot, dns }: ConfigsOptions,
): Promise<PodSandboxConfig> {
  // Running it with the node's users would take away the protection that was asked for.
  if (pod.spec.hostUsers === false)
    throw new Error("can't set `spec.hostUsers: false`, runtime does not support user namespaces");
  const logDirectory = podLogFolder(folders, identity(pod));
  await mkdir(logDirectory, { recursive: true, mode: 0o755 });
  const ports = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap((c) => c.ports ?? []);
  const config: MessageInit<typeof PodSandboxConfig> = {
    metadata: { ...identity(pod), attempt },
    ...(!pod.spec.hostNetwork && { hostname: kernelHostname(pod, dns().clusterDomain) }),
    logDirectory,
    dnsConfig: podDns(pod, dns()),
    portMappings: pod.spec.hostNetwork
      ? []
      : ports.flatMap((p) =>
          p.hostPort
            ? [
                {
                  protocol: p.protocol ?? "TCP",
                  containerPort: p.containerPort,
                  hostPort: p.hostPort,
                  hostIp: p.hostIP ?? "",
                },
              ]
            : [],
        ),
    labels: { ...pod.metadata.labels, ...podLabels(pod) },
    annotations: { ...pod.metadata.annotations },
    linux: {
      cgroupParent: cgroupParent(cgroupRoot, pod),
      securityContext: sandboxSecurity(pod, join(folders.root, "seccomp")),
      sysctls: Object.fromEntries(
        (pod.spec.securityContext?.sysctls ?? []).map((s) => [dottedSysctl(s.name), s.value]),
      ),
      resources: podResources(pod),
    },
  };
  return config as PodSandboxConfig;
}

type ContainerFacts = Parameters<PodConfigs["container"]>[2];

async function containerConfig(
  pod: Pod,
  container: AnyContainer,
  facts: ContainerFacts,
  options: ConfigsOptions,
): Promise<ContainerConfig> {
  const { folders, nodeName, hostIPs, allocatable, objects } = options;
  await refuseRoot(pod, container, facts.imageRef, options);
  const imageUser = wantsImageUser(pod, container) ? await options.imageUser(facts.imageRef) : undefined;
  const services = serviceEnvironment(
    pod.metadata.namespace ?? "",
    options.services(),
    pod.spec.enableServiceLinks ?? true,
  );
  const podIPs = pod.spec.hostNetwork ? hostIPs : facts.podIPs;
  const variables = await environment(pod, container, {
    objects,
    node: allocatable,
    services,
    place: { podIPs, hostIPs, nodeName },
    file: (volume, path) => volumeFile(pod, volume, path, folders),
  });
  const mounts = [
    ...(await volumeMounts(pod, container, {
      folders,
      variables,
      mounter: options.mounter ?? hostMounter,
      volumeImages: facts.volumeImages,
      imageVolumes: options.imageVolumes,
      hasRecursiveReadOnly: options.hasRecursiveReadOnly ?? false,
    })),
    ...(await ownMounts(pod, container, podIPs, facts.attempt, options)),
  ];
  const text = (list: readonly string[] | undefined) =>
    (list ?? []).map((part) => expand(part, (name) => variables.get(name)));
  const config: MessageInit<typeof ContainerConfig> = {
    metadata: { name: container.name, attempt: facts.attempt },
    image: { image: facts.imageRef, userSpecifiedImage: container.image ?? "" },
    command: text(container.command),
    args: text(container.args),
    workingDir: container.workingDir ?? "",
    envs: [...variables].map(([key, value]) => ({ key, value: Buffer.from(value) })),
    mounts,
    labels: {
      ...podLabels(pod),
      [LABELS.containerName]: container.name,
      [LABELS.containerType]: typeOf(pod, container),
    },
    annotations: annotations(pod, container, facts.attempt),
    logPath: join(container.name, `${facts.attempt}.log`),
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    linux: {
      resources: containerResources(pod, container.resources, options.node, typeOf(pod, container) === "sidecar"),
      securityContext: containerSecurity(pod, container, { seccompFolder: join(folders.root, "seccomp"), imageUser }),
    },
  };
  await mkdir(join(facts.sandbox.logDirectory, container.name), { recursive: true, mode: 0o755 });
  return config as ContainerConfig;
}

const LARGEST_ENV_FILE = 1 << 20;

async function volumeFile(pod: Pod, name: string, path: string, folders: NodeFolders) {
  const volume = pod.spec.volumes?.find((one) => one.name === name);
  if (volume === undefined)
    throw new NotYet("CreateContainerConfigError", `cannot find the volume "${name}" referenced by FileKeyRef`);
  const base = volumePath(folders, pod, volume);
  const parts = normalize(path)
    .split("/")
    .filter((part) => part !== "" && part !== "." && part !== "..");
  try {
    return { text: await readInside(base, parts, LARGEST_ENV_FILE), place: join(base, ...parts) };
  } catch (error) {
    throw new NotYet("CreateContainerConfigError", "couldn't parse env file", { cause: error });
  }
}

function typeOf(pod: Pod, container: AnyContainer): "init" | "sidecar" | "app" | "ephemeral" {
  if (pod.spec.initContainers?.some((c) => c.name === container.name))
    return (container as { restartPolicy?: string }).restartPolicy === "Always" ? "sidecar" : "init";
  return pod.spec.ephemeralContainers?.some((c) => c.name === container.name) ? "ephemeral" : "app";
}

const annotations = (pod: Pod, container: AnyContainer, attempt: number) => ({
  [ANNOTATIONS.restartCount]: String(attempt),
  [ANNOTATIONS.terminationMessagePath]: container.terminationMessagePath ?? "",
  [ANNOTATIONS.terminationMessagePolicy]: container.terminationMessagePolicy ?? "",
  [ANNOTATIONS.specHash]: createHash("sha256")
    .update(`${container.name}\0${container.image ?? ""}`)
    .digest("hex")
    .slice(0, 8),
  [ANNOTATIONS.terminationGracePeriod]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
  ...(container.lifecycle?.preStop && { [ANNOTATIONS.preStopHandler]: JSON.stringify(container.lifecycle.preStop) }),
});

/** /etc/hosts and the file for the termination message, unless the container mounts something there itself. */
async function ownMounts(
  pod: Pod,
  container: AnyContainer,
  podIPs: readonly string[],
  attempt: number,
  { folders, dns }: ConfigsOptions,
) {
  const uid = pod.metadata.uid ?? "";
  const taken = new Set((container.volumeMounts ?? []).map((m) => m.mountPath));
  const mounts: { containerPath: string; hostPath: string; readonly: boolean }[] = [];
  if (!taken.has("/etc/hosts")) {
    const path = hostsFile(folders, uid);
    await mkdir(dirname(path), { recursive: true, mode: 0o750 });
    const host = pod.spec.hostNetwork ? await readFile("/etc/hosts", "utf8") : "";
    const text = hostsText(pod, podIPs, dns().clusterDomain, host);
    // Running containers have this very file: it is not emptied and written anew without need, on a full disk least of all.
    if ((await readFile(path, "utf8").catch(() => "")) !== text) await writeFile(path, text, { mode: 0o644 });
    mounts.push({ containerPath: "/etc/hosts", hostPath: path, readonly: false });
  }
  const message = container.terminationMessagePath;
  if (message && !taken.has(message)) {
    const path = terminationFile(folders, uid, container.name, attempt);
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await writeFile(path, "");
    // Whoever the container runs as may write it, whatever mask this process has.
    await chmod(path, 0o666);
    mounts.push({ containerPath: message, hostPath: path, readonly: false });
  }
  return mounts;
}

async function refuseRoot(
  pod: Pod,
  container: AnyContainer,
  imageRef: string,
  { imageUser }: ConfigsOptions,
): Promise<void> {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  if (!(own.runAsNonRoot ?? shared.runAsNonRoot)) return;
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
  const user = own.runAsUser ?? shared.runAsUser;
  if (user !== undefined) {
    if (user === 0)
      throw new NotYet("CreateContainerConfigError", `container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  const image = await imageUser(imageRef);
  if (image.uid === 0 || (image.uid === undefined && !image.username))
    throw new NotYet("CreateContainerConfigError", `container has runAsNonRoot and image will run as root ${where}`);
  if (image.uid === undefined)
    throw new NotYet(
      "CreateContainerConfigError",
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`,
    );
}
