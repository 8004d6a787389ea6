// service-cidr: says that a range of service addresses is ready, and holds one that is deleted until no service needs it. It
// refuses to allocate addresses: the API server does.
import { cidrContains, parseCIDR } from "../base/cidr.ts";
import { parseIP } from "../base/ip.ts";
import { formatTime } from "../base/timestamp.ts";
import { setCondition } from "../resources/conditions.ts";
import { IPAddress } from "../resources/networking/ip-address.ts";
import { ServiceCIDR } from "../resources/networking/service-cidr.ts";
import type { Condition } from "../schema/meta/condition.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { ReconcileContext } from "../reconcile/controller.ts";

const FINALIZER = "networking.k8s.io/service-cidr-finalizer";
const READY = { type: "Ready", status: "True", reason: "", message: "Kubernetes Service CIDR is ready" };
const HELD = {
  type: "Ready",
  status: "False",
  reason: "Terminating",
  message: "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR",
};

const covers = ({ spec }: ServiceCIDR, address: string): boolean => {
  const ip = parseIP(address);
  return (spec.cidrs ?? []).some((text) => {
    const cidr = parseCIDR(text);
    return cidr !== undefined && ip !== undefined && cidr.ip.family === ip.family && cidrContains(cidr, ip);
  });
};

export const serviceCidr = controller<ServiceCIDR>({
  name: "service-cidr-controller",
  identity: "service-cidrs-controller",
  of: ServiceCIDR,
  maps: [
    mapping(IPAddress, ({ metadata: { name = "" } }, { cache }) =>
      cache(ServiceCIDR)
        .list()
        .filter((range) => covers(range, name))
        .map((range) => range.metadata.name ?? ""),
    ),
    // Another range may take over the addresses of one that goes.
    mapping(ServiceCIDR, (changed, { cache }) =>
      cache(ServiceCIDR)
        .list()
        .filter((range) => range.metadata.deletionTimestamp && range.metadata.name !== changed.metadata.name)
        .map((range) => range.metadata.name ?? ""),
    ),
  ],
  writes: [
    { resource: ServiceCIDR, verbs: ["patch"] },
    { resource: ServiceCIDR, verbs: ["patch"], subresource: "status" },
  ],
  async reconcile(range, context) {
    const { deletionTimestamp, finalizers = [] } = range.metadata;
    const isHeld = finalizers.includes(FINALIZER);
    if (!deletionTimestamp) {
      if (!isHeld) await setFinalizers(range, [...finalizers, FINALIZER], context);
      return state(range, READY, context);
    }
    if (!isHeld) return;
    if (isNeeded(range, context)) return state(range, HELD, context);
    await setFinalizers(
      range,
      finalizers.filter((finalizer) => finalizer !== FINALIZER),
      context,
    );
  },
});

/** An address of the range is in use, and no other range that stays has it. */
function isNeeded(range: ServiceCIDR, { cache }: ReconcileContext): boolean {
  const others = cache(ServiceCIDR)
    .list()
    .filter((other) => other.metadata.uid !== range.metadata.uid && !other.metadata.deletionTimestamp);
  return cache(IPAddress)
    .list()
    .some(({ metadata: { name = "" } }) => covers(range, name) && !others.some((other) => covers(other, name)));
}

async function setFinalizers(range: ServiceCIDR, finalizers: readonly string[], { client }: ReconcileContext) {
  const { name = "", uid, resourceVersion } = range.metadata;
  const body = { metadata: { uid, resourceVersion, finalizers: finalizers.length > 0 ? finalizers : null } };
  await client.patch(ServiceCIDR, { name }, { type: "merge", body });
}

async function state(range: ServiceCIDR, condition: typeof READY, { client, now }: ReconcileContext): Promise<void> {
  const before = range.status.conditions;
  const conditions = setCondition<Condition>(before, condition as Condition, formatTime(now));
  if (conditions === before) return;
  const { name = "", uid } = range.metadata;
  const body = { metadata: { uid }, status: { conditions } };
  await client.patch(ServiceCIDR, { name }, { type: "merge", body }, { subresource: "status" });
}
