// Rules about a ResourceQuota: names that can be counted, and scopes that fit them.
import { fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { compareQuantity, quantity, quantityMilliValue } from "../../base/quantity.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { amountFaults, standardNameFaults } from "./pod/rules/resources.ts";

export interface QuotaFacts {
  readonly hard?: Readonly<Record<string, string>> | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly scopeSelector?: { readonly matchExpressions?: readonly Requirement[] | undefined } | undefined;
}

interface Requirement {
  readonly scopeName: string;
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

// Paths, and what can be counted
const SPEC = FieldPath.of("spec");
const POD_COMPUTE = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];
const CLAIMS = ["persistentvolumeclaims", "requests.storage"];

/** Which of the standard resources each scope narrows down. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  BestEffort: ["pods"],
  NotBestEffort: ["pods", ...POD_COMPUTE],
  Terminating: ["pods", ...POD_COMPUTE],
  NotTerminating: ["pods", ...POD_COMPUTE],
  PriorityClass: ["pods", ...POD_COMPUTE],
  CrossNamespacePodAffinity: ["pods", ...POD_COMPUTE],
  VolumeAttributesClass: CLAIMS,
};

/** Names without a domain that can be limited; huge pages beside them. */
const STANDARD = [
  ...["pods", ...POD_COMPUTE, ...CLAIMS],
  ...["ephemeral-storage", "requests.ephemeral-storage", "limits.ephemeral-storage", "resourcequotas", "services"],
  ...["replicationcontrollers", "secrets", "configmaps", "services.nodeports", "services.loadbalancers"],
];
/** Half of one is none. */
const COUNTED = [
  ...["pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps"],
  ...["persistentvolumeclaims", "services.nodeports", "services.loadbalancers"],
];
const isStandard = (name: string) => STANDARD.includes(name) || /^(requests\.)?hugepages-/.test(name);

const BOUNDED = ["cpu", "memory", "storage", "ephemeral-storage"];

/** Requests that may come to more than the limits do. */
export function* quotaWarnings({ hard = {} }: QuotaFacts): Generator<string> {
  for (const name of BOUNDED) {
    const bare = name === "cpu" || name === "memory" ? name : undefined;
    const request = [`requests.${name}`, bare].find((one) => one !== undefined && hard[one] !== undefined);
    const limit = `limits.${name}`;
    if (request === undefined || hard[limit] === undefined) continue;
    const [asked, most] = [hard[request]!, hard[limit]];
    if (compareQuantity(asked, most) <= 0) continue;
    const shown = (amount: string) => quantity(amount).toString();
    yield `ResourceQuota ${request} (${shown(asked)}) should be less than ${limit} (${shown(most)})`;
  }
}

/** What is wrong with the spec of a quota. */
export function* quotaFaults(spec: QuotaFacts): Generator<FieldError> {
  yield* hardFaults(spec.hard ?? {}, SPEC.child("hard"));
  yield* scopeFaults(spec);
  yield* selectorFaults(spec);
}

/** Names that can be counted, amounts that are not negative; also for the figures of a status. */
export function* hardFaults(hard: Readonly<Record<string, string>>, path: FieldPath): Generator<FieldError> {
  for (const [name, amount] of Object.entries(hard)) {
    const at = path.key(name);
    yield* standardNameFaults(name, at);
    if (!name.includes("/") && !isStandard(name)) yield fieldInvalid(at, name, "must be a standard resource for quota");
    yield* amountFaults(name, amount, at);
    if (COUNTED.includes(name) && quantityMilliValue(amount) % 1000 !== 0)
      yield fieldInvalid(at, quantity(amount).toString(), "must be an integer");
  }
}

/** Whether some standard resource of the quota is none of the scope's. */
const misfits = (scope: string, { hard = {} }: QuotaFacts) =>
  Object.keys(hard).filter((name) => isStandard(name) && !SCOPES[scope]?.includes(name));

/** Nothing is in both of these, so that such a quota would count nothing. */
const CONFLICTS = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;

/** Errors show the whole list, once for each resource that does not fit. */
function* scopeFaults(spec: QuotaFacts): Generator<FieldError> {
  const { scopes = [] } = spec;
  const path = SPEC.child("scopes");
  for (const scope of scopes) {
    if (!Object.hasOwn(SCOPES, scope)) {
      yield fieldInvalid(path, scopes, "unsupported scope");
      continue;
    }
    for (const _ of misfits(scope, spec)) yield fieldInvalid(path, scopes, "unsupported scope applied to resource");
  }
  for (const pair of CONFLICTS) {
    if (pair.every((scope) => scopes.includes(scope))) yield fieldInvalid(path, scopes, "conflicting scopes");
  }
}

// The Go names of the constants are part of upstream's text.
const EXISTS_ONLY =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, " +
  "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

/** Scopes that are there or not take `Exists` alone; classes are compared by value. */
function* selectorFaults(spec: QuotaFacts): Generator<FieldError> {
  // Errors leave the index out.
  const path = SPEC.child("scopeSelector", "matchExpressions");
  for (const { scopeName, operator, values = [] } of spec.scopeSelector?.matchExpressions ?? []) {
    if (!Object.hasOwn(SCOPES, scopeName)) yield fieldInvalid(path.child("scopeName"), scopeName, "unsupported scope");
    else
      for (const _ of misfits(scopeName, spec)) {
        yield fieldInvalid(path, spec.scopeSelector, "unsupported scope applied to resource");
      }
    const byClass = scopeName === "PriorityClass" || scopeName === "VolumeAttributesClass";
    if (Object.hasOwn(SCOPES, scopeName) && !byClass && operator !== "Exists") {
      yield fieldInvalid(path.child("operator"), operator, EXISTS_ONLY);
    }
    yield* operatorFaults(operator, values, path);
  }
  const named = (spec.scopeSelector?.matchExpressions ?? []).map(({ scopeName }) => scopeName);
  for (const pair of CONFLICTS) {
    // Upstream shows the other list.
    if (pair.every((scope) => named.includes(scope))) yield fieldInvalid(path, spec.scopes, "conflicting scopes");
  }
}

/** Values where the operator compares, none where it does not. */
function* operatorFaults(operator: string, values: readonly string[], path: FieldPath): Generator<FieldError> {
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length > 0) break;
      yield fieldRequired(
        path.child("values"),
        "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
      );
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length === 0) break;
      yield fieldInvalid(
        path.child("values"),
        values,
        "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
      );
      break;
    default:
      yield fieldInvalid(path.child("operator"), operator, "not a valid selector operator");
  }
}
