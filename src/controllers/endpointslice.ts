// endpointslice: the pods behind each Service with a selector, as EndpointSlices. It refuses slices of other owners.
import type { EndpointHints } from "../resources/discovery/endpoint-slice.ts";
import { EndpointSlice } from "../resources/discovery/endpoint-slice.ts";
import type { Endpoint, EndpointPort } from "../resources/discovery/endpoint-slice.ts";
import { conditionsOf } from "../resources/discovery/endpoints.ts";
import { Node } from "../resources/core/node.ts";
import { Pod } from "../resources/core/pod.ts";
import { isReady, isTerminating } from "../resources/core/pod/readiness.ts";
import { Service } from "../resources/core/service.ts";
import { isIPv4, isIPv6 } from "../base/ip.ts";
import { equalJson } from "../schema/equality.ts";
import type { Client } from "../client/client.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { KubeObject } from "../schema/resource.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { ReconcileContext } from "../reconcile/controller.ts";
import { controllerReference } from "../reconcile/owner.ts";
import {
  HEADLESS_LABEL,
  TRIGGER_TIME,
  hasEndpoint,
  hostnameIn,
  isHeadless,
  isManaged,
  podsToServices,
  selectedPods,
  targetPort,
  triggerTime,
} from "./endpoints/service-pods.ts";
import { spread } from "./endpoints/slices.ts";
import type { Content, PortGroup } from "./endpoints/slices.ts";
import { generatedPrefix, isNamespaceGoing } from "./pod-control.ts";

export const SERVICE_NAME = "kubernetes.io/service-name";
export const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const MANAGER = "endpointslice-controller.k8s.io";
const ZONE = "topology.kubernetes.io/zone";
/** Labels of a slice that do not come from its service. */
const RESERVED: ReadonlySet<string> = new Set([SERVICE_NAME, MANAGED_BY, HEADLESS_LABEL]);
const PODS_BY_NODE = "node";

const isOurs = (slice: KubeObject): boolean => slice.metadata.labels?.[MANAGED_BY] === MANAGER;

export const endpointSlice = controller<Service>({
  name: "endpointslice",
  identity: "endpointslice-controller",
  component: "endpoint-slice-controller",
  of: Service,
  maps: [
    podsToServices,
    mapping(EndpointSlice, (slice) => {
      const service = slice.metadata.labels?.[SERVICE_NAME];
      return service && isOurs(slice) ? [`${slice.metadata.namespace}/${service}`] : [];
    }),
    // The zone of a node is told of each endpoint on it.
    mapping(Node, (node, { old, deleted, cache }) => {
      if (old && !deleted && old.metadata.labels?.[ZONE] === node.metadata.labels?.[ZONE]) return [];
      return cache(Pod)
        .by(PODS_BY_NODE, node.metadata.name ?? "")
        .flatMap((pod) => [...podsToServices.keys(pod, { old: undefined, deleted: false, cache })]);
    }),
  ],
  indexes: [
    { of: Pod, name: PODS_BY_NODE, values: (pod) => ((pod as Pod).spec.nodeName ? [(pod as Pod).spec.nodeName!] : []) },
  ],
  writes: [{ resource: EndpointSlice, verbs: ["create", "update", "delete"] }],
  async reconcile(service, context) {
    if (!isManaged(service) || service.metadata.deletionTimestamp) return;
    const pods = selectedPods(service, context.cache(Pod)).filter(hasEndpoint);
    const trigger = triggerTime(service, pods);
    const mine = context
      .cache(EndpointSlice)
      .list(service.metadata.namespace)
      .filter(
        (slice) =>
          isOurs(slice) &&
          slice.metadata.labels?.[SERVICE_NAME] === service.metadata.name &&
          !slice.metadata.deletionTimestamp,
      );
    const families = service.spec.ipFamilies?.length ? service.spec.ipFamilies : (["IPv4"] as const);
    const writer = new SliceWriter(service, context.client, trigger);
    const skipped: string[] = [];
    for (const slice of mine) if (!families.some((family) => family === slice.addressType)) await writer.remove(slice);
    for (const family of families) {
      if (family === "") continue;
      const slices = mine.filter((slice) => slice.addressType === family);
      const { create, update, remove } = spread(slices, groupsOf(service, pods, family, { context, skipped }));
      const labels = labelsOf(service);
      for (const content of create) await writer.create(family, labels, content);
      for (const slice of slices) {
        const content = update.get(slice);
        if (content) await writer.update(slice, labels, content);
        else if (remove.includes(slice)) await writer.remove(slice);
        else if (!equalJson(labels, slice.metadata.labels))
          await writer.update(slice, labels, { ports: slice.ports ?? [], endpoints: slice.endpoints ?? [] });
      }
    }
    if (skipped.length === 0) return;
    const { namespace, name } = service.metadata;
    const why = skipped.length === 1 ? skipped[0] : `[${skipped.join(", ")}]`;
    const text = `Error updating Endpoint Slices for Service ${namespace}/${name}: ${why}`;
    context.events.record(service, "Warning", "FailedToUpdateEndpointSlices", text);
  },
});

