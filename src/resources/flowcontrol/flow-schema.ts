// FlowSchema: which requests go to which priority level. It refuses to hold any of them up.
import { formats } from "../../base/formats.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { formatFaults } from "../faults.ts";
import { MANDATORY_FLOW_SCHEMAS } from "./mandatory.ts";
import { preparesStatus } from "../status.ts";
import { equalJson } from "../../schema/equality.ts";
import { fieldForbidden, fieldInvalid, fieldNotSupported, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import {
  boolean,
  int32,
  listAtomic,
  listMap,
  listSet,
  object,
  optional,
  plain,
  pointer,
  required,
  string,
  time,
} from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Column, Rule } from "../../schema/resource.ts";

export const FlowDistinguisherMethod = object("k8s.io.api.flowcontrol.v1.FlowDistinguisherMethod", {
  type: required(1, string(), "ByUser or ByNamespace.", { judgedByRule: true }),
});
export interface FlowDistinguisherMethod extends ValueIn<typeof FlowDistinguisherMethod> {}

export const UserSubject = object("k8s.io.api.flowcontrol.v1.UserSubject", {
  name: required(1, string(), "The user, or * for all."),
});
export interface UserSubject extends ValueIn<typeof UserSubject> {}

export const GroupSubject = object("k8s.io.api.flowcontrol.v1.GroupSubject", {
  name: required(1, string(), "The group, or * for all."),
});
export interface GroupSubject extends ValueIn<typeof GroupSubject> {}

export const ServiceAccountSubject = object("k8s.io.api.flowcontrol.v1.ServiceAccountSubject", {
  namespace: required(1, string(), "Its namespace.", { demanded: "must specify namespace for service account" }),
  name: required(2, string(), "Its name, or * for all of the namespace."),
});
export interface ServiceAccountSubject extends ValueIn<typeof ServiceAccountSubject> {}

export const Subject = object(
  "k8s.io.api.flowcontrol.v1.Subject",
  {
    kind: required(1, string(), "User, Group or ServiceAccount.", { judgedByRule: true }),
    user: pointer(2, UserSubject, "Which user."),
    group: pointer(3, GroupSubject, "Which group."),
    serviceAccount: pointer(4, ServiceAccountSubject, "Which ServiceAccount."),
  },
  { unions: [{ discriminator: "kind", fields: { group: "Group", serviceAccount: "ServiceAccount", user: "User" } }] },
);
export interface Subject extends ValueIn<typeof Subject> {}

export const ResourcePolicyRule = object("k8s.io.api.flowcontrol.v1.ResourcePolicyRule", {
  verbs: required(1, listSet(string()), "The verbs, or * for all."),
  apiGroups: required(2, listSet(string()), "The groups, or * for all."),
  resources: required(3, listSet(string()), "The resources, or * for all."),
  clusterScope: optional(4, boolean(), "Whether requests outside of namespaces are meant too."),
  namespaces: optional(5, listSet(string()), "The namespaces, or * for all.", { always: true }),
});
export interface ResourcePolicyRule extends ValueIn<typeof ResourcePolicyRule> {}

export const NonResourcePolicyRule = object("k8s.io.api.flowcontrol.v1.NonResourcePolicyRule", {
  verbs: required(1, listSet(string()), "The verbs, or * for all."),
  nonResourceURLs: required(6, listSet(string()), "The paths, or * for all."),
});
export interface NonResourcePolicyRule extends ValueIn<typeof NonResourcePolicyRule> {}

export const PolicyRulesWithSubjects = object("k8s.io.api.flowcontrol.v1.PolicyRulesWithSubjects", {
  subjects: required(1, listAtomic(Subject), "Whose requests."),
  resourceRules: optional(2, listAtomic(ResourcePolicyRule), "Requests for resources."),
  nonResourceRules: optional(3, listAtomic(NonResourcePolicyRule), "Other requests."),
});
export interface PolicyRulesWithSubjects extends ValueIn<typeof PolicyRulesWithSubjects> {}

export const PriorityLevelConfigurationReference = object(
  "k8s.io.api.flowcontrol.v1.PriorityLevelConfigurationReference",
  {
    name: required(1, string(), "Its name.", { demanded: "must reference a priority level" }),
  },
);
export interface PriorityLevelConfigurationReference extends ValueIn<typeof PriorityLevelConfigurationReference> {}

const PRECEDENCE = 1000;

export const FlowSchemaSpec = object("k8s.io.api.flowcontrol.v1.FlowSchemaSpec", {
  priorityLevelConfiguration: required(1, PriorityLevelConfigurationReference, "The level that they go to."),
  matchingPrecedence: optional(2, int32(), "Which schema is asked first: that of the lowest number.", {
    always: true,
    default: PRECEDENCE,
  }),
  distinguisherMethod: pointer(3, FlowDistinguisherMethod, "What divides them into flows; all are one if left out."),
  rules: optional(4, listAtomic(PolicyRulesWithSubjects), "Which requests; any rule may say yes."),
});
export interface FlowSchemaSpec extends ValueIn<typeof FlowSchemaSpec> {}

