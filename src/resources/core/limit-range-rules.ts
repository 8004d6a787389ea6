// Rules about a LimitRange: types once each, and bounds that do not contradict one another.
import { compareQuantity, quantityMilliValue } from "../../base/quantity.ts";
import { fieldDuplicate, fieldForbidden, fieldInvalid, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { formatFaults } from "../faults.ts";
import { resourceNameFaults, standardNameFaults } from "./pod/rules/resources.ts";

/** A list of quantities by resource. */
type Amounts = Readonly<Record<string, string>>;

export interface LimitItem {
  readonly type: string;
  readonly max?: Amounts | undefined;
  readonly min?: Amounts | undefined;
  readonly default?: Amounts | undefined;
  readonly defaultRequest?: Amounts | undefined;
  readonly maxLimitRequestRatio?: Amounts | undefined;
}

/** Types that Kubernetes itself limits; others must be qualified by a domain. */
const TYPES = ["Pod", "Container", "PersistentVolumeClaim"];
const BOUNDS = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;

/** What is wrong with the items of a LimitRange, after the defaults of `prepare` are in. */
export function* limitFaults(limits: readonly LimitItem[]): Generator<FieldError> {
  for (const [i, item] of limits.entries()) {
    const path = FieldPath.of("spec", "limits").index(i);
    yield* typeFaults(item.type ?? "", path.child("type"));
    if (limits.slice(0, i).some(({ type }) => type === item.type)) yield fieldDuplicate(path.child("type"), item.type);
    for (const bound of BOUNDS) {
      if (item.type === "Pod" && (bound === "default" || bound === "defaultRequest")) {
        const given = Object.keys(item[bound] ?? {}).length > 0;
        if (given) yield fieldForbidden(path.child(bound), "may not be specified when `type` is 'Pod'");
        continue;
      }
      for (const name of Object.keys(item[bound] ?? {}))
        yield* resourceFaults(item.type, name, path.child(bound).key(name));
    }
    if (
      item.type === "PersistentVolumeClaim" &&
      item.min?.["storage"] === undefined &&
      item.max?.["storage"] === undefined
    ) {
      const why = "either minimum or maximum storage value is required, but neither was provided";
      yield fieldRequired(path.child("limits"), why);
    }
    yield* contradictions(item, path);
  }
}

/** A qualified name; without a domain only a standard type. */
function* typeFaults(type: string, path: FieldPath): Generator<FieldError> {
  const faults = formatFaults(path, type, "qualifiedName");
  yield* faults;
  if (faults.length === 0 && !type.includes("/") && !TYPES.includes(type)) {
    yield fieldInvalid(path, type, "must be a standard limit type or fully qualified");
  }
}

/** Pods and containers can ask for less than can be counted. */
const resourceFaults = (type: string, name: string, path: FieldPath): Iterable<FieldError> =>
  type === "Pod" || type === "Container" ? resourceNameFaults(name, path) : standardNameFaults(name, path);

/** Absent bounds contradict nothing. */
const above = (a: string | undefined, b: string | undefined) =>
  a !== undefined && b !== undefined && compareQuantity(a, b) > 0;

/** Per resource: min ≤ request ≤ limit ≤ max. The order of the checks is that of the messages. */
function* contradictions(item: LimitItem, path: FieldPath): Generator<FieldError> {
  const names = new Set(BOUNDS.flatMap((bound) => Object.keys(item[bound] ?? {})));
  for (const name of [...names].sort()) {
    const min = item.min?.[name];
    const max = item.max?.[name];
    const request = item.type === "Pod" ? undefined : item.defaultRequest?.[name];
    const limit = item.type === "Pod" ? undefined : item.default?.[name];
    const at = (bound: string) => path.child(bound).key(name);
    if (above(min, max)) yield fieldInvalid(at("min"), min, `min value ${min} is greater than max value ${max}`);
    if (above(min, request)) {
      const why = `min value ${min} is greater than default request value ${request}`;
      yield fieldInvalid(at("defaultRequest"), request, why);
    }
    if (above(request, max)) {
      const why = `default request value ${request} is greater than max value ${max}`;
      yield fieldInvalid(at("defaultRequest"), request, why);
    }
    if (above(request, limit)) {
      const why = `default request value ${request} is greater than default limit value ${limit}`;
      yield fieldInvalid(at("defaultRequest"), request, why);
    }
    // These two show the bound, not the default.
    if (above(min, limit))
      yield fieldInvalid(at("default"), min, `min value ${min} is greater than default value ${limit}`);
    if (above(limit, max))
      yield fieldInvalid(at("default"), max, `default value ${limit} is greater than max value ${max}`);
    yield* ratioFaults(item.maxLimitRequestRatio?.[name], min, max, at("maxLimitRequestRatio"));
    if (!mayOvercommit(name) && limit !== undefined && request !== undefined && compareQuantity(limit, request) !== 0) {
      const why = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
      yield fieldInvalid(at("defaultRequest"), request, why);
    }
  }
}

/** A ratio that even min and max exceed could never be met. */
function* ratioFaults(
  ratio: string | undefined,
  min: string | undefined,
  max: string | undefined,
  path: FieldPath,
): Generator<FieldError> {
  if (ratio === undefined) return;
  if (compareQuantity(ratio, "1") < 0) yield fieldInvalid(path, ratio, `ratio ${ratio} is less than 1`);
  if (min === undefined || max === undefined || compareQuantity(min, "0") === 0) return;
  const most = quantityMilliValue(max) / quantityMilliValue(min);
  if (quantityMilliValue(ratio) / 1000 > most) {
    yield fieldInvalid(path, ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`);
  }
}

/** Native resources but huge pages may be promised more than once. */
const mayOvercommit = (name: string) =>
  (!name.includes("/") || name.includes("kubernetes.io/")) && !name.startsWith("hugepages-");