function labelsOf(service: Service): Readonly<Record<string, string>> {
  const own = Object.entries(service.metadata.labels ?? {}).filter(([key]) => !RESERVED.has(key));
  return {
    ...Object.fromEntries(own),
    ...(isHeadless(service) && { [HEADLESS_LABEL]: "" }),
    [SERVICE_NAME]: service.metadata.name ?? "",
    [MANAGED_BY]: MANAGER,
  };
}

interface Gathering {
  readonly context: ReconcileContext;
  /** Why pods were left out. */
  readonly skipped: string[];
}

/** The endpoints of one address family, those with equal ports together. */
function groupsOf(
  service: Service,
  pods: readonly Pod[],
  family: "IPv4" | "IPv6",
  { context: { cache }, skipped }: Gathering,
): readonly PortGroup[] {
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>();
  for (const pod of pods) {
    const addresses = (pod.status.podIPs?.map(({ ip }) => ip ?? "") ?? [pod.status.podIP ?? ""]).filter(
      family === "IPv6" ? isIPv6 : isIPv4,
    );
    if (addresses.length === 0) continue;
    const node = pod.spec.nodeName ? cache(Node).get({ name: pod.spec.nodeName }) : undefined;
    // A pod whose node is gone will soon be gone as well.
    if (pod.spec.nodeName && !node && !service.spec.publishNotReadyAddresses) {
      const of = `${service.metadata.namespace}/${service.metadata.name}`;
      const text = `skipping Pod ${pod.metadata.name} for Service ${of}: Node ${pod.spec.nodeName} Not Found`;
      if (!skipped.includes(text)) skipped.push(text);
      continue;
    }
    const ports = portsOf(service, pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, group);
    group.endpoints.push(endpointOf(service, pod, addresses, node?.metadata.labels?.[ZONE]));
  }
  return [...groups.values()];
}

function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const number = targetPort(port, pod);
    if (number === undefined) return [];
    const { name = "", protocol, appProtocol } = port;
    return [{ name, ...(protocol && { protocol }), port: number, ...(appProtocol !== undefined && { appProtocol }) }];
  });
}

function endpointOf(service: Service, pod: Pod, addresses: readonly string[], zone: string | undefined): Endpoint {
  const { nodeName } = pod.spec;
  const { namespace, name, uid } = pod.metadata;
  const hostname = hostnameIn(pod, service);
  const conditions = conditionsOf(
    { ready: isReady(pod), terminating: isTerminating(pod) },
    service.spec.publishNotReadyAddresses ?? false,
  );
  const { trafficDistribution } = service.spec;
  const hints = conditions.ready && !wantsBalance(service) ? hintsOf(trafficDistribution, nodeName, zone) : undefined;
  return {
    addresses,
    conditions,
    ...(hostname && { hostname }),
    targetRef: { kind: "Pod", namespace, name, uid },
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
    ...(hints && { hints }),
  };
}

/** Whether the service asks for hints that weigh zones against each other: then its other wish does not count. */
function wantsBalance({ metadata: { annotations } }: Service): boolean {
  const mode =
    annotations?.["service.kubernetes.io/topology-aware-hints"] ?? annotations?.["service.kubernetes.io/topology-mode"];
  return mode === "Auto" || mode === "auto";
}

/** For whom an endpoint is meant, by the service's wish: its own zone, its own node. */
function hintsOf(
  distribution: string | undefined,
  nodeName: string | undefined,
  zone: string | undefined,
): EndpointHints | undefined {
  const forZones = zone ? { forZones: [{ name: zone }] } : {};
  switch (distribution) {
    case "PreferClose":
    case "PreferSameZone":
      return zone ? forZones : undefined;
    case "PreferSameNode":
      return nodeName ? { ...forZones, forNodes: [{ name: nodeName }] } : undefined;
    default:
      return undefined;
  }
}

/** Writes the slices of one owner. */
class SliceWriter {
  readonly #owner: Service;
  readonly #client: Client;
  readonly #annotations: Readonly<Record<string, string>>;

  constructor(owner: Service, client: Client, trigger: string | undefined) {
    this.#owner = owner;
    this.#client = client;
    this.#annotations = trigger === undefined ? {} : { [TRIGGER_TIME]: trigger };
  }

  async create(
    addressType: "IPv4" | "IPv6",
    labels: Readonly<Record<string, string>>,
    content: Content,
  ): Promise<void> {
    const { namespace, name = "" } = this.#owner.metadata;
    const metadata = {
      namespace,
      generateName: generatedPrefix(name),
      labels,
      annotations: this.#annotations,
      ownerReferences: [controllerReference(Service, this.#owner)],
    };
    try {
      await this.#client.create(EndpointSlice, { metadata, addressType, endpoints: [], ports: [], ...content });
    } catch (error) {
      if (!isNamespaceGoing(error)) throw error;
    }
  }

  async update(slice: EndpointSlice, labels: Readonly<Record<string, string>>, content: Content): Promise<void> {
    const annotations = { ...slice.metadata.annotations, ...this.#annotations };
    const metadata = {
      ...slice.metadata,
      labels,
      annotations,
      ownerReferences: [controllerReference(Service, this.#owner)],
    };
    const { endpoints = [], ports = [] } = content;
    await this.#client.update(EndpointSlice, { ...slice, metadata, endpoints, ports });
  }

  async remove({ metadata: { namespace, name = "" } }: EndpointSlice): Promise<void> {
    try {
      await this.#client.delete(EndpointSlice, { namespace, name });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}
