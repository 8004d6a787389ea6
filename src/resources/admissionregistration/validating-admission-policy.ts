// ValidatingAdmissionPolicy: expressions that what is written must fulfil. It refuses to evaluate them.
import { formats } from "../../base/formats.ts";
import { admissionEnvironment, expressionFaults } from "./expression.ts";
import type { Beside } from "./expression.ts";
import { MatchCondition, MatchResources } from "./match-resources.ts";
import { ParamKind, Variable, hasLineBreak, paramKindColumn, policyFaults } from "./policy.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { preparesStatus } from "../status.ts";
import { Condition } from "../../schema/meta/condition.ts";
import { fieldDuplicate, fieldInvalid, fieldNotSupported, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { int64, listAtomic, listMap, object, optional, plain, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

export const Validation = object("k8s.io.api.admissionregistration.v1.Validation", {
  expression: required(1, string(), "A CEL expression that must be true.", {
    protoName: "Expression",
    demanded: "expression is not specified",
  }),
  message: optional(2, string(), "What is said when it is not."),
  reason: pointer(3, string(), "The reason of the refusal.", { judgedByRule: true }),
  messageExpression: optional(4, string(), "A CEL expression for what is said."),
});
export interface Validation extends ValueIn<typeof Validation> {}

export const AuditAnnotation = object("k8s.io.api.admissionregistration.v1.AuditAnnotation", {
  key: required(1, string(), "Names the annotation, behind the policy's name."),
  valueExpression: required(2, string(), "A CEL expression for its value.", {
    demanded: "valueExpression is not specified",
  }),
});
export interface AuditAnnotation extends ValueIn<typeof AuditAnnotation> {}

export const ValidatingAdmissionPolicySpec = object(
  "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicySpec",
  {
    paramKind: pointer(1, ParamKind, "The kind of its parameters."),
    matchConstraints: pointer(2, MatchResources, "Which requests it is about."),
    validations: optional(3, listAtomic(Validation), "What must hold."),
    failurePolicy: pointer(4, string({ enum: ["Fail", "Ignore"] }), "What happens when an expression fails.", {
      default: "Fail",
    }),
    auditAnnotations: optional(5, listAtomic(AuditAnnotation), "What is noted for the audit."),
    matchConditions: optional(
      6,
      listMap(MatchCondition, ["name"], { unique: "key" }),
      "What must hold of a request for the policy to be about it.",
      { merge: { strategy: ["merge"], key: "name" } },
    ),
    variables: optional(7, listMap(Variable, ["name"]), "Values that other expressions use.", {
      merge: { strategy: ["merge"], key: "name" },
    }),
  },
);
export interface ValidatingAdmissionPolicySpec extends ValueIn<typeof ValidatingAdmissionPolicySpec> {}

export const ExpressionWarning = object("k8s.io.api.admissionregistration.v1.ExpressionWarning", {
  fieldRef: required(2, string(), "The field that has the expression.", { demanded: false }),
  warning: required(3, string(), "What is wrong with it.", { demanded: false }),
});
export interface ExpressionWarning extends ValueIn<typeof ExpressionWarning> {}

export const TypeChecking = object("k8s.io.api.admissionregistration.v1.TypeChecking", {
  expressionWarnings: optional(1, listAtomic(ExpressionWarning), "What was found."),
});
export interface TypeChecking extends ValueIn<typeof TypeChecking> {}

export const ValidatingAdmissionPolicyStatus = object(
  "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus",
  {
    observedGeneration: optional(1, int64(), "The generation that was last looked at."),
    typeChecking: pointer(2, TypeChecking, "What is wrong with the types of expressions."),
    conditions: optional(3, listMap(Condition, ["type"]), "What holds for it."),
  },
);
export interface ValidatingAdmissionPolicyStatus extends ValueIn<typeof ValidatingAdmissionPolicyStatus> {}

const schema = object(
  "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicy",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, ValidatingAdmissionPolicySpec, "The expressions, and what they are about."),
    status: plain(3, ValidatingAdmissionPolicyStatus, "What was found."),
  },
  { doc: "Expressions that what is written must fulfil." },
);
export interface ValidatingAdmissionPolicy extends ValueIn<typeof schema> {}

