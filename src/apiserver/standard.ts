// The API server of Kubernetes: the lists of plug-ins that it runs with, and the objects that must exist before it is of
// use. It refuses to open a store or a port: programs and the simulation bring their own.
import { keepAvailability } from "./upkeep/api-availability.ts";
import { keepApiServices } from "./upkeep/api-services.ts";
import { keepExtensionAuthentication } from "./upkeep/extension-authentication.ts";
import type { Trust } from "./upkeep/extension-authentication.ts";
import { keepCustomKinds, serveEstablished } from "./upkeep/custom-resource-definitions.ts";
import { markDangling } from "./upkeep/dangling-flow-schemas.ts";
import { expireEvents } from "./upkeep/event-expiry.ts";
import { ensureFlowControl, keepFlowControl } from "./upkeep/flow-control.ts";
import { ensureBootstrapPolicy } from "./upkeep/bootstrap-policy.ts";
import { ensureKubernetesService } from "./upkeep/kubernetes-service.ts";
import { ensureServiceCidr, keepServiceAddresses } from "./upkeep/service-addresses.ts";
import type { Client } from "../client/client.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Metrics } from "../base/metrics.ts";
import type { Random } from "../base/random.ts";
import { APIService } from "../resources/apiregistration/api-service.ts";
import { CustomResourceDefinition } from "../resources/apiextensions/custom-resource-definition.ts";
import { Event } from "../resources/core/event.ts";
import { Service } from "../resources/core/service.ts";
import { FlowSchema } from "../resources/flowcontrol/flow-schema.ts";
import { PriorityLevelConfiguration } from "../resources/flowcontrol/priority-level-configuration.ts";
import { IPAddress } from "../resources/networking/ip-address.ts";
import { bodies, resources } from "../resources/index.ts";
import type { Store } from "../store/store.ts";
import { admissionPlugins } from "./admission/index.ts";
import type { Lookup } from "./admission/plugin.ts";
import { noDialer } from "./admission/webhooks/dialer.ts";
import type { WebhookDialer } from "./admission/webhooks/dialer.ts";
import { serviceAllocator } from "./allocation/service.ts";
import { componentStatuses } from "./computed/component-status.ts";
import type { Authenticator } from "./authentication/authenticator.ts";
import { bootstrapToken } from "./authentication/bootstrap-token.ts";
import { clientCertificate } from "./authentication/client-certificate.ts";
import { serviceAccountToken, tokenJudge } from "./authentication/service-account-token.ts";
import type { TokenJudge, TokenSigner } from "./authentication/service-account-token.ts";
import { staticToken } from "./authentication/static-token.ts";
import { authorizers } from "./authorization/index.ts";
import { heldRules } from "./authorization/rbac.ts";
import type { YamlWork } from "./encoding/yaml-thread.ts";
import type { Aggregation, NodeDialer, Review } from "./parts.ts";
import type { User } from "./request.ts";
import type { Turns } from "./turns.ts";
import { localSubjectAccessReview, selfSubjectAccessReview, subjectAccessReview } from "./reviews/access.ts";
import { selfSubjectReview, tokenReview } from "./reviews/identity.ts";
import { selfSubjectRulesReview } from "./reviews/rules.ts";
import { keepHistory } from "./history.ts";
import { createApiServer } from "./server.ts";
import type { ApiServer } from "./server.ts";

/** Whom the API server itself acts as: upkeep, and whoever lives inside of it. */
export const API_SERVER_USER: User = { name: "system:apiserver", groups: ["system:masters"] };

export interface StandardOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly serviceCidrs: readonly string[];
  readonly nodePorts?: { readonly first: number; readonly last: number };
  /** Bearer tokens fixed at start. */
  readonly tokens?: ReadonlyMap<string, User>;
  /** Signs service account tokens; without it none are given out. */
  readonly signer?: TokenSigner;
  readonly issuer?: string;
  readonly nodes?: NodeDialer;
  /** Asks admission webhooks; without it none can be asked. */
  readonly webhooks?: WebhookDialer;
  /** How the servers behind APIServices are reached; absent: there are none. */
  readonly aggregation?: Pick<Aggregation, "dial" | "tls">;
  /** How requests over sockets share the event loop. */
  readonly turns?: Turns;
  /** Where long YAML is read and written. */
  readonly yaml?: YamlWork;
}

const DEFAULT_ISSUER = "https://kubernetes.default.svc.cluster.local";
const DEFAULT_NODE_PORTS = { first: 30_000, last: 32_767 };

