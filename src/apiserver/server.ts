// The API server as one value: its parts wired together, an HTTP handler, clients without HTTP, an end. It refuses to be
// global: any number can run in one process, each on its own store, clock and chance.
//
// Example:
//   const server = await createApiServer({ store, resources, bodies, clock, random, log, metrics });
//   const listener = await server.listen({ host: "127.0.0.1", port: 6443, tls });
//   const client = server.localClient(serviceAccountUser("kube-system", "deployment-controller"));
import type { Client } from "../client/client.ts";
import { assert } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { Metrics } from "../base/metrics.ts";
import type { Random } from "../base/random.ts";
import type { CustomResourceDefinition } from "../resources/apiextensions/custom-resource-definition.ts";
import type { Resource } from "../schema/resource.ts";
import type { Store } from "../store/store.ts";
import type { AdmissionPlugin, AdmissionServices, Lookup } from "./admission/plugin.ts";
import { noDialer } from "./admission/webhooks/dialer.ts";
import type { WebhookDialer } from "./admission/webhooks/dialer.ts";
import { ApiServices } from "./aggregation/api-services.ts";
import { Discovered } from "./aggregation/discovered.ts";
import { RemoteDiscovery } from "./aggregation/discovery.ts";
import type { Allocator } from "./allocation/allocator.ts";
import type { Authenticator } from "./authentication/authenticator.ts";
import { AuditIds } from "./audit-ids.ts";
import { union } from "./authorization/authorize.ts";
import type { Authorizer } from "./authorization/authorizer.ts";
import type { ConvertObjects } from "./conversion/conversion.ts";
import { convertByWebhook } from "./conversion/webhook.ts";
import { featureGates } from "./feature-gates.ts";
import { Encodings } from "./encoding/values.ts";
import type { YamlWork } from "./encoding/yaml-thread.ts";
import type { Exchange } from "./http/exchange.ts";
import type { Listener, ListenOptions } from "./http/listener.ts";
import { Kinds, bodyKind } from "./kinds.ts";
import type { ServedKind } from "./kinds.ts";
import { Load } from "./load.ts";
import { localClient } from "./local.ts";
import type { Aggregation, Computed, NodeDialer, Parts, Review, TokenIssue } from "./parts.ts";
import { handle } from "./pipeline.ts";
import type { User } from "./request.ts";
import { changeOther } from "./verbs/update.ts";
import { route } from "./routes.ts";
import type { Turns } from "./turns.ts";
import { Watching } from "./watching.ts";
import { Feed } from "./watch-cache/feed.ts";
import { lookupOf } from "./watch-cache/lookup.ts";

export interface ApiServerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics?: Metrics | undefined;
  readonly resources: readonly Resource[];
  /** Kinds that are only bodies of subresources: Scale, Eviction, TokenRequest. */
  readonly bodies: readonly Resource[];
  /** What reads the server's own cache is made once that exists. */
  readonly authenticators?: ((lookup: Lookup) => readonly Authenticator[]) | undefined;
  readonly authorizers: (lookup: Lookup) => readonly Authorizer[];
  readonly admission?: ((lookup: Lookup) => readonly AdmissionPlugin[]) | undefined;
  readonly allocators?: ((lookup: Lookup) => readonly Allocator[]) | undefined;
  readonly reviews?: ((services: AdmissionServices) => ReadonlyMap<string, Review>) | undefined;
  readonly computed?: ((watching: Watching) => ReadonlyMap<string, Computed>) | undefined;
  readonly tokens?: TokenIssue | undefined;
  readonly nodes?: NodeDialer | undefined;
  readonly enabled?: ((gate: string) => boolean) | undefined;
  /** Asks the webhooks that convert custom resources. */
  readonly webhooks?: WebhookDialer | undefined;
  /** How the servers behind APIServices are reached; absent: there are none. */
  readonly aggregation?: Pick<Aggregation, "dial" | "tls"> | undefined;
  /** How requests over sockets share the event loop. */
  readonly turns?: Turns | undefined;
  /** Where long YAML is read and written, so that nobody waits for it; ended with the server. */
  readonly yaml?: YamlWork | undefined;
}

export interface ApiServer {
  readonly lookup: Lookup;
  /** Who converts the objects of a definition; undefined where their version alone changes. */
  readonly converter: (definition: CustomResourceDefinition) => ConvertObjects | undefined;
  /** The servers behind APIServices. */
  readonly aggregation: Aggregation | undefined;
  readonly metrics: Metrics;
  /** Kinds may come and go while the server runs (CRDs). */
  readonly kinds: Kinds;
  /**
   * Every kind that clients can reach here, those of other servers as their metadata alone. Throws an
   * IncompleteDiscoveryError when one of those servers does not answer.
   */
  discovered(): readonly Resource[];
  /** Answers one HTTP exchange; never throws. */
  handle(exchange: Exchange): Promise<void>;
  /** A client that speaks as `user`: authorization and admission apply, authentication does not. */
  localClient(user: User, userAgent?: string): Client;
  /** Opens a port. Only this touches sockets. */
  listen(options: Pick<ListenOptions, "host" | "port" | "tls">): Promise<Listener>;
  /** Ends watches, lets requests finish, stops following the store. The store stays open: it is the caller's. */
  close(graceMs?: number): Promise<void>;
}

