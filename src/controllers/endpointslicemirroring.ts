// endpointslicemirroring: Endpoints that users keep for Services without selector, as slices. It refuses those that
// another controller keeps.
import { isIPv6 } from "../base/ip.ts";
import type { EndpointAddress, EndpointPort } from "../resources/core/endpoints.ts";
import { Endpoints } from "../resources/core/endpoints.ts";
import { Service } from "../resources/core/service.ts";
import type { Endpoint } from "../resources/discovery/endpoint-slice.ts";
import { EndpointSlice } from "../resources/discovery/endpoint-slice.ts";
import { equalJson } from "../schema/equality.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { KubeObject } from "../schema/resource.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import { controllerReference } from "../reconcile/owner.ts";
import { TRIGGER_TIME } from "./endpoints/service-pods.ts";
import { spread } from "./endpoints/slices.ts";
import type { PortGroup } from "./endpoints/slices.ts";
import { MANAGED_BY, SERVICE_NAME } from "./endpointslice.ts";
import { generatedPrefix, isNamespaceGoing } from "./pod-control.ts";

const MANAGER = "endpointslicemirroring-controller.k8s.io";
const SKIP = "endpointslice.kubernetes.io/skip-mirror";
const ENDPOINTS_MANAGER = "endpoints.kubernetes.io/managed-by";
/** Leader elections of old keep their record in Endpoints. */
const LEADER = "control-plane.alpha.kubernetes.io/leader";
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
/** Of each subset at most so many addresses are mirrored. */
const MAX_PER_SUBSET = 1000;

const isOurs = (slice: KubeObject): boolean => slice.metadata.labels?.[MANAGED_BY] === MANAGER;

export const endpointSliceMirroring = controller<Endpoints>({
  name: "endpointslicemirroring",
  identity: "endpointslicemirroring-controller",
  component: "endpoint-slice-mirroring-controller",
  of: Endpoints,
  maps: [
    mapping(Service, ({ metadata: { namespace, name } }) => [`${namespace}/${name}`]),
    mapping(EndpointSlice, (slice) => {
      const service = slice.metadata.labels?.[SERVICE_NAME];
      return service && isOurs(slice) ? [`${slice.metadata.namespace}/${service}`] : [];
    }),
  ],
  writes: [{ resource: EndpointSlice, verbs: ["create", "update", "delete"] }],
  async reconcile(object, { client, cache }) {
    const { namespace, name = "" } = object.metadata;
    const service = cache(Service).get({ namespace, name });
    const mine = cache(EndpointSlice)
      .list(namespace)
      .filter((slice) => isOurs(slice) && slice.metadata.labels?.[SERVICE_NAME] === name);
    const remove = async (slice: EndpointSlice) => {
      try {
        await client.delete(EndpointSlice, { namespace, name: slice.metadata.name ?? "" });
      } catch (error) {
        if (!hasReason(error, "NotFound")) throw error;
      }
    };
    if (!service || service.spec.selector || !isMirrored(object)) {
      for (const slice of mine) await remove(slice);
      return;
    }
    const labels = {
      ...without(object.metadata.labels, [ENDPOINTS_MANAGER]),
      [SERVICE_NAME]: name,
      [MANAGED_BY]: MANAGER,
    };
    const annotations = without(object.metadata.annotations, [TRIGGER_TIME, LAST_APPLIED]);
    const owners = [controllerReference(Endpoints, object)];
    for (const addressType of ["IPv4", "IPv6"] as const) {
      const slices = mine.filter((slice) => slice.addressType === addressType);
      const groups = groupsOf(object, addressType);
      // Unlike those of pods, no empty slice stays.
      if (groups.length === 0) {
        for (const slice of slices) await remove(slice);
        continue;
      }
      const { create, update, remove: gone } = spread(slices, groups, MAX_PER_SUBSET);
      for (const content of create) {
        const metadata = {
          namespace,
          generateName: generatedPrefix(name),
          labels,
          annotations,
          ownerReferences: owners,
        };
        try {
          await client.create(EndpointSlice, { metadata, addressType, endpoints: [], ports: [], ...content });
        } catch (error) {
          if (!isNamespaceGoing(error)) throw error;
        }
      }
      for (const slice of slices) {
        const same =
          equalJson(slice.metadata.labels, labels) && equalJson(slice.metadata.annotations ?? {}, annotations);
        const content = update.get(slice) ?? (same ? undefined : slice);
        if (gone.includes(slice)) await remove(slice);
        else if (content) {
          const { endpoints = [], ports = [] } = content;
          await client.update(EndpointSlice, {
            ...slice,
            metadata: { ...slice.metadata, labels, annotations, ownerReferences: owners },
            endpoints,
            ports,
          });
        }
      }
    }
  },
  // Slices of Endpoints that are gone go with them: they are owned.
});

function isMirrored({ metadata: { labels = {}, annotations = {} } }: Endpoints): boolean {
  return labels[SKIP] !== "true" && annotations[LEADER] === undefined && labels[ENDPOINTS_MANAGER] === undefined;
}

function without(
  map: Readonly<Record<string, string>> | undefined,
  keys: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !keys.includes(key)));
}

/** The addresses of one family; subsets with equal ports become one group. */
function groupsOf({ subsets = [] }: Endpoints, family: "IPv4" | "IPv6"): readonly PortGroup[] {
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>();
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    const named = ports.map((port) => ({ ...port, name: port.name ?? "" }));
    const group = groups.get(JSON.stringify(named)) ?? { ports: named, endpoints: [] };
    const of = (list: readonly EndpointAddress[]) => list.filter(({ ip }) => isIPv6(ip) === (family === "IPv6"));
    const found = [
      ...of(addresses).map((a) => endpointOf(a, true)),
      ...of(notReadyAddresses).map((a) => endpointOf(a, false)),
    ];
    if (found.length > 0) groups.set(JSON.stringify(named), group);
    group.endpoints.push(...found.slice(0, MAX_PER_SUBSET));
  }
  return [...groups.values()];
}

const endpointOf = ({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint => ({
  addresses: [ip],
  conditions: { ready },
  ...(hostname && { hostname }),
  ...(nodeName && { nodeName }),
  ...(targetRef && { targetRef }),
});
