// What workloads with a selector and a template have in common: the selector must find the pods it makes. Pure.
import { fieldForbidden, fieldInvalid, fieldNotSupported, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { labelQueryOf } from "../../schema/label-selector.ts";
import type { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import type { FieldPath } from "../../schema/meta/path.ts";
import type { KubeObject, RequestFacts, Rule } from "../../schema/resource.ts";
import type { PodTemplateSpec } from "../core/pod-template-spec.ts";
import { templateFaults } from "../core/pod/rules/template.ts";
import { labelNameWarnings, templateWarnings, wishesAnew } from "../core/pod/rules/warnings.ts";
import { formatFaults } from "../faults.ts";
import { labelSelectorFaults } from "../label-selector-rule.ts";

const isEmptySelector = (selector: LabelSelector): boolean =>
  Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;

export function* nonNegative(value: number | undefined, path: FieldPath): Generator<FieldError> {
  if (value !== undefined && value < 0) yield fieldInvalid(path, value, "must be greater than or equal to 0");
}

/** The selector by itself; `kind` is what messages call the workload. */
export function* selectorFaults(
  selector: LabelSelector | undefined,
  kind: string,
  path: FieldPath,
): Generator<FieldError> {
  if (!selector) return yield fieldRequired(path);
  yield* labelSelectorFaults(selector, path);
  if (isEmptySelector(selector)) yield fieldInvalid(path, selector, `empty selector is invalid for ${kind}`);
}

interface Context {
  readonly selector: LabelSelector | undefined;
  readonly old?: PodTemplateSpec | undefined;
  readonly request: RequestFacts;
}

/** The selector must match the template's labels, and pods that should keep running must restart always. */
export function* workloadTemplateFaults(
  template: PodTemplateSpec | undefined,
  path: FieldPath,
  { selector, old, request }: Context,
): Generator<FieldError> {
  const broken = selector ? [...labelSelectorFaults(selector, path)].length > 0 : false;
  const labels = template?.metadata?.labels;
  if (!broken && !(selector && isEmptySelector(selector)) && !labelQueryOf(selector).matches(labels)) {
    yield fieldInvalid(path.child("metadata", "labels"), labels, "`selector` does not match template `labels`");
  }
  yield* templateFaults(template ?? { spec: { containers: [] } }, path, { old, request });
}

/** What is said of a workload's template when it is new or changes; `named`: pods are named after the workload. */
export const templateWarned =
  <T extends KubeObject>(
    templateOf: (object: T) => PodTemplateSpec | undefined,
    path: FieldPath,
    { named }: { readonly named: boolean },
  ): Rule<T> =>
  (object, { old, request }) =>
    request.subresource === "status" || !wishesAnew(object, old)
      ? []
      : [
          ...(named && !old ? labelNameWarnings(object.metadata.name, "Pod names and hostnames") : []),
          ...templateWarnings(templateOf(object), path),
        ];

/** Pods of a workload that keeps a number of them are started again whenever they end. */
export function* restartsAlways(
  template: PodTemplateSpec | undefined,
  path: FieldPath,
  kind = "ReplicaSet",
): Generator<FieldError> {
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  if (restartPolicy && restartPolicy !== "Always") {
    yield fieldNotSupported(path.child("restartPolicy"), restartPolicy, ["Always"]);
  }
  if (activeDeadlineSeconds !== undefined) {
    yield fieldForbidden(path.child("activeDeadlineSeconds"), `activeDeadlineSeconds in ${kind} is not Supported`);
  }
}

/** A count, or a share in per cent. */
export function* countOrPercentFaults(value: string | number | undefined, path: FieldPath): Generator<FieldError> {
  if (typeof value === "number") yield* nonNegative(value, path);
  else if (value !== undefined) yield* formatFaults(path, value, "percent");
}

const percentOf = (value: string | number | undefined): number | undefined =>
  typeof value === "string" && /^[0-9]+%$/.test(value) ? Number(value.slice(0, -1)) : undefined;

/** Zero as a count or as a share. */
export const isNothing = (value: string | number | undefined): boolean => value === 0 || percentOf(value) === 0;

export function* notAbove100(value: string | number | undefined, path: FieldPath): Generator<FieldError> {
  if ((percentOf(value) ?? 0) > 100) yield fieldInvalid(path, value, "must not be greater than 100%");
}

/** A strategy as messages show it: with the names of Kubernetes' own source. */
export const shownStrategy = (strategy: {
  readonly type?: string | undefined;
  readonly rollingUpdate?: object | undefined;
}): object => ({
  Type: strategy.type ?? "",
  RollingUpdate: strategy.rollingUpdate ?? null,
});
