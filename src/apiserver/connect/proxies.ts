// Where a proxied request goes: to a pod's port, to an endpoint of a service, or to a node. It refuses to pass anything on.
import type { Pod } from "../../resources/core/pod.ts";
import { EndpointSlice } from "../../resources/discovery/endpoint-slice.ts";
import { Service } from "../../resources/core/service.ts";
import { badRequest, serviceUnavailable } from "../../schema/meta/status.ts";
import type { HttpRequest } from "../pipeline.ts";
import type { Call } from "../verbs/call.ts";
import { kubeletOf } from "./kubelet.ts";
import type { Destination } from "./passthrough.ts";

interface Named {
  readonly scheme: string;
  readonly name: string;
  readonly port: string;
}

/** `web`, `web:80`, `https:web:443`, `https:web:`. */
function named(text: string): Named {
  const parts = text.split(":");
  if (parts.length === 1) return { scheme: "", name: parts[0]!, port: "" };
  if (parts.length === 2) return { scheme: "", name: parts[0]!, port: parts[1]! };
  if (parts.length === 3 && ["http", "https", ""].includes(parts[0]!))
    return { scheme: parts[0]!, name: parts[1]!, port: parts[2]! };
  throw badRequest(`invalid proxy name ${JSON.stringify(text)}`);
}

/** The path behind `/proxy`, with the query as it came. */
function onward(request: HttpRequest, rest: readonly string[]): string {
  const { url } = request.exchange;
  const mark = url.indexOf("?");
  const slash = rest.length > 0 && request.path.endsWith("/") ? "/" : "";
  return `/${rest.map(encodeURIComponent).join("/")}${slash}${mark < 0 ? "" : url.slice(mark)}`;
}

/** The path up to `/proxy`, as it came. */
const prefixOf = ({ exchange }: HttpRequest) => /^[^?]*?\/proxy(?=[/?]|$)/.exec(exchange.url)?.[0] ?? "";

/** Connections into pods and services are not verified: who serves there has no certificate of the cluster's. */
const tlsFor = (scheme: string) => (scheme === "https" ? { insecure: true as const } : undefined);

export function podDestination(
  { name: text }: Call,
  request: HttpRequest,
  pod: Pod,
  rest: readonly string[],
): Destination {
  const { scheme, port } = named(text);
  const host = pod.status.podIPs?.[0]?.ip ?? pod.status.podIP;
  if (!host) throw badRequest("address not allowed");
  const first = pod.spec.containers.flatMap((one) => one.ports ?? [])[0]?.containerPort;
  const number =
    port === ""
      ? (first ?? 80)
      : numberOf(
          port,
          (name) =>
            pod.spec.containers.flatMap((one) => one.ports ?? []).find((one) => one.name === name)?.containerPort,
        );
  return {
    host,
    port: number,
    tls: tlsFor(scheme),
    path: onward(request, rest),
    flush: true,
    prefix: prefixOf(request),
  };
}

function numberOf(text: string, byName: (name: string) => number | undefined): number {
  if (/^\d+$/.test(text)) return Number(text);
  const found = byName(text);
  if (found === undefined) throw serviceUnavailable(`no endpoints available for port ${JSON.stringify(text)}`);
  return found;
}

export function serviceDestination(call: Call, request: HttpRequest, rest: readonly string[]): Destination {
  const { scheme, name, port } = named(call.name);
  const { lookup } = call.parts.admissionServices;
  const service = lookup.get(Service, call.namespace, name);
  const unavailable = () => serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  const ports = service?.spec.ports ?? [];
  const wanted = port === "" ? ports[0] : ports.find((one) => one.name === port || String(one.port) === port);
  if (wanted === undefined) throw unavailable();
  const slices = lookup
    .list(EndpointSlice, call.namespace)
    .filter((slice) => slice.metadata.labels?.["kubernetes.io/service-name"] === name);
  const ready = slices.flatMap((slice) => {
    const found = (slice.ports ?? []).find((one) => (one.name ?? "") === (wanted.name ?? ""));
    if (found?.port === undefined) return [];
    return (slice.endpoints ?? [])
      .filter((one) => one.conditions?.ready !== false)
      .flatMap((one) => one.addresses.map((host) => ({ host, port: found.port! })));
  });
  if (ready.length === 0) throw unavailable();
  const chosen = ready[call.parts.random.below(ready.length)]!;
  return { ...chosen, tls: tlsFor(scheme), path: onward(request, rest), flush: true, prefix: prefixOf(request) };
}

export function nodeDestination(call: Call, request: HttpRequest, rest: readonly string[]): Destination {
  const { name, port } = named(call.name);
  const kubelet = kubeletOf(call, name);
  return {
    ...kubelet,
    port: port === "" ? kubelet.port : numberOf(port, () => undefined),
    path: onward(request, rest),
    flush: true,
    prefix: prefixOf(request),
  };
}