export const FlowSchemaCondition = object("k8s.io.api.flowcontrol.v1.FlowSchemaCondition", {
  type: required(1, string(), "Which condition.", { always: false, demanded: "must not be empty" }),
  status: optional(2, string(), "True, False or Unknown."),
  lastTransitionTime: optional(3, time(), "When status last changed."),
  reason: optional(4, string(), "Why, in one word."),
  message: optional(5, string(), "Why, for people."),
});
export interface FlowSchemaCondition extends ValueIn<typeof FlowSchemaCondition> {}

export const FlowSchemaStatus = object("k8s.io.api.flowcontrol.v1.FlowSchemaStatus", {
  conditions: optional(1, listMap(FlowSchemaCondition, ["type"], { unique: "key" }), "Whether its level is there.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
});
export interface FlowSchemaStatus extends ValueIn<typeof FlowSchemaStatus> {}

const schema = object(
  "k8s.io.api.flowcontrol.v1.FlowSchema",
  {
    ...typeMeta,
    metadata,
    spec: required(2, FlowSchemaSpec, "Which, and where.", { always: false }),
    status: plain(3, FlowSchemaStatus, "Whether that works."),
  },
  { doc: "Which requests go to a priority level." },
);
export interface FlowSchema extends ValueIn<typeof schema> {}

const SPEC = FieldPath.of("spec");
const MOST_PRECEDENCE = 10_000;
const METHODS = ["ByNamespace", "ByUser"];
const KINDS = ["Group", "ServiceAccount", "User"];
const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];
const EVERY = "*";

/** Which field each kind of subject has. */
const PARTS = [
  ["ServiceAccount", "serviceAccount"],
  ["User", "user"],
  ["Group", "group"],
] as const;

function* subjectFaults(subject: Subject, path: FieldPath): Generator<FieldError> {
  const { kind, serviceAccount } = subject;
  if (!KINDS.includes(kind)) return yield fieldNotSupported(path.child("kind"), kind, KINDS);
  for (const [of, name] of PARTS) {
    const at = path.child(name);
    if (of === kind && subject[name] === undefined) {
      yield fieldRequired(at, `${name} is required when subject kind is '${of}'`);
    } else if (of !== kind && subject[name] !== undefined) {
      yield fieldForbidden(at, `${name} is forbidden when subject kind is not '${of}'`);
    }
  }
  if (kind !== "ServiceAccount" || serviceAccount === undefined) return;
  const { name, namespace } = serviceAccount;
  const at = path.child("serviceAccount");
  if (name !== "" && name !== EVERY) yield* formatFaults(at.child("name"), name, "dns1123Subdomain");
  if (namespace !== "") yield* formatFaults(at.child("namespace"), namespace, "dns1123Label");
}

/** `*` stands alone. */
function* aloneFaults(list: readonly string[], path: FieldPath, what: string): Generator<FieldError> {
  if (list.length > 1 && list.includes(EVERY))
    yield fieldInvalid(path, list, `if '*' is present, must not specify other ${what}`);
}

function* verbFaults(verbs: readonly string[], path: FieldPath): Generator<FieldError> {
  if (verbs.length === 0) yield fieldRequired(path, "verbs must contain at least one value");
  else if (verbs.includes(EVERY)) yield* aloneFaults(verbs, path, "verbs");
  else if (verbs.some((verb) => !VERBS.includes(verb))) yield fieldNotSupported(path, verbs, VERBS);
}

function* resourceRuleFaults(rule: ResourcePolicyRule, path: FieldPath): Generator<FieldError> {
  const { verbs, apiGroups, resources, clusterScope = false, namespaces = [] } = rule;
  yield* verbFaults(verbs, path.child("verbs"));
  if (apiGroups.length === 0)
    yield fieldRequired(path.child("apiGroups"), "resource rules must supply at least one api group");
  yield* aloneFaults(apiGroups, path.child("apiGroups"), "api groups");
  if (resources.length === 0)
    yield fieldRequired(path.child("resources"), "resource rules must supply at least one resource");
  yield* aloneFaults(resources, path.child("resources"), "resources");
  const at = path.child("namespaces");
  if (namespaces.length === 0 && !clusterScope) {
    yield fieldRequired(at, "resource rules that are not cluster scoped must supply at least one namespace");
  } else if (namespaces.includes(EVERY)) yield* aloneFaults(namespaces, at, "namespaces");
  else {
    for (const [i, name] of namespaces.entries()) {
      for (const fault of formats.dns1123Label(name)) {
        yield fieldInvalid(at.index(i), name, `each member of this list must be '*' or a DNS-1123 label; ${fault}`);
      }
    }
  }
}