const SPEC = FieldPath.of("spec");
const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const MOST_ANNOTATIONS = 20;

function* validationFaults(
  { expression, message = "", messageExpression = "", reason }: Validation,
  path: FieldPath,
  beside: Beside,
): Generator<FieldError> {
  if (expression !== "" && expression.trim() === "")
    yield fieldRequired(path.child("expression"), "expression is not specified");
  if (messageExpression !== "" && messageExpression.trim() === "") {
    yield fieldInvalid(path.child("messageExpression"), messageExpression, "must be non-empty if specified");
  }
  const at = path.child("message");
  if (message !== "" && message.trim() === "")
    yield fieldInvalid(at, message, "message must be non-empty if specified");
  else if (hasLineBreak(message.trim())) yield fieldInvalid(at, message, "must not contain line breaks");
  else if (message === "" && hasLineBreak(expression.trim())) {
    yield fieldRequired(at, "message must be specified if expression contains line breaks");
  }
  yield* expressionFaults(expression, path.child("expression"), admissionEnvironment(beside), "bool");
  const env = admissionEnvironment({ ...beside, authorizer: false });
  yield* expressionFaults(messageExpression, path.child("messageExpression"), env, "string");
  if (reason !== undefined && !REASONS.includes(reason)) yield fieldNotSupported(path.child("reason"), reason, REASONS);
}

function* annotationsFaults(
  annotations: readonly AuditAnnotation[],
  policy: string,
  beside: Beside,
): Generator<FieldError> {
  const path = SPEC.child("auditAnnotations");
  if (annotations.length > MOST_ANNOTATIONS) {
    yield fieldInvalid(path, annotations, `must not have more than ${MOST_ANNOTATIONS} auditAnnotations`);
  }
  const env = admissionEnvironment(beside);
  for (const [i, { key, valueExpression }] of annotations.entries()) {
    const at = path.index(i).child("key");
    for (const fault of key === "" ? [] : formats.qualifiedName(`${policy}/${key}`)) yield fieldInvalid(at, key, fault);
    if (annotations.findIndex((other) => other.key === key) !== i) yield fieldDuplicate(at, key);
    yield* expressionFaults(valueExpression, path.index(i).child("valueExpression"), env, "annotation");
  }
}

const policyValid: Rule<ValidatingAdmissionPolicy> = function* ({ metadata: { name = "" }, spec }, { request }) {
  if (request.subresource !== "") return;
  const { validations = [], auditAnnotations = [] } = spec;
  const variables = yield* policyFaults(spec, SPEC);
  const beside = { params: spec.paramKind !== undefined, authorizer: true, variables };
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const why = "validations or auditAnnotations must contain at least one item";
    yield fieldRequired(SPEC.child("validations"), why);
    yield fieldRequired(SPEC.child("auditAnnotations"), why);
  }
  for (const [i, one] of validations.entries())
    yield* validationFaults(one, SPEC.child("validations").index(i), beside);
  yield* annotationsFaults(auditAnnotations, name, beside);
};

export const ValidatingAdmissionPolicy = resource<ValidatingAdmissionPolicy>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingAdmissionPolicy",
  plural: "validatingadmissionpolicies",
  categories: ["api-extensions"],
  scope: "Cluster",
  schema,
  unconditionalUpdate: false,
  columns: [
    nameColumn,
    {
      name: "Validations",
      type: "integer",
      doc: "How many there are.",
      cell: ({ spec }) => (spec.validations ?? []).length,
    },
    paramKindColumn,
    ageColumn,
  ],
  prepare: preparesStatus<ValidatingAdmissionPolicy>(schema),
  rules: [policyValid],
});