/** A server that answers but has no objects of its own yet: see {@link prepareCluster}. */
export function standardServer(options: StandardOptions): Promise<ApiServer> {
  const { store, clock, random, log, metrics, signer, issuer = DEFAULT_ISSUER, nodes } = options;
  const audiences = [issuer];
  const memory: { rules?: ReturnType<typeof heldRules>; judge?: TokenJudge; lookup?: Lookup } = {};
  const rulesOf = (lookup: Lookup) => (memory.rules ??= heldRules(lookup));
  const judgeOf = (lookup: Lookup) =>
    signer === undefined ? undefined : (memory.judge ??= tokenJudge({ signer, issuer, audiences, lookup, clock }));
  const fixed = staticToken(options.tokens ?? new Map());
  const joining = (lookup: Lookup) => bootstrapToken(lookup, () => clock.now());
  return createApiServer({
    store,
    clock,
    random,
    log,
    metrics,
    resources,
    bodies,
    authenticators: (lookup) => authenticatorsOf([fixed, joining(lookup)], judgeOf(lookup), audiences),
    authorizers: (lookup) => authorizers(lookup, rulesOf(lookup)),
    admission: (lookup) => admissionPlugins(random, rulesOf(lookup), { random, dial: options.webhooks ?? noDialer }),
    allocators: (lookup) => [
      serviceAllocator({
        lookup,
        random,
        serviceCidrs: options.serviceCidrs,
        nodePorts: options.nodePorts ?? DEFAULT_NODE_PORTS,
      }),
    ],
    reviews: ({ lookup, authorizer }) =>
      new Map<string, Review>([
        ["authentication.k8s.io/SelfSubjectReview", selfSubjectReview],
        ["authentication.k8s.io/TokenReview", tokenReview(judgeOf(lookup), [fixed, joining(lookup)], audiences)],
        ["authorization.k8s.io/SubjectAccessReview", subjectAccessReview(authorizer)],
        ["authorization.k8s.io/LocalSubjectAccessReview", localSubjectAccessReview(authorizer)],
        ["authorization.k8s.io/SelfSubjectAccessReview", selfSubjectAccessReview(authorizer)],
        ["authorization.k8s.io/SelfSubjectRulesReview", selfSubjectRulesReview(rulesOf(lookup))],
      ]),
    computed: (watching) => new Map([["/ComponentStatus", componentStatuses(watching)]]),
    tokens: signer && { signer, issuer, audiences },
    nodes,
    webhooks: options.webhooks,
    aggregation: options.aggregation,
    turns: options.turns,
    yaml: options.yaml,
  });
}

function authenticatorsOf(
  others: readonly Authenticator[],
  judge: TokenJudge | undefined,
  audiences: readonly string[],
): readonly Authenticator[] {
  return [clientCertificate(), ...others, ...(judge === undefined ? [] : [serviceAccountToken(judge, audiences)])];
}

export interface PrepareOptions {
  readonly server: ApiServer;
  readonly log: Log;
  /** The ranges of cluster IPs, to be shown as a ServiceCIDR. */
  readonly serviceCidrs?: readonly string[];
  /** Where pods reach this server; without it there is no `kubernetes` Service. */
  readonly reachable?: { readonly clusterIP: string; readonly address: string; readonly port: number };
}

/** What every cluster has from its first moment: namespaces, the bootstrap policy, the `kubernetes` Service. */
export async function prepareCluster(options: PrepareOptions): Promise<Client> {
  const { server, log, serviceCidrs, reachable } = options;
  const client = server.localClient(API_SERVER_USER, "kube-apiserver");
  const definitions = () => server.lookup.list(CustomResourceDefinition);
  serveEstablished({ kinds: server.kinds, converter: server.converter, definitions });
  await Promise.all([ensureBootstrapPolicy({ client, log }), ensureFlowControl(client)]);
  if (serviceCidrs !== undefined) await ensureServiceCidr(client, serviceCidrs);
  if (reachable !== undefined) await ensureKubernetesService({ client, ...reachable });
  return client;
}

export interface UpkeepOptions {
  readonly server: ApiServer;
  readonly store: Store;
  /** What extension servers are told of whom to believe; absent: nobody is told. */
  readonly trust?: Trust;
  readonly clock: Clock;
  readonly log: Log;
}

/** The loops that upstream runs inside its API server, until `signal` aborts. */
export async function upkeep({ server, store, trust, clock, log }: UpkeepOptions, signal: AbortSignal): Promise<void> {
  const client = server.localClient(API_SERVER_USER, "kube-apiserver");
  const level = (name: string) => server.lookup.get(PriorityLevelConfiguration, "", name);
  const { lookup, aggregation } = server;
  await Promise.all([
    ...(trust === undefined ? [] : [keepExtensionAuthentication({ client, trust, clock, log }, signal)]),
    ...(aggregation === undefined ? [] : [keepAvailability({ client, lookup, aggregation, clock, log }, signal)]),
    keepApiServices(
      {
        client,
        definitions: () => lookup.list(CustomResourceDefinition),
        services: () => lookup.list(APIService),
        clock,
        log,
      },
      signal,
    ),
    expireEvents({ client, events: () => server.lookup.list(Event), clock, log }, signal),
    keepHistory({ store, clock, log }, signal),
    keepFlowControl({ client, schema: (name) => server.lookup.get(FlowSchema, "", name), level, clock, log }, signal),
    markDangling({ client, schemas: () => server.lookup.list(FlowSchema), level, clock, log }, signal),
    keepCustomKinds(
      {
        client,
        kinds: server.kinds,
        converter: server.converter,
        definitions: () => server.lookup.list(CustomResourceDefinition),
        clock,
        log,
      },
      signal,
    ),
    keepServiceAddresses(
      {
        client,
        services: () => server.lookup.list(Service),
        addresses: () => server.lookup.list(IPAddress),
        address: (name) => server.lookup.get(IPAddress, "", name),
        clock,
        log,
      },
      signal,
    ),
  ]);
}
