// endpoints: the pods behind each Service with a selector, in one object. It refuses more than a thousand addresses, and
// what slices know beyond it.
import type { EndpointAddress, EndpointPort, EndpointSubset } from "../resources/core/endpoints.ts";
import { Endpoints } from "../resources/core/endpoints.ts";
import { Pod } from "../resources/core/pod.ts";
import { isReady, isTerminating } from "../resources/core/pod/readiness.ts";
import { Service } from "../resources/core/service.ts";
import { isIPv6 } from "../base/ip.ts";
import { equalJson } from "../schema/equality.ts";
import { hasReason } from "../schema/meta/status.ts";
import { controller, mapping } from "../reconcile/controller.ts";
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
import { isNamespaceGoing } from "./pod-control.ts";

const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const MANAGER = "endpoint-controller";
const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";
/** The most addresses that one object may hold. */
const CAPACITY = 1000;

export const endpoints = controller<Service>({
  name: "endpoints",
  identity: "endpoint-controller",
  of: Service,
  maps: [
    podsToServices,
    // Endpoints of nobody are somebody's own: only those that went, or that this controller made, are looked at.
    mapping(Endpoints, (object, { deleted }) =>
      deleted || isMarkedOurs(object) ? [`${object.metadata.namespace}/${object.metadata.name}`] : [],
    ),
  ],
  writes: [{ resource: Endpoints, verbs: ["create", "update", "delete"] }],
  async reconcile(service, { client, cache }) {
    if (!isManaged(service) || service.metadata.deletionTimestamp) return;
    const { namespace, name = "" } = service.metadata;
    const pods = selectedPods(service, cache(Pod)).filter(hasEndpoint);
    const whole = packed(service, pods);
    const { subsets, truncated } = within(whole);
    const found = cache(Endpoints).get({ namespace, name });
    const labels = {
      ...service.metadata.labels,
      [MANAGED_BY]: MANAGER,
      ...(isHeadless(service) && { [HEADLESS_LABEL]: "" }),
    };
    if (
      found &&
      equalJson(found.subsets ?? [], subsets) &&
      equalJson(found.metadata.labels, labels) &&
      isMarked(found) === truncated
    )
      return;
    const trigger = triggerTime(service, pods);
    const { [OVER_CAPACITY]: _, ...before } = found?.metadata.annotations ?? {};
    const annotations = {
      ...before,
      ...(trigger && { [TRIGGER_TIME]: trigger }),
      ...(truncated && { [OVER_CAPACITY]: "truncated" }),
    };
    const content = subsets.length > 0 ? { subsets } : {};
    try {
      if (found) {
        const { subsets: __, ...rest } = found;
        await client.update(Endpoints, { ...rest, metadata: { ...found.metadata, labels, annotations }, ...content });
      } else await client.create(Endpoints, { metadata: { namespace, name, labels, annotations }, ...content });
    } catch (error) {
      if (!isNamespaceGoing(error)) throw error;
    }
  },
  // Those that users made for services without selector go as well: a service that is gone has no endpoints.
  async gone({ namespace, name }, { client, cache }) {
    if (!cache(Endpoints).get({ namespace, name })) return;
    try {
      await client.delete(Endpoints, { namespace, name });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  },
});

const isMarked = (object: Endpoints): boolean => object.metadata.annotations?.[OVER_CAPACITY] !== undefined;
const isMarkedOurs = (object: Endpoints): boolean => object.metadata.labels?.[MANAGED_BY] === MANAGER;

type Placed = { readonly address: EndpointAddress; readonly ready: boolean; readonly ports: readonly EndpointPort[] };

/** One subset for each set of ports; addresses and ports in order. */
function packed(service: Service, pods: readonly Pod[]): readonly EndpointSubset[] {
  const publishAll = service.spec.publishNotReadyAddresses ?? false;
  const wantsIPv6 = service.spec.ipFamilies?.[0] === "IPv6";
  const placed: Placed[] = [];
  for (const pod of pods) {
    if (isTerminating(pod) && !publishAll) continue;
    const ips = pod.status.podIPs?.map(({ ip }) => ip ?? "") ?? [pod.status.podIP ?? ""];
    const ip = ips.find((one) => isIPv6(one) === wantsIPv6);
    if (!ip) continue;
    placed.push({
      address: addressOf(service, pod, ip),
      ready: publishAll || isReady(pod),
      ports: portsOf(service, pod),
    });
  }
  const groups = Map.groupBy(
    placed.filter(({ ports }) => ports.length > 0 || (service.spec.ports ?? []).length === 0),
    ({ ports }) => JSON.stringify(ports),
  );
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, members]) => {
      const list = (ready: boolean) =>
        members
          .filter((member) => member.ready === ready)
          .map(({ address }) => address)
          .sort((a, b) => (a.ip < b.ip ? -1 : 1));
      const [addresses, notReadyAddresses] = [list(true), list(false)];
      const { ports } = members[0]!;
      return {
        ...(addresses.length > 0 && { addresses }),
        ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
        ...(ports.length > 0 && { ports }),
      };
    });
}

function addressOf(service: Service, pod: Pod, ip: string): EndpointAddress {
  const { namespace, name, uid } = pod.metadata;
  const hostname = hostnameIn(pod, service);
  return {
    ip,
    ...(hostname && { hostname }),
    ...(pod.spec.nodeName && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}

function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  return (service.spec.ports ?? [])
    .flatMap((port) => {
      const number = targetPort(port, pod);
      if (number === undefined) return [];
      const { name, protocol, appProtocol } = port;
      return [
        {
          ...(name && { name }),
          port: number,
          ...(protocol && { protocol }),
          ...(appProtocol !== undefined && { appProtocol }),
        },
      ];
    })
    .sort((a, b) => ((a.name ?? "") < (b.name ?? "") ? -1 : 1));
}

/** At most {@link CAPACITY} addresses, ready ones first. */
function within(subsets: readonly EndpointSubset[]): {
  readonly subsets: readonly EndpointSubset[];
  readonly truncated: boolean;
} {
  const count = subsets.reduce(
    (n, { addresses = [], notReadyAddresses = [] }) => n + addresses.length + notReadyAddresses.length,
    0,
  );
  if (count <= CAPACITY) return { subsets, truncated: false };
  let room = CAPACITY;
  const take = (list: readonly EndpointAddress[] | undefined) => {
    const part = (list ?? []).slice(0, room);
    room -= part.length;
    return part;
  };
  const ready = subsets.map(({ addresses }) => take(addresses));
  const unready = subsets.map(({ notReadyAddresses }) => take(notReadyAddresses));
  const kept = subsets.flatMap(({ ports }, i) => {
    const [addresses, notReadyAddresses] = [ready[i]!, unready[i]!];
    if (addresses.length + notReadyAddresses.length === 0) return [];
    return [
      {
        ...(addresses.length > 0 && { addresses }),
        ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
        ...(ports && { ports }),
      },
    ];
  });
  return { subsets: kept, truncated: true };
}
