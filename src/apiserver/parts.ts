// What the parts of one API server are, handed to its stages and verbs. It refuses to be reached any other way: there are no globals.
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Metrics } from "../base/metrics.ts";
import type { Random } from "../base/random.ts";
import type { KubeObject } from "../schema/resource.ts";
import type { Store } from "../store/store.ts";
import type { Allocator } from "./allocation/allocator.ts";
import type { AdmissionPlugin, AdmissionServices } from "./admission/plugin.ts";
import type { ApiServices } from "./aggregation/api-services.ts";
import type { ServiceDialer } from "./aggregation/dialer.ts";
import type { RemoteDiscovery } from "./aggregation/discovery.ts";
import type { Authenticator } from "./authentication/authenticator.ts";
import type { TokenSigner } from "./authentication/service-account-token.ts";
import type { Authorizer } from "./authorization/authorizer.ts";
import type { AuditIds } from "./audit-ids.ts";
import type { Encodings } from "./encoding/values.ts";
import type { YamlWork } from "./encoding/yaml-thread.ts";
import type { Kinds, ServedKind } from "./kinds.ts";
import type { Load } from "./load.ts";
import type { RequestContext } from "./request.ts";
import type { Turns } from "./turns.ts";
import type { Watching } from "./watching.ts";
import type { Feed } from "./watch-cache/feed.ts";

/** What a kind that is only sent and answered (a review) does with what was sent. */
export type Review = (object: KubeObject, context: RequestContext) => KubeObject | Promise<KubeObject>;

/** The present objects of a kind that nobody stores. */
export type Computed = () => readonly KubeObject[];

/** How a request is handed to a node, for log, exec, attach, port-forward and proxy. */
export interface NodeDialer {
  /** TLS facts for a connection to the kubelet of a node. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca?: string | undefined };
}

/** The servers behind APIServices. */
export interface Aggregation {
  readonly services: ApiServices;
  readonly discovery: RemoteDiscovery;
  readonly dial: ServiceDialer;
  /** What the API server shows to them. */
  readonly tls: { readonly cert: string; readonly key: string };
}

/** How service account tokens are made. */
export interface TokenIssue {
  readonly signer: TokenSigner;
  readonly issuer: string;
  readonly audiences: readonly string[];
}

export interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly feed: Feed;
  readonly kinds: Kinds;
  readonly authenticators: readonly Authenticator[];
  /** In order; the first that allows or denies decides. */
  readonly authorizer: Authorizer;
  /** All plugins in order: first each one's `mutate`, later each one's `validate`. */
  readonly admission: readonly AdmissionPlugin[];
  readonly admissionServices: AdmissionServices;
  readonly allocators: readonly Allocator[];
  /** By group and kind: `authorization.k8s.io/SubjectAccessReview`. */
  readonly reviews: ReadonlyMap<string, Review>;
  /** By group and kind, as `reviews`: `/ComponentStatus`. */
  readonly computed: ReadonlyMap<string, Computed>;
  readonly watching: Watching;
  readonly encodings: Encodings;
  /** Signs service account tokens. */
  readonly tokens: TokenIssue | undefined;
  readonly nodes: NodeDialer | undefined;
  /** Whether a feature gate is on. */
  readonly enabled: (gate: string) => boolean;
  /** Aborted when the server stops: watches end, long requests are cut last. */
  readonly stopping: AbortSignal;
  readonly load: Load;
  /** Absent where requests do not come over sockets. */
  readonly turns: Turns | undefined;
  /** Other API servers; absent where none can be reached. */
  readonly aggregation: Aggregation | undefined;
  /** Where long YAML is read and written; absent: here. */
  readonly yaml: YamlWork | undefined;
  readonly auditIds: AuditIds;
  readonly metrics: Metrics;
  /** Where clients reach the server: `host:port`. */
  readonly address: () => string;
  /** autoscaling/v1 Scale, as bodies and answers of scale subresources. */
  readonly scale: ServedKind;
  /** Kinds that are only bodies of commands, by apiVersion and kind. */
  readonly bodies: ReadonlyMap<string, ServedKind>;
}
