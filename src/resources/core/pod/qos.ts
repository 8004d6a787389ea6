// The quality-of-service class of a pod, from its resources alone. It refuses to look at status.
import { isZeroQuantity, compareQuantity } from "../../../base/quantity.ts";
import type { PodAmounts } from "./requests.ts";
import { podLimits, podRequests } from "./requests.ts";
import type { ResourceList } from "./resources.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

/** Only these count. */
const COUNTED = ["cpu", "memory"] as const;

const given = (list: ResourceList | undefined, name: string): boolean =>
  list?.[name] !== undefined && !isZeroQuantity(list[name]);

/**
 * Guaranteed: every container limits cpu and memory and asks for just that. BestEffort: none asks for or limits any.
 * Burstable: all others. A pod that states its resources as a whole is judged by those.
 */
export function qosClass(pod: PodAmounts): QosClass {
  const { spec } = pod;
  const holders =
    spec.resources?.limits || spec.resources?.requests
      ? [spec.resources]
      : [...spec.containers, ...(spec.initContainers ?? [])].map(({ resources }) => resources ?? {});
  let any = false;
  let all = true;
  for (const { limits, requests } of holders) {
    for (const name of COUNTED) {
      if (given(limits, name) || given(requests, name)) any = true;
      if (!given(limits, name)) all = false;
    }
  }
  if (!any) return "BestEffort";
  if (!all) return "Burstable";
  const asked = podRequests(pod, { withoutOverhead: true });
  const limited = podLimits(pod, { withoutOverhead: true });
  const equal = COUNTED.every((name) => {
    const request = asked[name];
    return request === undefined || compareQuantity(request, limited[name]!) === 0;
  });
  const strays = Object.keys(asked).some((name) => name !== "cpu" && name !== "memory" && !(name in limited));
  return equal && !strays ? "Guaranteed" : "Burstable";
}