/** Resolves once the caches hold what is stored. Rejects when the store cannot be read. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { clock, log } = options;
  const stopping = new AbortController();
  const ended = new AbortController();
  let address = "";
  const parts = partsOf(options, stopping.signal, () => address);
  const { following } = await parts.feed.start(ended.signal);
  following.catch((error: unknown) => {
    // Without the feed every answer would be stale: the server says so and stops serving.
    log.error("the watch cache lost the store", { error: error instanceof Error ? error.message : String(error) });
    stopping.abort();
  });
  const listeners = new Set<Listener>();
  const discovered = new Discovered(parts);
  return {
    lookup: parts.admissionServices.lookup,
    converter: (definition) =>
      convertByWebhook(definition, {
        random: options.random,
        dial: options.webhooks ?? noDialer,
        lookup: parts.admissionServices.lookup,
      }),
    aggregation: parts.aggregation,
    metrics: parts.metrics,
    kinds: parts.kinds,
    discovered: () => discovered.kinds(),
    handle: async (exchange) => handle(exchange, parts, route),
    localClient: (user, userAgent) => localClient(parts, user, userAgent),
    async listen({ host, port, tls }) {
      // Sockets are loaded only where they are used: the simulation runs without.
      const { listen } = await import("./http/listener.ts");
      const serve = (exchange: Exchange) => void handle(exchange, parts, route);
      const listener = await listen({ host, port, tls, clock, log, handle: serve });
      listeners.add(listener);
      address = `${host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host}:${listener.port}`;
      return listener;
    },
    async close(graceMs = 10_000) {
      stopping.abort();
      await Promise.all([...listeners].map((listener) => listener.close(graceMs)));
      ended.abort();
      await following.catch(() => undefined);
      await options.yaml?.close();
    },
  };
}

/** What the options say, put together. The caches are empty until the feed starts. */
function partsOf(options: ApiServerOptions, stopping: AbortSignal, address: () => string): Parts {
  const { store, clock, random, log, metrics = new Metrics() } = options;
  const feed = new Feed({ store, clock, log });
  const kinds = new Kinds(feed);
  for (const resource of options.resources) kinds.add(resource);
  const lookup = lookupOf(kinds, store);
  const authorizer = union(options.authorizers(lookup));
  const admissionServices: AdmissionServices = {
    lookup,
    kinds,
    authorizer,
    now: () => clock.now(),
    change: (resource, request, name, step) => changeOther(parts, resource, request, name, step),
  };
  const watching = new Watching();
  const bodies = bodiesOf(options.bodies, kinds);
  const scale = bodies.get("autoscaling/v1 Scale");
  assert(scale !== undefined, "the bodies of subresources include Scale");
  const parts: Parts = {
    store,
    clock,
    random,
    log,
    metrics,
    feed,
    kinds,
    bodies,
    scale,
    authorizer,
    admissionServices,
    authenticators: options.authenticators?.(lookup) ?? [],
    admission: options.admission?.(lookup) ?? [],
    allocators: options.allocators?.(lookup) ?? [],
    reviews: options.reviews?.(admissionServices) ?? new Map(),
    computed: options.computed?.(watching) ?? new Map(),
    watching,
    encodings: new Encodings(),
    tokens: options.tokens,
    nodes: options.nodes,
    enabled: options.enabled ?? featureGates(),
    stopping,
    load: new Load(clock, metrics),
    turns: options.turns,
    yaml: options.yaml,
    aggregation: options.aggregation && {
      ...options.aggregation,
      services: new ApiServices(lookup),
      discovery: new RemoteDiscovery(),
    },
    auditIds: new AuditIds(random),
    address,
  };
  return parts;
}

/** The bodies by apiVersion and kind; kinds of their own may be bodies as well (Binding). */
function bodiesOf(resources: readonly Resource[], kinds: Kinds): ReadonlyMap<string, ServedKind> {
  const found = new Map<string, ServedKind>();
  for (const resource of resources) {
    const kind = bodyKind(resource);
    found.set(`${kind.apiVersion} ${resource.kind}`, kind);
  }
  for (const { versions } of kinds.groups()) {
    for (const { kinds: served } of versions)
      for (const one of served) found.set(`${one.apiVersion} ${one.resource.kind}`, one);
  }
  return found;
}
