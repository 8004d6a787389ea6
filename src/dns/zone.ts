// The cluster's zone, as the specification "Kubernetes DNS-Based Service Discovery" 1.1.0 has it: a pure function of Services and
// EndpointSlices. It refuses to ask anyone, and to know sockets: forward.ts and dns.ts do.
import { canonicalIP } from "../base/ip.ts";
import type { Service } from "../resources/core/service.ts";
import type { Endpoint, EndpointSlice } from "../resources/discovery/endpoint-slice.ts";
import type { Answer, Question, Reply } from "../wire/dns/message.ts";

/** What the zone is made of, by key; indexes are the caller's. */
export interface ZoneData {
  service(namespace: string, name: string): Service | undefined;
  /** Whether the zone has the namespace: one without services is not worth a watch of its own. */
  hasNamespace(namespace: string): boolean;
  slices(namespace: string, service: string): readonly EndpointSlice[];
  /** The service with this cluster IP. */
  serviceByIP(ip: string): Service | undefined;
  /** Slices of headless services that hold this address. */
  slicesByIP(ip: string): readonly EndpointSlice[];
}

export interface ZoneOptions {
  /** `cluster.local`. */
  readonly domain: string;
  readonly ttl: number;
}

/** In the zone: a reply, and the name that has to be asked elsewhere for it to be whole (the target of an ExternalName). */
export interface ZoneReply extends Reply {
  readonly follow?: string;
}

interface Found {
  readonly ip: string;
  /** The label in front of the service's name, for headless services. */
  readonly label?: string;
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[];
}

const SPEC_VERSION = "1.1.0";

/** The reply to a question of this zone or its reverse, or undefined when the name is none of ours. */
export function answer(question: Question, data: ZoneData, options: ZoneOptions): ZoneReply | undefined {
  const name = question.name.toLowerCase();
  const labels = inZone(name, options.domain);
  if (labels) return inCluster(question, labels, data, options);
  if (question.type === "PTR" && name.endsWith(".arpa")) return reverse(question, name, data, options);
  return undefined;
}

/** The labels in front of the domain, or undefined outside. */
function inZone(name: string, domain: string): string[] | undefined {
  if (name === domain) return [];
  return name.endsWith(`.${domain}`) ? name.slice(0, -domain.length - 1).split(".") : undefined;
}

function inCluster(question: Question, labels: string[], data: ZoneData, options: ZoneOptions): ZoneReply {
  const kind = labels.at(-1);
  if (labels.length === 0)
    return labels.length === 0 && question.type === "SOA" ? found([soa(options)]) : empty(options);
  if (labels.length === 1 && kind === "dns-version") {
    return question.type === "TXT"
      ? found([{ type: "TXT", name: question.name, ttl: options.ttl, data: SPEC_VERSION }])
      : empty(options);
  }
  if (kind === "pod") return pod(question, labels, options);
  if (kind !== "svc") return missing(options);
  const rest = labels.slice(0, -1);
  const namespace = rest.pop();
  if (namespace === undefined) return empty(options);
  const serviceName = rest.pop();
  if (serviceName === undefined) return data.hasNamespace(namespace) ? empty(options) : missing(options);
  const service = data.service(namespace, serviceName);
  if (!service) return missing(options);
  return ofService(question, service, rest, data, options);
}

function ofService(
  question: Question,
  service: Service,
  front: readonly string[],
  data: ZoneData,
  options: ZoneOptions,
): ZoneReply {
  const { type, externalName = "" } = service.spec;
  const { name: asked } = question;
  if (type === "ExternalName") {
    if (front.length > 0) return missing(options);
    const target = externalName.replace(/\.$/, "");
    const cname: Answer = { type: "CNAME", name: asked, ttl: options.ttl, data: target };
    return { ...found([cname]), ...(question.type !== "CNAME" && { follow: target }) };
  }
  const serving = addresses(service, data);
  // _port._protocol in front: SRV alone has them.
  if (front.length === 2 && front[0]!.startsWith("_") && front[1]!.startsWith("_")) {
    const matching = serving.filter((f) => f.ports.some((p) => matchesPort(p, front)));
    if (matching.length === 0) return missing(options);
    return question.type === "SRV"
      ? srv(question, service, matching, (p) => matchesPort(p, front), options)
      : empty(options);
  }
  if (front.length > 1) return missing(options);
  const chosen = front.length === 0 ? serving : serving.filter((f) => f.label === front[0]);
  // A headless service without endpoints does not exist in DNS; one label more must be an endpoint's.
  if (chosen.length === 0) return missing(options);
  if (question.type === "SRV" && front.length === 0) return srv(question, service, chosen, () => true, options);
  const records = [...new Set(chosen.map((f) => f.ip))].flatMap((ip) => address(question, asked, ip, options.ttl));
  return records.length > 0 ? found(records) : empty(options);
}

const matchesPort = (p: Found["ports"][number], front: readonly string[]) =>
  p.name.toLowerCase() === front[0]!.slice(1) && p.protocol.toLowerCase() === front[1]!.slice(1);

