// resourcequota: counts what each quota limits and writes it into its status. It refuses to hold anything back: admission
// charges and refuses, by these figures.
import { compareQuantity, quantity } from "../base/quantity.ts";
import { whatIsDiscovered } from "../client/incomplete-discovery.ts";
import { ResourceQuota } from "../resources/core/resource-quota.ts";
import { countedNames, fallsUnder, sumUsage, usageOf } from "../resources/core/quota-usage.ts";
import type { Usage } from "../resources/core/quota-usage.ts";
import { Pod } from "../resources/core/pod.ts";
import { isTerminal } from "../resources/core/pod/readiness.ts";
import { resources } from "../resources/index.ts";
import { equalJson } from "../schema/equality.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import type { ReconcileContext } from "../reconcile/controller.ts";

/** Everything is counted anew at least so often: kinds that only the server knows tell nothing of their changes. */
const RECOUNT_MS = 300_000;

/** How long a quota must have stood as it is before its usage is lowered. */
const SETTLE_MS = 300;

/** Each value of a quota that was found to say too much → when that was. */
const tooMuch = new WeakMap<ResourceQuota, number>();

function firstSeen(quota: ResourceQuota, now: number): number {
  const at = tooMuch.get(quota) ?? now;
  tooMuch.set(quota, at);
  return at;
}

/** Kinds that quotas may count and whose changes are watched. Events are charged but come and go too fast to count. */
const WATCHED = resources.filter((r) => r.scope === "Namespaced" && r.verbs.includes("watch") && r.plural !== "events");
/** Of these every change may change what they count for; of others only that they came or went. */
const CHANGING = new Set(["services", "persistentvolumeclaims"]);

export const resourceQuota = controller<ResourceQuota>({
  name: "resourcequota",
  identity: "resourcequota-controller",
  of: ResourceQuota,
  // Admission writes its charges into the status before the object is stored: counting at once would take them back.
  heeds: ({ spec, metadata }, old) => metadata.uid !== old.metadata.uid || !equalJson(spec, old.spec),
  maps: WATCHED.map((from) =>
    mapping(from, (object, { old, deleted, cache }) => {
      if (!deleted && old && !mayCountAnew(from, object, old)) return [];
      const { namespace = "" } = object.metadata;
      return cache(ResourceQuota)
        .list(namespace)
        .filter(({ spec }) => countedNames(from, Object.keys(spec.hard ?? {})).length > 0)
        .map((quota) => `${namespace}/${quota.metadata.name}`);
    }),
  ),
  discovers: true,
  writes: [{ resource: ResourceQuota, verbs: ["update"], subresource: "status" }],
  async reconcile(quota, context) {
    const hard = quota.spec.hard ?? {};
    const counted = await count({ ...quota, status: { hard } }, context);
    const used = Object.fromEntries(Object.keys(hard).map((name) => [name, String(counted[name] ?? quantity("0"))]));
    const before = quota.status.used ?? {};
    const isLower = Object.entries(used).some(([name, amount]) => compareQuantity(amount, before[name] ?? "0") < 0);
    // What admission has charged may not be seen yet: less is believed when nothing was charged for a while.
    if (isLower && context.now - firstSeen(quota, context.now) < SETTLE_MS) return { afterMs: SETTLE_MS };
    if (!equalJson(quota.status.hard ?? {}, hard) || !equalJson(before, used)) {
      await context.client.update(ResourceQuota, { ...quota, status: { hard, used } }, { subresource: "status" });
    }
    return { afterMs: RECOUNT_MS };
  },
});

function mayCountAnew(kind: Resource, object: KubeObject, old: KubeObject): boolean {
  if (kind.plural === Pod.plural && kind.group === "") return isTerminal(object as Pod) !== isTerminal(old as Pod);
  return kind.group === "" && CHANGING.has(kind.plural);
}

/** What all objects of the quota's namespace that fall under it use together. */
async function count(quota: ResourceQuota, { cache, client, discovered, now }: ReconcileContext): Promise<Usage> {
  const { namespace = "" } = quota.metadata;
  const names = Object.keys(quota.status.hard ?? {});
  const concerns = (kind: Resource) => countedNames(kind, names).length > 0;
  let total: Usage = {};
  const add = (kind: Resource, objects: readonly KubeObject[]) => {
    for (const object of objects)
      if (fallsUnder(quota, kind, object)) total = sumUsage(total, usageOf(kind, object, now));
  };
  const known = WATCHED.filter(concerns);
  for (const kind of known) add(kind, cache(kind).list(namespace));
  const counted = new Set(known.flatMap((kind) => countedNames(kind, names)));
  // What is left are kinds of which only the server knows, or nobody does.
  if (names.some((name) => name.startsWith("count/") && !counted.has(name))) {
    const { kinds } = await whatIsDiscovered(discovered);
    const others = kinds.filter((kind) => kind.scope === "Namespaced" && kind.verbs.includes("list") && concerns(kind));
    for (const kind of others) if (!known.includes(kind)) add(kind, (await client.list(kind, { namespace })).items);
  }
  return total;
}
