// The seams inside the kubelet: what the shell that acts for a pod (pod/act.ts) needs of the rooms around it.
// It refuses to hold code: volumes/, container/ and the simulation implement these.
import type { Pod } from "../resources/core/pod.ts";
import type { Container } from "../resources/core/pod/container.ts";
import type { EphemeralContainer } from "../resources/core/pod/ephemeral-container.ts";
import type { ResourceRequirements } from "../resources/core/pod/resources.ts";
import type { LinuxContainerResources } from "../wire/cri/resources.ts";
import type { ContainerConfig } from "../wire/cri/container-config.ts";
import type { PodSandboxConfig } from "../wire/cri/sandbox-config.ts";

/** Any of a pod's containers: init, sidecar, app or ephemeral. */
export type AnyContainer = Container | EphemeralContainer;

/** Something that a pod needs is not there yet; tried again later. `reason` and `message` are for status and event. */
export class NotYet extends Error {
  override readonly name = "NotYet";
  /** As in a container's waiting state or an event: `CreateContainerConfigError`, `FailedMount` … */
  readonly reason: string;
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** A pod's volumes and files on this node. All calls may be repeated; folders survive a restart of the kubelet. */
export interface PodVolumes {
  /** Makes every volume of the pod, or brings it up to date. Throws {@link NotYet} (`FailedMount`) for what cannot be had now. */
  prepare(pod: Pod, signal: AbortSignal): Promise<void>;
  /** Undoes mounts and removes the pod's folder. */
  remove(podUid: string): Promise<void>;
  /** The uids of pods that have a folder on this node, wanted or not. */
  leftovers(): Promise<readonly string[]>;
}

/** The ConfigMaps and Secrets that pods refer to: kept up to date for as long as somebody holds them. */
export interface PodObjects {
  /** What the pod refers to now; may be repeated. */
  hold(pod: Pod): void;
  release(podUid: string): void;
  /** Calls with the uid of each pod of which an object has changed, come or gone. Answers how to stop. */
  listen(listener: (podUid: string) => void): () => void;
}

/** What the runtime is told about a pod and its containers. */
export interface PodConfigs {
  sandbox(pod: Pod, attempt: number): Promise<PodSandboxConfig>;
  /**
   * `podIPs` are the sandbox's addresses ([] on the host's network: the node's). `imageRef` is what the runtime calls the
   * image. Throws {@link NotYet} (`CreateContainerConfigError`) when a ConfigMap, Secret or key is missing.
   */
  container(
    pod: Pod,
    container: AnyContainer,
    facts: {
      readonly attempt: number;
      readonly podIPs: readonly string[];
      readonly imageRef: string;
      /** What the runtime calls the images of the volumes that the container mounts, by volume. */
      readonly volumeImages?: Readonly<Record<string, string>> | undefined;
      readonly sandbox: PodSandboxConfig;
    },
  ): Promise<ContainerConfig>;
  /** A container's amounts in the kernel's figures. */
  resources(pod: Pod, resources: ResourceRequirements): Partial<LinuxContainerResources>;
}

/** Labels on sandboxes and containers by which a kubelet finds its own again after a crash. */
export const LABELS = {
  podName: "io.kubernetes.pod.name",
  podNamespace: "io.kubernetes.pod.namespace",
  podUid: "io.kubernetes.pod.uid",
  containerName: "io.kubernetes.container.name",
  /** init, sidecar, app or ephemeral. */
  containerType: "io.kaji.container.type",
} as const;

/** Annotations of a container for what must outlive the kubelet's memory. */
export const ANNOTATIONS = {
  restartCount: "io.kubernetes.container.restartCount",
  terminationMessagePath: "io.kubernetes.container.terminationMessagePath",
  terminationMessagePolicy: "io.kubernetes.container.terminationMessagePolicy",
  /** Of image, command and name: only when these change is a running container replaced. */
  specHash: "io.kubernetes.container.hash",
  terminationGracePeriod: "io.kubernetes.pod.terminationGracePeriod",
  preStopHandler: "io.kubernetes.container.preStopHandler",
} as const;
