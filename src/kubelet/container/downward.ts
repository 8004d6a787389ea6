// What a pod may learn about itself (the downward API): fields and amounts as text. Pure; it refuses fields that are not offered.
import { parseQuantity, quantityMilliValue, quantityValue } from "../../base/quantity.ts";
import { goQuote } from "../../base/go-quote.ts";
import type { Pod } from "../../resources/core/pod.ts";
import type { ResourceFieldSelector } from "../../resources/core/pod/env.ts";
import type { NodeAmounts } from "./resources.ts";

/** What only the node knows. */
export interface PodPlace {
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
  readonly nodeName: string;
}

/** The text of a field of the pod. Throws an Error for a path that is not offered. */
export function fieldText(pod: Pod, path: string, place: PodPlace): string {
  const { metadata, spec } = pod;
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript) return metadata[subscript[1] as "labels" | "annotations"]?.[subscript[2]!] ?? "";
  switch (path) {
    case "metadata.name":
      return metadata.name ?? "";
    case "metadata.namespace":
      return metadata.namespace ?? "";
    case "metadata.uid":
      return metadata.uid ?? "";
    case "metadata.labels":
      return mapText(metadata.labels);
    case "metadata.annotations":
      return mapText(metadata.annotations);
    case "spec.nodeName":
      return place.nodeName;
    case "spec.serviceAccountName":
      return spec.serviceAccountName ?? "";
    case "status.hostIP":
      return place.hostIPs[0] ?? "";
    case "status.hostIPs":
      return place.hostIPs.join(",");
    case "status.podIP":
      return place.podIPs[0] ?? "";
    case "status.podIPs":
      return place.podIPs.join(",");
    default:
      throw new Error(`unsupported fieldPath: ${path}`);
  }
}

/** `key="value"` lines in order of the keys. */
const mapText = (map: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .join("\n");

/** A limit or request of a container, in units of the divisor, rounded up. What is not limited is the node's. */
export function amountText(
  pod: Pod,
  selector: ResourceFieldSelector,
  ownContainer: string | undefined,
  node: NodeAmounts,
): string {
  const name = selector.containerName || ownContainer;
  const container = [
    ...pod.spec.containers,
    ...(pod.spec.initContainers ?? []),
    ...(pod.spec.ephemeralContainers ?? []),
  ].find((c) => c.name === name);
  if (!container) throw new Error(`container ${name} not found`);
  const [kind, resource = ""] = splitOnce(selector.resource, ".");
  const { limits, requests } = container.resources ?? {};
  const list = kind === "limits" ? limits : requests;
  let amount = list?.[resource];
  if (amount === undefined && kind === "limits") amount = wholeNode(resource, node);
  const divisor = selector.divisor && quantityMilliValue(selector.divisor) !== 0 ? selector.divisor : "1";
  return inUnits(amount ?? "0", divisor, resource === "cpu");
}

function wholeNode(resource: string, { milliCpu, memoryBytes, ephemeralBytes }: NodeAmounts): string | undefined {
  switch (resource) {
    case "cpu":
      return `${milliCpu}m`;
    case "memory":
      return String(memoryBytes);
    case "ephemeral-storage":
      return String(ephemeralBytes);
    default:
      return undefined;
  }
}

function inUnits(amount: string, divisor: string, milli: boolean): string {
  parseQuantity(amount);
  if (milli) return String(Math.ceil(quantityMilliValue(amount) / quantityMilliValue(divisor)));
  return String(Math.ceil(quantityValue(amount) / quantityValue(divisor)));
}

function splitOnce(text: string, at: string): [string, string | undefined] {
  const i = text.indexOf(at);
  return i < 0 ? [text, undefined] : [text.slice(0, i), text.slice(i + 1)];
}
