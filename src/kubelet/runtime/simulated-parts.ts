// Volumes and configurations for the simulated runtime, which mounts nothing: the twins of volumes/ and container/. It
// refuses to read ConfigMaps and Secrets: what must hold a pod is said by the caller.
import type { Pod } from "../../resources/core/pod.ts";
import { ContainerConfig } from "../../wire/cri/container-config.ts";
import { PodSandboxConfig } from "../../wire/cri/sandbox-config.ts";
import { ANNOTATIONS, LABELS } from "../parts.ts";
import { containerResources } from "../container/resources.ts";
import type { AnyContainer, PodConfigs, PodVolumes } from "../parts.ts";

/** `hold` may throw NotYet for a pod whose volumes cannot be had. */
export function simulatedVolumes(hold?: (pod: Pod) => void): PodVolumes {
  const folders = new Set<string>();
  return {
    async prepare(pod) {
      folders.add(pod.metadata.uid!);
      hold?.(pod);
    },
    async remove(podUid) {
      folders.delete(podUid);
    },
    leftovers: async () => [...folders],
  };
}

/** `hold` may throw NotYet for a container that lacks something. */
export function simulatedConfigs(hold?: (pod: Pod, container: AnyContainer) => void): PodConfigs {
  return {
    async sandbox(pod, attempt) {
      const { name = "", namespace = "", uid = "" } = pod.metadata;
      const config = {
        metadata: { name, namespace, uid, attempt },
        hostname: name,
        logDirectory: `/var/log/pods/${namespace}_${name}_${uid}`,
        labels: { ...pod.metadata.labels, ...podLabels(pod) },
        linux: {
          securityContext: {
            namespaceOptions: { network: pod.spec.hostNetwork ? ("NODE" as const) : ("POD" as const) },
          },
        },
      };
      return PodSandboxConfig.decode(PodSandboxConfig.encode(config));
    },
    async container(pod, container, { attempt, imageRef }) {
      hold?.(pod, container);
      const path = container.terminationMessagePath ?? "/dev/termination-log";
      const { uid = "" } = pod.metadata;
      const config = {
        metadata: { name: container.name, attempt },
        image: { image: imageRef, userSpecifiedImage: container.image ?? "" },
        command: container.command ?? [],
        args: container.args ?? [],
        logPath: `${container.name}/${attempt}.log`,
        mounts: [{ containerPath: path, hostPath: `/pods/${uid}/containers/${container.name}/${attempt}` }],
        labels: { ...podLabels(pod), [LABELS.containerName]: container.name },
        annotations: {
          [ANNOTATIONS.terminationMessagePath]: path,
          [ANNOTATIONS.terminationMessagePolicy]: container.terminationMessagePolicy ?? "File",
        },
      };
      return ContainerConfig.decode(ContainerConfig.encode(config));
    },
    // Of a node with one cpu and one GiB.
    resources: (pod, resources) =>
      containerResources(pod, resources, { milliCpu: 1000, memoryBytes: 2 ** 30, ephemeralBytes: 2 ** 34 }),
  };
}

function podLabels({ metadata }: Pod): Record<string, string> {
  const { name = "", namespace = "", uid = "" } = metadata;
  return { [LABELS.podName]: name, [LABELS.podNamespace]: namespace, [LABELS.podUid]: uid };
}