/** A path, perhaps with a star at its end. */
function urlFault(url: string): string | undefined {
  if (url === "") return "must not be empty";
  if (url === "/") return undefined;
  if (!url.startsWith("/")) return "must start with slash";
  if (url.includes(" ")) return "must not contain white-space";
  if (url.includes("//")) return "must not contain double slash";
  const star = url.indexOf("*");
  if (star >= 0 && (star !== url.length - 1 || !url.endsWith("/*"))) return "wildcard can only do suffix matching";
  return undefined;
}

function* pathRuleFaults({ verbs, nonResourceURLs }: NonResourcePolicyRule, path: FieldPath): Generator<FieldError> {
  yield* verbFaults(verbs, path.child("verbs"));
  const at = path.child("nonResourceURLs");
  if (nonResourceURLs.length === 0) return yield fieldRequired(at, "nonResourceURLs must contain at least one value");
  if (nonResourceURLs.includes(EVERY)) return yield* aloneFaults(nonResourceURLs, at, "non-resource URLs");
  for (const [i, url] of nonResourceURLs.entries()) {
    const fault = urlFault(url);
    if (fault !== undefined) yield fieldInvalid(at.index(i), url, fault);
  }
}

function* ruleFaults(rule: PolicyRulesWithSubjects, path: FieldPath): Generator<FieldError> {
  const { subjects, resourceRules = [], nonResourceRules = [] } = rule;
  if (subjects.length === 0) yield fieldRequired(path.child("subjects"), "subjects must contain at least one value");
  for (const [i, subject] of subjects.entries()) yield* subjectFaults(subject, path.child("subjects").index(i));
  if (resourceRules.length === 0 && nonResourceRules.length === 0) {
    yield fieldRequired(path, "at least one of resourceRules and nonResourceRules has to be non-empty");
  }
  for (const [i, one] of resourceRules.entries()) yield* resourceRuleFaults(one, path.child("resourceRules").index(i));
  for (const [i, one] of nonResourceRules.entries())
    yield* pathRuleFaults(one, path.child("nonResourceRules").index(i));
}

const schemaValid: Rule<FlowSchema> = function* ({ metadata: { name = "" }, spec }, { request }) {
  if (request.subresource !== "") return;
  const {
    matchingPrecedence: precedence = 0,
    distinguisherMethod: method,
    priorityLevelConfiguration,
    rules = [],
  } = spec;
  const path = SPEC.child("matchingPrecedence");
  if (precedence <= 0) yield fieldInvalid(path, precedence, "must be a positive value");
  if (precedence > MOST_PRECEDENCE) yield fieldInvalid(path, precedence, `must not be greater than ${MOST_PRECEDENCE}`);
  if (precedence === 1 && name !== "exempt") {
    yield fieldInvalid(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1");
  }
  if (method !== undefined && !METHODS.includes(method.type)) {
    // Upstream shows the whole method, as its own source writes it.
    yield fieldNotSupported(SPEC.child("distinguisherMethod", "type"), { Type: method.type }, METHODS);
  }
  const level = priorityLevelConfiguration.name;
  if (level !== "") yield* formatFaults(SPEC.child("priorityLevelConfiguration", "name"), level, "dns1123Subdomain");
  for (const [i, rule] of rules.entries()) yield* ruleFaults(rule, SPEC.child("rules").index(i));
};

/** Two schemas catch everything that no other does; they stay as they are. */
const mandatoryStays: Rule<FlowSchema> = function* ({ metadata: { name = "" }, spec }) {
  const fixed = MANDATORY_FLOW_SCHEMAS[name];
  if (fixed && !equalJson(fixed, spec)) yield fieldInvalid(SPEC, spec, `spec of '${name}' must equal the fixed value`);
};

const text = (name: string, doc: string, cell: (schema: FlowSchema) => string | number): Column<FlowSchema> => ({
  name,
  type: "string",
  doc,
  cell,
});

export const FlowSchema = resource<FlowSchema>({
  group: "flowcontrol.apiserver.k8s.io",
  version: "v1",
  kind: "FlowSchema",
  plural: "flowschemas",
  scope: "Cluster",
  schema,
  columns: [
    nameColumn,
    text("PriorityLevel", "The level that they go to.", ({ spec }) => spec.priorityLevelConfiguration.name),
    text("MatchingPrecedence", "Which schema is asked first.", ({ spec }) => spec.matchingPrecedence ?? 0),
    text("DistinguisherMethod", "What divides into flows.", ({ spec }) => spec.distinguisherMethod?.type ?? "<none>"),
    ageColumn,
    text(
      "MissingPL",
      "Whether the level is missing.",
      ({ status }) => status.conditions?.find(({ type }) => type === "Dangling")?.status ?? "?",
    ),
  ],
  prepare: preparesStatus<FlowSchema>(schema),
  rules: [schemaValid, mandatoryStays],
});
