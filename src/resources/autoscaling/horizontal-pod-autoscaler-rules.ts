// What a HorizontalPodAutoscaler must be: bounds, metrics, behavior. It refuses to measure.
import { canonicalQuantity, compareQuantity } from "../../base/quantity.ts";
import type {
  CrossVersionObjectReference,
  HPAScalingPolicy,
  HPAScalingRules,
  HorizontalPodAutoscaler,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
} from "./horizontal-pod-autoscaler-object.ts";
import { resourceNameFaults } from "../core/pod/rules/resources.ts";
import { formatFaults } from "../faults.ts";
import { fieldForbidden, fieldInvalid, fieldNotSupported, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";

const SPEC = FieldPath.of("spec");
const TYPES = ["ContainerResource", "External", "Object", "Pods", "Resource"];
/** The field of each type, in the order in which upstream looks at them. */
const FIELDS = ["object", "external", "pods", "resource", "containerResource"] as const;
const POLICY_TYPES = ["Percent", "Pods"];
const SELECT_POLICIES = ["Disabled", "Max", "Min"];
const MOST_WINDOW = 3600;
const MOST_PERIOD = 1800;
const POSITIVE = "must be positive";

const isPositive = (amount: string) => compareQuantity(amount, "0") > 0;

function* targetFaults(target: MetricTarget, path: FieldPath): Generator<FieldError> {
  const { type, averageUtilization } = target;
  if (type === "") yield fieldRequired(path.child("type"), "must specify a metric target type");
  if (!["Utilization", "Value", "AverageValue"].includes(type)) {
    yield fieldInvalid(path.child("type"), type, "must be either Utilization, Value, or AverageValue");
  }
  for (const name of ["value", "averageValue"] as const) {
    const amount = target[name];
    if (amount !== undefined && !isPositive(amount)) {
      yield fieldInvalid(path.child(name), canonicalQuantity(amount), POSITIVE);
    }
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    yield fieldInvalid(path.child("averageUtilization"), averageUtilization, "must be greater than 0");
  }
}

function* identifierFaults({ name }: MetricIdentifier, path: FieldPath): Generator<FieldError> {
  if (name === "") yield fieldRequired(path.child("name"), "must specify a metric name");
  else yield* formatFaults(path.child("name"), name, "pathSegmentName");
}

/** Which of its parts must be there is a fact of the schema. */
function* referenceFaults({ kind, name }: CrossVersionObjectReference, path: FieldPath): Generator<FieldError> {
  if (kind !== "") yield* formatFaults(path.child("kind"), kind, "pathSegmentName");
  if (name !== "") yield* formatFaults(path.child("name"), name, "pathSegmentName");
}

/** Of a resource of pods: a share of what they ask for, or an amount. */
function* usageFaults({ averageUtilization, averageValue }: MetricTarget, path: FieldPath): Generator<FieldError> {
  if (averageUtilization === undefined && averageValue === undefined) {
    yield fieldRequired(path.child("averageUtilization"), "must set either a target raw value or a target utilization");
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    yield fieldForbidden(path.child("averageValue"), "may not set both a target raw value and a target utilization");
  }
}

function* valueFaults({ value, averageValue }: MetricTarget, path: FieldPath, what: string): Generator<FieldError> {
  if (value === undefined && averageValue === undefined) {
    yield fieldRequired(path.child("averageValue"), `must set either a target value ${what}`);
  }
}

/** `withGroup`: the core group has nothing that is asked for here. */
function* apiVersionFaults(apiVersion: string, withGroup: boolean, path: FieldPath): Generator<FieldError> {
  if (apiVersion.split("/").length > 2) {
    yield fieldInvalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`);
  } else if (withGroup && !/^[^/]+\//.test(apiVersion)) {
    yield fieldInvalid(path, apiVersion, "apiVersion must specify API group");
  }
}

type Source = (typeof FIELDS)[number];

const sourceFaults: {
  readonly [S in Source]: (source: NonNullable<MetricSpec[S]>, path: FieldPath) => Iterable<FieldError>;
} = {
  *object({ describedObject, metric, target }, path) {
    yield* referenceFaults(describedObject, path.child("describedObject"));
    yield* apiVersionFaults(describedObject.apiVersion ?? "", false, path.child("describedObject", "apiVersion"));
    yield* identifierFaults(metric, path.child("metric"));
    yield* targetFaults(target, path.child("target"));
    yield* valueFaults(target, path.child("target"), "or averageValue");
  },
  *external({ metric, target }, path) {
    yield* identifierFaults(metric, path.child("metric"));
    yield* targetFaults(target, path.child("target"));
    yield* valueFaults(target, path.child("target"), "for metric or a per-pod target");
    if (target.value !== undefined && target.averageValue !== undefined) {
      const why = "may not set both a target value for metric and a per-pod target";
      yield fieldForbidden(path.child("target", "value"), why);
    }
  },
  *pods({ metric, target }, path) {
    yield* identifierFaults(metric, path.child("metric"));
    yield* targetFaults(target, path.child("target"));
    if (target.averageValue === undefined || !isPositive(target.averageValue)) {
      yield fieldRequired(path.child("target", "averageValue"), "must specify a positive target averageValue");
    }
  },
  *resource({ name, target }, path) {
    if (name === "") yield fieldRequired(path.child("name"), "must specify a resource name");
    yield* targetFaults(target, path.child("target"));
    yield* usageFaults(target, path.child("target"));
  },
  *containerResource({ name, container, target }, path) {
    if (name === "") yield fieldRequired(path.child("name"), "must specify a resource name");
    else yield* resourceNameFaults(name, path.child("name"));
    if (container === "") yield fieldRequired(path.child("container"), "must specify a container");
    else yield* formatFaults(path.child("container"), container, "dns1123Label");
    yield* targetFaults(target, path.child("target"));
    yield* usageFaults(target, path.child("target"));
  },
};

function* metricFaults(metric: MetricSpec, path: FieldPath): Generator<FieldError> {
  const { type } = metric;
  if (type === "") yield fieldRequired(path.child("type"), "must specify a metric source type");
  if (!TYPES.includes(type)) yield fieldNotSupported(path.child("type"), type, TYPES);
  const present = FIELDS.filter((name) => metric[name] !== undefined);
  const [first] = present;
  if (first !== undefined) yield* sourceFaults[first](metric[first] as never, path.child(first));
  const expected = type.slice(0, 1).toLowerCase() + type.slice(1);
  if (TYPES.includes(type) && !present.some((name) => name === expected)) {
    yield fieldRequired(path.child(expected), "must populate information for the given metric source");
  }
  if (present.length === 1) return;
  for (const name of present) {
    if (name !== expected) yield fieldForbidden(path.child(name), "must populate the given metric source only");
  }
}

function* scalingFaults(rules: HPAScalingRules, path: FieldPath): Generator<FieldError> {
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules;
  const at = path.child("stabilizationWindowSeconds");
  if (window !== undefined && window < 0) yield fieldInvalid(at, window, "must be greater than or equal to zero");
  if (window !== undefined && window > MOST_WINDOW) {
    yield fieldInvalid(at, window, `must be less than or equal to ${MOST_WINDOW}`);
  }
  if (selectPolicy !== undefined && !SELECT_POLICIES.includes(selectPolicy)) {
    yield fieldNotSupported(path.child("selectPolicy"), selectPolicy, SELECT_POLICIES);
  }
  if (policies.length === 0) yield fieldRequired(path.child("policies"), "must specify at least one Policy");
  for (const [i, policy] of policies.entries()) yield* policyFaults(policy, path.child("policies").index(i));
  if (tolerance !== undefined && compareQuantity(tolerance, "0") < 0) {
    yield fieldInvalid(path.child("tolerance"), canonicalQuantity(tolerance), "must be greater than or equal to 0");
  }
}

function* policyFaults({ type, value, periodSeconds }: HPAScalingPolicy, path: FieldPath): Generator<FieldError> {
  if (!POLICY_TYPES.includes(type)) yield fieldNotSupported(path.child("type"), type, POLICY_TYPES);
  if (value <= 0) yield fieldInvalid(path.child("value"), value, "must be greater than zero");
  const period = path.child("periodSeconds");
  if (periodSeconds <= 0) yield fieldInvalid(period, periodSeconds, "must be greater than zero");
  if (periodSeconds > MOST_PERIOD) {
    yield fieldInvalid(period, periodSeconds, `must be less than or equal to ${MOST_PERIOD}`);
  }
}

export const autoscalerValid: Rule<HorizontalPodAutoscaler> = function* ({ spec }, { old, request }) {
  if (request.subresource !== "") return;
  const { minReplicas, maxReplicas, scaleTargetRef, metrics = [], behavior } = spec;
  // Who has no pods at all may stay so.
  const least = request.enabled("HPAScaleToZero") || old?.spec.minReplicas === 0 ? 0 : 1;
  if (minReplicas !== undefined && minReplicas < least) {
    yield fieldInvalid(SPEC.child("minReplicas"), minReplicas, `must be greater than or equal to ${least}`);
  }
  if (maxReplicas === 0) yield fieldRequired(SPEC.child("maxReplicas"));
  else if (maxReplicas < 1)
    yield fieldInvalid(SPEC.child("maxReplicas"), maxReplicas, "must be greater than or equal to 1");
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    yield fieldInvalid(SPEC.child("maxReplicas"), maxReplicas, "must be greater than or equal to `minReplicas`");
  }
  yield* referenceFaults(scaleTargetRef, SPEC.child("scaleTargetRef"));
  const { apiVersion = "", kind } = scaleTargetRef;
  const before = old?.spec.scaleTargetRef;
  // Who has a bad version may keep it; of the core group only replication controllers can be scaled.
  if (before?.kind !== kind || (before.apiVersion ?? "") !== apiVersion) {
    const path = SPEC.child("scaleTargetRef", "apiVersion");
    yield* apiVersionFaults(apiVersion, kind !== "ReplicationController", path);
  }
  for (const [i, metric] of metrics.entries()) yield* metricFaults(metric, SPEC.child("metrics").index(i));
  if (minReplicas === 0 && !metrics.some(({ object, external }) => object ?? external)) {
    const why = "must specify at least one Object or External metric to support scaling to zero replicas";
    yield fieldForbidden(SPEC.child("metrics"), why);
  }
  for (const name of ["scaleUp", "scaleDown"] as const) {
    const rules = behavior?.[name];
    if (rules !== undefined) yield* scalingFaults(rules, SPEC.child("behavior", name));
  }
};

export const countsValid: Rule<HorizontalPodAutoscaler> = function* ({ status }, { request }) {
  if (request.subresource !== "status") return;
  for (const name of ["currentReplicas", "desiredReplicas"] as const) {
    const count = status[name] ?? 0;
    if (count < 0) yield fieldInvalid(FieldPath.of("status", name), count, "must be greater than or equal to 0");
  }
};
