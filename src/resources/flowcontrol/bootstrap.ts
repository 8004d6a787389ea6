// The priority levels and flow schemas that every cluster begins with. The mandatory ones catch what no other does and
// never change; the suggested ones follow this list until somebody takes them over. It refuses to make any of them.
import type { FlowSchema, FlowSchemaSpec, PolicyRulesWithSubjects, Subject } from "./flow-schema.ts";
import type {
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from "./priority-level-configuration.ts";
import { MANDATORY_FLOW_SCHEMAS, MANDATORY_LEVELS } from "./mandatory.ts";

/** "true": the spec follows the list below. */
export const AUTO_UPDATE_SPEC = "apf.kubernetes.io/autoupdate-spec";

const named = (name: string) => ({ name, annotations: { [AUTO_UPDATE_SPEC]: "true" } });

const queuing = (queues: number, handSize: number): QueuingConfiguration => ({
  queues,
  handSize,
  queueLengthLimit: 50,
});

const limited = (
  nominalConcurrencyShares: number,
  lendablePercent: number,
  queues: QueuingConfiguration,
): PriorityLevelConfigurationSpec => ({
  type: "Limited",
  limited: { nominalConcurrencyShares, limitResponse: { type: "Queue", queuing: queues }, lendablePercent },
});

const LEVELS: Readonly<Record<string, PriorityLevelConfigurationSpec>> = {
  ...MANDATORY_LEVELS,
  exempt: { type: "Exempt", exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  "global-default": limited(20, 50, queuing(128, 6)),
  "leader-election": limited(10, 0, queuing(16, 4)),
  "node-high": limited(40, 25, queuing(64, 6)),
  system: limited(30, 33, queuing(64, 6)),
  "workload-high": limited(40, 50, queuing(128, 6)),
  "workload-low": limited(100, 90, queuing(128, 6)),
};

const user = (name: string): Subject => ({ kind: "User", user: { name } });
const group = (name: string): Subject => ({ kind: "Group", group: { name } });
const KUBE_SYSTEM: Subject = { kind: "ServiceAccount", serviceAccount: { namespace: "kube-system", name: "*" } };

/** All requests of these. */
const all = (...subjects: readonly Subject[]): PolicyRulesWithSubjects => ({
  subjects,
  resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] }],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
});

type Method = "ByUser" | "ByNamespace" | undefined;

const schema = (
  level: string,
  matchingPrecedence: number,
  method: Method,
  ...rules: readonly PolicyRulesWithSubjects[]
): FlowSchemaSpec => ({
  priorityLevelConfiguration: { name: level },
  matchingPrecedence,
  ...(method && { distinguisherMethod: { type: method } }),
  rules,
});

const LEASES = { apiGroups: ["coordination.k8s.io"], resources: ["leases"], namespaces: ["*"] };
const EVERYBODY = [group("system:unauthenticated"), group("system:authenticated")];

const SCHEMAS: Readonly<Record<string, FlowSchemaSpec>> = {
  ...MANDATORY_FLOW_SCHEMAS,
  "global-default": schema("global-default", 9900, "ByUser", all(...EVERYBODY)),
  "kube-controller-manager": schema("workload-high", 800, "ByNamespace", all(user("system:kube-controller-manager"))),
  "kube-scheduler": schema("workload-high", 800, "ByNamespace", all(user("system:kube-scheduler"))),
  "kube-system-service-accounts": schema("workload-high", 900, "ByNamespace", all(KUBE_SYSTEM)),
  probes: schema("exempt", 2, undefined, {
    subjects: EVERYBODY,
    nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz", "/readyz", "/livez"] }],
  }),
  "service-accounts": schema("workload-low", 9000, "ByUser", all(group("system:serviceaccounts"))),
  "system-leader-election": schema("leader-election", 100, "ByUser", {
    subjects: [user("system:kube-controller-manager"), user("system:kube-scheduler"), KUBE_SYSTEM],
    resourceRules: [{ verbs: ["get", "create", "update"], ...LEASES }],
  }),
  "system-node-high": schema("node-high", 400, "ByUser", {
    subjects: [group("system:nodes")],
    resourceRules: [
      { verbs: ["*"], apiGroups: [""], resources: ["nodes", "nodes/status"], clusterScope: true, namespaces: ["*"] },
      { verbs: ["*"], ...LEASES },
    ],
  }),
  "system-nodes": schema("system", 500, "ByUser", all(group("system:nodes"))),
};

export const priorityLevels: readonly PriorityLevelConfiguration[] = Object.entries(LEVELS).map(([name, spec]) => ({
  metadata: named(name),
  spec,
  status: {},
}));

export const flowSchemas: readonly FlowSchema[] = Object.entries(SCHEMAS).map(([name, spec]) => ({
  metadata: named(name),
  spec,
  status: {},
}));
