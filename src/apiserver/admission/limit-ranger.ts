// LimitRanger: what pods and claims ask for is filled in and bounded by the LimitRanges of their namespace. It refuses
// to count what others use: that is quota.
import { compareQuantity, quantity, quantityMilliValue } from "../../base/quantity.ts";
import type { Quantity } from "../../base/quantity.ts";
import { LimitRange } from "../../resources/core/limit-range.ts";
import type { LimitRangeItem } from "../../resources/core/limit-range.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { Container } from "../../resources/core/pod/container.ts";
import { podLimits, podRequests } from "../../resources/core/pod/requests.ts";
import { settlePodSpec } from "../../resources/core/pod/settle.ts";
import type { ResourceList } from "../../resources/core/pod/resources.ts";
import { forbidden } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./plugin.ts";

/** Tells what was filled in. */
const ANNOTATION = "kubernetes.io/limit-ranger";

type Amounts = Readonly<Record<string, Quantity | string>>;

/** Who asks for and may use what: a container, a pod, a claim. */
interface Usage {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** Pods when they are made and when they are resized; claims whenever. What is being deleted is left alone. */
function concerns({ operation, resource, subresource, object }: AdmissionRequest): boolean {
  if (resource.group !== "" || object?.metadata.deletionTimestamp !== undefined) return false;
  if (resource.kind === "Pod") return subresource === "" ? operation === "create" : subresource === "resize";
  const writes = operation === "create" || operation === "update";
  return resource.kind === "PersistentVolumeClaim" && subresource === "" && writes;
}

export const limitRanger: AdmissionPlugin = {
  name: "LimitRanger",

  mutate(request, { lookup }) {
    if (!concerns(request) || request.resource.kind !== "Pod") return request.object;
    const given = request.object as Pod;
    const ranges = lookup.list(LimitRange, request.namespace);
    if (ranges.length === 0) return given;
    // Requests that follow limits are asked for by the pod itself: the defaults of a range come after them.
    const spec = settlePodSpec(given.spec, true);
    let pod = spec === given.spec ? given : { ...given, spec };
    for (const range of ranges) pod = withDefaults(pod, range);
    return pod;
  },

  validate(request, { lookup }) {
    if (!concerns(request)) return;
    const { resource, name, namespace, object } = request;
    for (const range of lookup.list(LimitRange, namespace)) {
      const faults = (range.spec.limits ?? []).flatMap((item) => faultsOf(item, resource.kind, object!));
      if (faults.length === 0) continue;
      const why = faults.length === 1 ? faults[0]! : `[${faults.join(", ")}]`;
      throw forbidden({ group: resource.group, resource: resource.plural }, name, why);
    }
  },
};

// Defaults

function withDefaults(pod: Pod, { spec }: LimitRange): Pod {
  const items = (spec.limits ?? []).filter(({ type }) => type === "Container");
  const requests: ResourceList = Object.assign({}, ...items.map(({ defaultRequest }) => defaultRequest));
  const limits: ResourceList = Object.assign({}, ...items.map((item) => item.default));
  const told: string[] = [];
  const fill =
    (noun: string) =>
    (container: Container): Container =>
      filled(container, noun, { requests, limits }, told);
  const containers = pod.spec.containers.map(fill("container"));
  const initContainers = pod.spec.initContainers?.map(fill("init container"));
  if (told.length === 0) return pod;
  const annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${told.join("; ")}` };
  const metadata = { ...pod.metadata, annotations };
  return { ...pod, metadata, spec: { ...pod.spec, containers, ...(initContainers && { initContainers }) } };
}

function filled(
  container: Container,
  noun: string,
  defaults: { readonly requests: ResourceList; readonly limits: ResourceList },
  told: string[],
): Container {
  const { requests = {}, limits = {} } = container.resources ?? {};
  const absent = (wanted: ResourceList, present: ResourceList) =>
    Object.keys(wanted)
      .filter((name) => !Object.hasOwn(present, name))
      .sort();
  const newRequests = absent(defaults.requests, requests);
  const newLimits = absent(defaults.limits, limits);
  if (newRequests.length > 0) told.push(`${newRequests.join(", ")} request for ${noun} ${container.name}`);
  if (newLimits.length > 0) told.push(`${newLimits.join(", ")} limit for ${noun} ${container.name}`);
  if (newRequests.length + newLimits.length === 0) return container;
  const merged = (list: ResourceList, wanted: ResourceList) => {
    const all = { ...wanted, ...list };
    return Object.keys(all).length > 0 ? all : undefined;
  };
  const [asked, allowed] = [merged(requests, defaults.requests), merged(limits, defaults.limits)];
  const resources = { ...container.resources, ...(asked && { requests: asked }), ...(allowed && { limits: allowed }) };
  return { ...container, resources };
}

// Bounds

function faultsOf(item: LimitRangeItem, kind: string, object: KubeObject): readonly string[] {
  if (kind === "PersistentVolumeClaim") return item.type === kind ? claimFaults(item, object) : [];
  const { spec } = object as Pod;
  if (item.type === "Container") {
    return [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
      usageFaults(item, { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} }),
    );
  }
  if (item.type !== "Pod") return [];
  return usageFaults(item, { requests: podRequests(object as Pod), limits: podLimits(object as Pod) });
}

function* sorted(amounts: ResourceList | undefined): Generator<readonly [name: string, amount: string]> {
  for (const name of Object.keys(amounts ?? {}).sort()) yield [name, amounts![name]!];
}

function usageFaults(item: LimitRangeItem, usage: Usage): readonly string[] {
  const faults: (string | undefined)[] = [];
  for (const [name, bound] of sorted(item.min)) faults.push(minimumFault(item.type, name, bound, usage));
  for (const [name, bound] of sorted(item.max)) faults.push(maximumFault(item.type, name, bound, usage));
  for (const [name, ratio] of sorted(item.maxLimitRequestRatio)) faults.push(ratioFault(item.type, name, ratio, usage));
  return faults.filter((fault) => fault !== undefined);
}

const text = (amount: Quantity | string): string => quantity(amount).toString();

function minimumFault(type: string, name: string, bound: string, { requests, limits }: Usage): string | undefined {
  const said = `minimum ${name} usage per ${type} is ${text(bound)}`;
  const [request, limit] = [requests[name], limits[name]];
  if (request === undefined) return `${said}.  No request is specified`;
  if (compareQuantity(request, bound) < 0) return `${said}, but request is ${text(request)}`;
  if (limit !== undefined && compareQuantity(limit, bound) < 0) return `${said}, but limit is ${text(limit)}`;
  return undefined;
}

function maximumFault(type: string, name: string, bound: string, { requests, limits }: Usage): string | undefined {
  const said = `maximum ${name} usage per ${type} is ${text(bound)}`;
  const [request, limit] = [requests[name], limits[name]];
  if (limit === undefined) return `${said}.  No limit is specified`;
  if (compareQuantity(limit, bound) > 0) return `${said}, but limit is ${text(limit)}`;
  if (request !== undefined && compareQuantity(request, bound) > 0) return `${said}, but request is ${text(request)}`;
  return undefined;
}

function ratioFault(type: string, name: string, ratio: string, { requests, limits }: Usage): string | undefined {
  const said = `${name} max limit to request ratio per ${type} is ${text(ratio)}`;
  const [request, limit] = [requests[name], limits[name]];
  if (request === undefined || quantity(request).isZero())
    return `${said}, but no request is specified or request is 0`;
  if (limit === undefined || quantity(limit).isZero()) return `${said}, but no limit is specified or limit is 0`;
  const found = quantityMilliValue(limit) / quantityMilliValue(request);
  return found * 1000 > quantityMilliValue(ratio) ? `${said}, but provided ratio is ${found.toFixed(6)}` : undefined;
}

/** Claims have no limits: the request alone is bounded. */
function claimFaults(item: LimitRangeItem, object: KubeObject): readonly string[] {
  const { spec } = object as KubeObject & { spec?: { resources?: { requests?: ResourceList } } };
  const requests = spec?.resources?.requests ?? {};
  const faults: (string | undefined)[] = [];
  for (const [name, bound] of sorted(item.min))
    faults.push(minimumFault(item.type, name, bound, { requests, limits: {} }));
  for (const [name, bound] of sorted(item.max)) {
    const said = `maximum ${name} usage per ${item.type} is ${text(bound)}`;
    const request = requests[name];
    if (request === undefined) faults.push(`${said}.  No request is specified`);
    else if (compareQuantity(request, bound) > 0) faults.push(`${said}, but request is ${text(request)}`);
  }
  return faults.filter((fault) => fault !== undefined);
}
