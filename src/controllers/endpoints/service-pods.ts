// Which pods stand behind a Service and what each of its ports means on them. Pure, and shared by Endpoints and
// EndpointSlices. It refuses to know slices and subsets.
import { parseTime } from "../../base/timestamp.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { condition, isTerminal } from "../../resources/core/pod/readiness.ts";
import type { Service } from "../../resources/core/service.ts";
import type { ServicePort } from "../../resources/core/service/object.ts";
import { labelQueryOfMap } from "../../schema/label-selector.ts";
import type { Mapping, Reader } from "../../reconcile/controller.ts";
import { mapping } from "../../reconcile/controller.ts";
import { Pod as PodResource } from "../../resources/core/pod.ts";
import { Service as ServiceResource } from "../../resources/core/service.ts";
import { equalJson } from "../../schema/equality.ts";

export const HEADLESS_LABEL = "service.kubernetes.io/headless";
export const TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";

/** Headless services, and those that have no address yet. */
export const isHeadless = ({ spec }: Service): boolean => !spec.clusterIP || spec.clusterIP === "None";

/** Endpoints are the user's own for services without selector, and there are none for names elsewhere. */
export const isManaged = ({ spec }: Service): boolean => spec.selector !== undefined && spec.type !== "ExternalName";

export const selectedPods = (service: Service, pods: Reader<Pod>): readonly Pod[] => {
  const selector = labelQueryOfMap(service.spec.selector);
  return pods.list(service.metadata.namespace ?? "").filter((pod) => selector.matches(pod.metadata.labels ?? {}));
};

/** Over, or without an address: nothing to send traffic to. */
export const hasEndpoint = (pod: Pod): boolean =>
  !isTerminal(pod) && Boolean(pod.status.podIP || pod.status.podIPs?.length);

/** The host name that DNS gives the pod under this service. */
export const hostnameIn = (pod: Pod, service: Service): string | undefined =>
  pod.spec.hostname && pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined;

/** The number behind a service's port on this pod; undefined when the pod does not have a port of that name. */
export function targetPort(port: ServicePort, pod: Pod): number | undefined {
  const { targetPort: target, protocol = "TCP" } = port;
  if (typeof target === "number") return target || port.port;
  if (target === undefined || target === "") return port.port;
  const sidecars = (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always");
  for (const { ports = [] } of [...pod.spec.containers, ...sidecars]) {
    const found = ports.find((p) => p.name === target && (p.protocol ?? "TCP") === protocol);
    if (found) return found.containerPort;
  }
  return undefined;
}

/** What the change was that the present endpoints follow from: the newest readiness of a pod, or the service itself. */
export function triggerTime(service: Service, pods: readonly Pod[]): string | undefined {
  const times = pods.flatMap((pod) => condition(pod, "Ready")?.lastTransitionTime ?? []);
  return times.reduce<string | undefined>(
    (a, b) => (a === undefined || parseTime(a).ms < parseTime(b).ms ? b : a),
    service.metadata.creationTimestamp,
  );
}

/** What of a pod matters to endpoints. */
const outward = ({ metadata, spec, status }: Pod) => [
  metadata.labels,
  metadata.deletionTimestamp,
  spec.nodeName,
  spec.hostname,
  spec.subdomain,
  status.phase,
  status.podIP,
  status.podIPs,
  status.conditions?.find((c) => c.type === "Ready")?.status,
];

/** Changes of pods concern the services that select them, now or before. */
export const podsToServices: Mapping = mapping(PodResource, (pod, { old, deleted, cache }) => {
  if (old && !deleted && equalJson(outward(old), outward(pod))) return [];
  const { namespace = "" } = pod.metadata;
  const versions = old ? [old, pod] : [pod];
  return cache(ServiceResource)
    .list(namespace)
    .filter(
      (service) =>
        isManaged(service) &&
        versions.some((v) => labelQueryOfMap(service.spec.selector).matches(v.metadata.labels ?? {})),
    )
    .map((service) => `${namespace}/${service.metadata.name}`);
});
