// ResourceQuota: a write is charged to the quotas of its namespace before it is stored, or refused. It refuses to give
// anything back: the quota controller counts anew when objects go.
//
// A charge is a write of the quota's status, if nobody was faster. Charges of one namespace go one after the other, so
// that many writers do not run into each other's conflicts.
import { compareQuantity, quantity, subtractQuantity } from "../../base/quantity.ts";
import { ResourceQuota } from "../../resources/core/resource-quota.ts";
import { countedNames, fallsUnder, missingAmounts, sumUsage, usageOf } from "../../resources/core/quota-usage.ts";
import type { Usage } from "../../resources/core/quota-usage.ts";
import type { Pod } from "../../resources/core/pod.ts";
import { forbidden } from "../../schema/meta/status.ts";
import type { StatusError } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { AdmissionPlugin, AdmissionRequest, AdmissionServices } from "./plugin.ts";

type Write = AdmissionRequest & { readonly object: KubeObject };

/** Kinds that are counted when they change as well, not only when they are made. */
const COUNTED_ON_UPDATE = new Set(["services", "persistentvolumeclaims"]);

export function resourceQuota(): AdmissionPlugin {
  /** The last charge of each namespace that is under way. */
  const queues = new Map<string, Promise<void>>();

  async function inTurn(namespace: string, charge: () => Promise<void>): Promise<void> {
    const before = queues.get(namespace);
    const mine = before === undefined ? charge() : before.then(charge);
    // Who comes next waits for this one, whatever came of it.
    const settled = mine.catch(() => undefined);
    queues.set(namespace, settled);
    try {
      await mine;
    } finally {
      if (queues.get(namespace) === settled) queues.delete(namespace);
    }
  }

  return {
    name: "ResourceQuota",

    // Nearly all namespaces have no quota: their writes wait for nothing.
    validate(request, services) {
      if (!isCounted(request)) return undefined;
      const quotas = services.lookup
        .list(ResourceQuota, request.namespace)
        .filter((quota) => fallsUnder(quota, request.resource, request.object));
      if (quotas.length === 0) return undefined;
      const delta = deltaOf(request, services.now());
      for (const quota of quotas) {
        checkConstraints(request, quota);
        newUsage(request, quota, delta);
      }
      const charged = quotas.filter((quota) => concerned(quota, delta).length > 0);
      if (request.dryRun || charged.length === 0) return undefined;
      return inTurn(request.namespace, () => charge(request, charged, delta, services));
    },
  };
}

function isCounted(request: AdmissionRequest): request is Write {
  const { operation, resource, subresource, object } = request;
  if (object === undefined || resource.scope !== "Namespaced" || !resource.verbs.includes("list")) return false;
  if (subresource !== "") return subresource === "resize" && resource.group === "" && resource.kind === "Pod";
  if (operation === "update") return resource.group === "" && COUNTED_ON_UPDATE.has(resource.plural);
  return operation === "create";
}

/** What the write adds to what is used, without zeros; a change is charged for what it adds to the old object. */
function deltaOf({ object, old, resource }: Write, now: number): Usage {
  const after = usageOf(resource, object, now);
  const before = old === undefined ? {} : usageOf(resource, old, now);
  const delta = Object.entries(after).map(([name, amount]) => {
    const was = before[name];
    return [name, was === undefined ? amount : subtractQuantity(amount, was)] as const;
  });
  const gone = Object.entries(before).filter(([name]) => after[name] === undefined);
  const all = [...delta, ...gone.map(([name, amount]) => [name, amount.negate()] as const)];
  return Object.fromEntries(all.filter(([, amount]) => !amount.isZero()));
}

/** What of `delta` the quota limits. */
const concerned = ({ status }: ResourceQuota, delta: Usage) =>
  Object.keys(delta)
    .filter((name) => status.hard?.[name] !== undefined)
    .sort();

const refusal = ({ resource, name }: Write, why: string): StatusError =>
  forbidden({ group: resource.group, resource: resource.plural }, name, why);

function checkConstraints(request: Write, quota: ResourceQuota): void {
  const { hard = {}, used = {} } = quota.status;
  const name = quota.metadata.name ?? "";
  const counted = countedNames(request.resource, Object.keys(hard));
  if (request.resource.group === "" && request.resource.plural === "pods") {
    const missing = missingAmounts(request.object as Pod, counted);
    if (missing !== "") throw refusal(request, `failed quota: ${name}: must specify ${missing}`);
  }
  if (counted.every((one) => used[one] !== undefined)) return;
  throw refusal(request, `status unknown for quota: ${name}, resources: ${[...counted].sort().join(",")}`);
}

/** What the quota's status says after the write. Throws when that is more than it allows. */
function newUsage(request: Write, quota: ResourceQuota, delta: Usage): Readonly<Record<string, string>> {
  const { hard = {}, used = {} } = quota.status;
  const names = concerned(quota, delta);
  const before = Object.fromEntries(Object.entries(used).map(([name, amount]) => [name, quantity(amount)]));
  const after = sumUsage(before, Object.fromEntries(names.map((name) => [name, delta[name]!])));
  const exceeded = names.filter((name) => compareQuantity(after[name]!, hard[name]!) > 0);
  if (exceeded.length > 0) {
    const told = (amounts: Readonly<Record<string, unknown>>) =>
      exceeded.map((name) => `${name}=${String(amounts[name])}`).join(",");
    const figures = `requested: ${told(delta)}, used: ${told(before)}, limited: ${told(hard)}`;
    throw refusal(request, `exceeded quota: ${quota.metadata.name ?? ""}, ${figures}`);
  }
  return Object.fromEntries(Object.entries(after).map(([name, amount]) => [name, amount.toString()]));
}

async function charge(
  request: Write,
  quotas: readonly ResourceQuota[],
  delta: Usage,
  { change }: AdmissionServices,
): Promise<void> {
  for (const { metadata } of quotas) {
    await change(ResourceQuota, request, metadata.name ?? "", (quota) => {
      if (concerned(quota, delta).length === 0) return undefined;
      return { ...quota, status: { ...quota.status, used: newUsage(request, quota, delta) } };
    });
  }
}
