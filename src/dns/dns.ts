// The DNS server of a node: names of the cluster out of caches, everything else from the host's resolvers.
// It refuses to answer before its caches are filled, rather than to deny names that exist.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Cache } from "../client/cache.ts";
import type { CacheSet } from "../client/cache-set.ts";
import { Service } from "../resources/core/service.ts";
import { EndpointSlice } from "../resources/discovery/endpoint-slice.ts";
import type { KubeObject } from "../schema/resource.ts";
import type { Answer, Query, Question } from "../wire/dns/message.ts";
import { DnsFormatError, decodeAnswers, encodeQuestion, encodeReply } from "../wire/dns/message.ts";
import type { DnsServer } from "../wire/dns/server.ts";
import { serveDns } from "../wire/dns/server.ts";
import type { Forwarder } from "./forward.ts";
import type { ZoneData, ZoneOptions } from "./zone.ts";
import { answer } from "./zone.ts";

export interface DnsOptions extends ZoneOptions {
  /** Shared with the proxy, which reads the same kinds; the caller runs them. */
  readonly caches: CacheSet;
  readonly address: string;
  readonly port: number;
  readonly forwarder: Forwarder;
  readonly clock: Clock;
  readonly log: Log;
}

const SERVICE_NAME = "kubernetes.io/service-name";
/** Whole answers remembered by question; all are forgotten when a Service or slice changes. */
const REMEMBERED = 10_000;

/** The caches that the zone is read from, with their indexes. */
export class ZoneCaches implements ZoneData {
  readonly #services: Cache<Service>;
  readonly #slices: Cache<EndpointSlice>;
  readonly #all: readonly Cache<KubeObject>[];

  constructor(caches: CacheSet) {
    this.#services = caches.of(Service);
    this.#slices = caches.of(EndpointSlice);
    this.#all = [this.#services, this.#slices] as unknown as readonly Cache<KubeObject>[];
    this.#services.addIndex("ip", (s) => s.spec.clusterIPs ?? []);
    this.#slices.addIndex("service", (s) => [`${s.metadata.namespace}/${s.metadata.labels?.[SERVICE_NAME] ?? ""}`]);
    this.#slices.addIndex("ip", (s) => [...new Set((s.endpoints ?? []).flatMap((e) => e.addresses))]);
  }

  get isSynced(): boolean {
    return this.#all.every((cache) => cache.isSynced);
  }

  onChange(listener: () => void): void {
    for (const cache of this.#all) cache.listen(listener);
  }

  service(namespace: string, name: string): Service | undefined {
    return this.#services.get({ namespace, name });
  }
  hasNamespace(name: string): boolean {
    return this.#services.list(name).length > 0;
  }
  slices(namespace: string, service: string): readonly EndpointSlice[] {
    return this.#slices.by("service", `${namespace}/${service}`);
  }
  serviceByIP(ip: string): Service | undefined {
    return this.#services.by("ip", ip)[0];
  }
  slicesByIP(ip: string): readonly EndpointSlice[] {
    const headless = (slice: EndpointSlice) => {
      const { namespace = "", labels } = slice.metadata;
      return this.service(namespace, labels?.[SERVICE_NAME] ?? "")?.spec.clusterIP === "None";
    };
    return this.#slices.by("ip", ip).filter(headless);
  }
}

/** Listens, and answers until it is closed. */
export async function startDns(options: DnsOptions): Promise<DnsServer> {
  const data = new ZoneCaches(options.caches);
  const remembered = new Map<string, Uint8Array>();
  data.onChange(() => remembered.clear());
  return serveDns({ ...options, handler: responder(data, options, remembered) });
}

function responder(data: ZoneCaches, options: DnsOptions, remembered: Map<string, Uint8Array>) {
  return async (query: Query, limit: number): Promise<Uint8Array | undefined> => {
    const { name, type } = query.question;
    const key = `${type} ${name} ${limit} ${query.edns} ${query.recursionDesired}`;
    const known = remembered.get(key);
    if (known) return withId(known, query.id);
    if (!data.isSynced) return encodeReply(query, { rcode: "SERVFAIL", authoritative: false, answers: [] }, limit);
    const reply = answer(query.question, data, options);
    if (!reply) {
      const passed = await options.forwarder.ask(query.bytes, limit);
      return passed ?? encodeReply(query, { rcode: "SERVFAIL", authoritative: false, answers: [] }, limit);
    }
    if (reply.follow !== undefined) {
      const rest = await follow({ ...query.question, name: reply.follow }, query.id, data, options);
      return encodeReply(query, { ...reply, answers: [...reply.answers, ...rest] }, limit);
    }
    const bytes = encodeReply(query, reply, limit);
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(key, bytes);
    return bytes;
  };
}

/** The addresses behind an ExternalName: of our own zone, else of whoever knows. Resolvers want them beside the CNAME. */
async function follow(
  question: Question,
  id: number,
  data: ZoneCaches,
  options: DnsOptions,
): Promise<readonly Answer[]> {
  const own = answer(question, data, options);
  if (own) return own.answers;
  const reply = await options.forwarder.ask(encodeQuestion(id, question), 65_535);
  if (!reply) return [];
  try {
    return decodeAnswers(reply);
  } catch (error) {
    if (!(error instanceof DnsFormatError)) throw error;
    options.log.warn("a resolver's reply cannot be read", { name: question.name, error: error.message });
    return [];
  }
}

function withId(bytes: Uint8Array, id: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[0] = id >> 8;
  copy[1] = id & 0xff;
  return copy;
}