/** Where a service is: its cluster IPs, or for a headless one its endpoints that are ready. */
function addresses(service: Service, data: ZoneData): Found[] {
  const { clusterIPs = [], clusterIP = "", ports = [] } = service.spec;
  const { namespace = "", name = "" } = service.metadata;
  if (clusterIP !== "None" && clusterIP !== "") {
    const named = ports.map((p) => ({ name: p.name ?? "", protocol: p.protocol ?? "TCP", port: p.port }));
    return (clusterIPs.length > 0 ? clusterIPs : [clusterIP]).map((ip) => ({ ip, ports: named }));
  }
  return data.slices(namespace, name).flatMap((slice) => {
    const named = (slice.ports ?? []).map((p) => ({
      name: p.name ?? "",
      protocol: p.protocol ?? "TCP",
      port: p.port ?? 0,
    }));
    return (slice.endpoints ?? [])
      .filter((e) => service.spec.publishNotReadyAddresses || isReady(e))
      .flatMap((e) => e.addresses.map((ip) => ({ ip, label: endpointLabel(e, ip), ports: named })));
  });
}

const isReady = (endpoint: Endpoint) => endpoint.conditions?.ready ?? true;

/** The endpoint's host name, or its address with dashes. */
const endpointLabel = (endpoint: Endpoint, ip: string) => endpoint.hostname ?? ip.replaceAll(/[.:]/g, "-");

function address(question: Question, name: string, ip: string, ttl: number): Answer[] {
  const type = ip.includes(":") ? "AAAA" : "A";
  return question.type === type || question.type === "ANY" ? [{ type, name, ttl, data: ip }] : [];
}

function srv(
  question: Question,
  service: Service,
  list: readonly Found[],
  wants: (port: Found["ports"][number]) => boolean,
  options: ZoneOptions,
): ZoneReply {
  const base = `${service.metadata.name}.${service.metadata.namespace}.svc.${options.domain}`;
  const targets = list.flatMap((f) =>
    f.ports.filter(wants).map((p) => ({ target: f.label ? `${f.label}.${base}` : base, ip: f.ip, port: p.port })),
  );
  const distinct = [...new Map(targets.map((t) => [`${t.target}:${t.port}`, t])).values()];
  const weight = Math.max(1, Math.floor(100 / Math.max(1, distinct.length)));
  const answers = distinct.map(({ target, port }): Answer => ({
    type: "SRV",
    name: question.name,
    ttl: options.ttl,
    data: { priority: 0, weight, port, target },
  }));
  if (answers.length === 0) return empty(options);
  const additionals = [...new Map(targets.map((t) => [`${t.target} ${t.ip}`, t])).values()].map(
    ({ target, ip }): Answer => ({ type: ip.includes(":") ? "AAAA" : "A", name: target, ttl: options.ttl, data: ip }),
  );
  return { ...found(answers), additionals };
}

/** `10-244-0-5.demo.pod`: the address that the name spells. Nobody is asked whether there is such a pod. */
function pod(question: Question, labels: readonly string[], options: ZoneOptions): ZoneReply {
  if (labels.length <= 2) return empty(options);
  if (labels.length > 3) return missing(options);
  const spelt = labels[0]!;
  const ip = canonicalIP(spelt.replaceAll("-", ".")) ?? canonicalIP(spelt.replaceAll("-", ":"));
  if (!ip) return missing(options);
  const records = address(question, question.name, ip, options.ttl);
  return records.length > 0 ? found(records) : empty(options);
}

/** Services by cluster IP, and endpoints of headless services that have a host name. Other addresses are not ours. */
function reverse(question: Question, name: string, data: ZoneData, options: ZoneOptions): ZoneReply | undefined {
  const ip = addressOfArpa(name);
  if (!ip) return undefined;
  const ptr = (target: string): Answer => ({ type: "PTR", name: question.name, ttl: options.ttl, data: target });
  const service = data.serviceByIP(ip);
  if (service) return found([ptr(`${service.metadata.name}.${service.metadata.namespace}.svc.${options.domain}`)]);
  const answers = data.slicesByIP(ip).flatMap((slice) => {
    const serviceName = slice.metadata.labels?.["kubernetes.io/service-name"];
    return (slice.endpoints ?? [])
      .filter((e) => e.addresses.includes(ip))
      .map((e) => ptr(`${endpointLabel(e, ip)}.${serviceName}.${slice.metadata.namespace}.svc.${options.domain}`));
  });
  return answers.length > 0 ? found(answers) : undefined;
}

/** `5.0.244.10.in-addr.arpa` → `10.244.0.5`; nibbles of `ip6.arpa` likewise. */
export function addressOfArpa(name: string): string | undefined {
  if (name.endsWith(".in-addr.arpa")) return canonicalIP(name.slice(0, -13).split(".").reverse().join("."));
  if (!name.endsWith(".ip6.arpa")) return undefined;
  const nibbles = name.slice(0, -9).split(".").reverse().join("");
  return nibbles.length === 32 ? canonicalIP(nibbles.match(/.{4}/g)!.join(":")) : undefined;
}

const found = (answers: readonly Answer[]): ZoneReply => ({ rcode: "NOERROR", authoritative: true, answers });
/** The name exists, the type does not. */
const empty = (options: ZoneOptions): ZoneReply => ({
  rcode: "NOERROR",
  authoritative: true,
  answers: [],
  authorities: [soa(options)],
});
const missing = (options: ZoneOptions): ZoneReply => ({
  rcode: "NXDOMAIN",
  authoritative: true,
  answers: [],
  authorities: [soa(options)],
});

/** The serial stays: nothing transfers this zone. `minimum` is how long absence may be remembered. */
function soa({ domain, ttl }: ZoneOptions): Answer {
  const data = {
    mname: `ns.dns.${domain}`,
    rname: `hostmaster.${domain}`,
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: ttl,
  };
  return { type: "SOA", name: domain, ttl, data };
}
