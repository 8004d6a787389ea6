// What becomes of a pod spec that was given, where a default is not enough: pairs of fields that say the same,
// amounts that are rounded, requests that follow limits. Pure and idempotent. It refuses to judge.
import { compareQuantity, parseQuantity, Quantity } from "../../../base/quantity.ts";
import type { Container } from "./container.ts";
import { isPodLevelResource, podRequests } from "./requests.ts";
import type { ResourceList, ResourceRequirements } from "./resources.ts";
import type { PodSpec } from "./spec.ts";

/** Rounded up to thousandths, in canonical text. */
function rounded(amount: string): string {
  const exact = parseQuantity(amount);
  const milli = new Quantity(BigInt(exact.milliValue()), -3, exact.format);
  return compareQuantity(exact, milli) === 0 ? exact.toString() : milli.toString();
}

function roundedList(list: ResourceList | undefined): ResourceList | undefined {
  if (!list) return list;
  const entries = Object.entries(list);
  const changed = entries.some(([, amount]) => needsRounding(amount) && rounded(amount) !== amount);
  return changed ? Object.fromEntries(entries.map(([name, amount]) => [name, rounded(amount)])) : list;
}

/** Whole amounts are the rule; only a fraction, or a suffix below milli, can be finer than thousandths. */
const needsRounding = (amount: string): boolean => /[.nueE]/.test(amount);

/** `change` applied to each item; the same list when no item changed. */
function mapped<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  const made = list.map(change);
  return made.every((item, i) => item === list[i]) ? list : made;
}

function settleResources(
  resources: ResourceRequirements | undefined,
  ofPod: boolean,
): ResourceRequirements | undefined {
  if (!resources) return resources;
  const limits = roundedList(resources.limits);
  let requests = roundedList(resources.requests);
  if (ofPod && limits) {
    const missing = Object.keys(limits).filter((name) => requests?.[name] === undefined);
    if (missing.length) requests = { ...requests, ...Object.fromEntries(missing.map((name) => [name, limits[name]!])) };
  }
  if (limits === resources.limits && requests === resources.requests) return resources;
  return { ...resources, ...(limits && { limits }), ...(requests && { requests }) };
}

function settleContainer<C extends Container>(container: C, ofPod: boolean): C {
  const resources = settleResources(container.resources, ofPod);
  const { lifecycle } = container;
  const idle = lifecycle && !lifecycle.postStart && !lifecycle.preStop && !lifecycle.stopSignal;
  if (resources === container.resources && !idle) return container;
  const { lifecycle: _, ...rest } = container;
  return { ...(idle ? rest : container), ...(resources && { resources }) } as C;
}

/** The pod's own requests: what its containers ask for together, else its limit. */
function settlePodLevel(spec: PodSpec): ResourceRequirements | undefined {
  const { resources } = spec;
  if (!resources || (!resources.limits && !resources.requests)) return resources;
  const together = podRequests({ spec }, { withoutPodLevel: true, withoutOverhead: true });
  const requests: Record<string, string> = { ...resources.requests };
  for (const [name, amount] of Object.entries(together)) {
    if (isPodLevelResource(name) && requests[name] === undefined) requests[name] = amount.toString();
  }
  for (const [name, amount] of Object.entries(resources.limits ?? {})) {
    if (isPodLevelResource(name) && requests[name] === undefined) requests[name] = amount;
  }
  const same = Object.keys(requests).length === Object.keys(resources.requests ?? {}).length;
  return same ? resources : { ...resources, requests };
}

/** The spec of a pod (`ofPod`) or of a template. The same object when nothing changes. */
export function settlePodSpec(given: PodSpec, ofPod: boolean): PodSpec {
  let spec = given;
  const set = (change: Partial<PodSpec>) => (spec = { ...spec, ...change });
  const containers = mapped(spec.containers ?? [], (one) => settleContainer(one, ofPod));
  if (containers !== spec.containers && spec.containers) set({ containers });
  if (spec.initContainers) {
    const initContainers = mapped(spec.initContainers, (one) => settleContainer(one, ofPod));
    if (initContainers !== spec.initContainers) set({ initContainers });
  }
  const overhead = roundedList(spec.overhead);
  if (overhead !== spec.overhead) set({ overhead });
  if ((spec.serviceAccountName ?? "") !== (spec.serviceAccount ?? "")) set({ serviceAccount: spec.serviceAccountName });
  if (ofPod) {
    const resources = settlePodLevel({
      ...spec,
      ...(spec.resources && { resources: settleResources(spec.resources, false)! }),
    });
    if (resources !== spec.resources) set({ resources });
    if ((spec.terminationGracePeriodSeconds ?? 0) < 0) set({ terminationGracePeriodSeconds: 1 });
  }
  return spec;
}
