// MutatingAdmissionPolicy: expressions that change what is written. It refuses to evaluate them.
import { admissionEnvironment, expressionFaults } from "./expression.ts";
import type { Environment } from "../../cel/environment.ts";
import { MatchCondition, MatchResources } from "./match-resources.ts";
import { ParamKind, Variable, paramKindColumn, policyFaults } from "./policy.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { fieldForbidden, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { listAtomic, listMap, object, optional, plain, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

export const ApplyConfiguration = object("k8s.io.api.admissionregistration.v1.ApplyConfiguration", {
  expression: optional(1, string(), "A CEL expression for what is applied.", {
    demanded: "expression is not specified",
  }),
});
export interface ApplyConfiguration extends ValueIn<typeof ApplyConfiguration> {}

export const JSONPatch = object("k8s.io.api.admissionregistration.v1.JSONPatch", {
  expression: optional(1, string(), "A CEL expression for the steps of a JSON patch.", {
    demanded: "expression is not specified",
  }),
});
export interface JSONPatch extends ValueIn<typeof JSONPatch> {}

export const Mutation = object("k8s.io.api.admissionregistration.v1.Mutation", {
  patchType: required(2, string({ enum: ["ApplyConfiguration", "JSONPatch"] }), "ApplyConfiguration or JSONPatch."),
  applyConfiguration: pointer(3, ApplyConfiguration, "What is applied."),
  jsonPatch: pointer(4, JSONPatch, "A JSON patch."),
});
export interface Mutation extends ValueIn<typeof Mutation> {}

export const MutatingAdmissionPolicySpec = object("k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicySpec", {
  paramKind: pointer(1, ParamKind, "The kind of its parameters."),
  matchConstraints: pointer(2, MatchResources, "Which requests it is about."),
  variables: optional(3, listAtomic(Variable), "Values that other expressions use."),
  mutations: optional(4, listAtomic(Mutation), "What is changed, in this order."),
  failurePolicy: pointer(5, string({ enum: ["Fail", "Ignore"] }), "What happens when an expression fails.", {
    default: "Fail",
  }),
  matchConditions: optional(
    6,
    listMap(MatchCondition, ["name"], { unique: "key" }),
    "What must hold of a request for the policy to be about it.",
    { merge: { strategy: ["merge"], key: "name" } },
  ),
  reinvocationPolicy: optional(
    7,
    string({ enum: ["IfNeeded", "Never"] }),
    "Whether it acts again when others changed the object.",
    { demanded: true },
  ),
});
export interface MutatingAdmissionPolicySpec extends ValueIn<typeof MutatingAdmissionPolicySpec> {}

const schema = object(
  "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicy",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, MutatingAdmissionPolicySpec, "The expressions, and what they are about."),
  },
  { doc: "Expressions that change what is written." },
);
export interface MutatingAdmissionPolicy extends ValueIn<typeof schema> {}

const SPEC = FieldPath.of("spec");
const PARTS = [
  ["ApplyConfiguration", "applyConfiguration"],
  ["JSONPatch", "jsonPatch"],
] as const;

function* mutationFaults(mutation: Mutation, path: FieldPath, env: Environment): Generator<FieldError> {
  for (const [type, name] of PARTS) {
    const given = mutation[name];
    const at = path.child(name);
    if (type === mutation.patchType && given === undefined) {
      yield fieldRequired(at, `must be specified when patchType is ${type}`);
    } else if (
      type !== mutation.patchType &&
      given !== undefined &&
      PARTS.some(([other]) => other === mutation.patchType)
    ) {
      yield fieldForbidden(at, `must not be specified when patchType is ${mutation.patchType}`);
    }
    if (given?.expression && given.expression.trim() === "") {
      yield fieldRequired(at.child("expression"), "expression is not specified");
    }
    if (type === mutation.patchType) {
      yield* expressionFaults(
        given?.expression,
        at.child("expression"),
        env,
        type === "JSONPatch" ? "patch" : "object",
      );
    }
  }
}

const policyValid: Rule<MutatingAdmissionPolicy> = function* ({ spec }) {
  const { mutations = [] } = spec;
  const variables = yield* policyFaults(spec, SPEC);
  const params = spec.paramKind !== undefined;
  const env = admissionEnvironment({ params, authorizer: true, variables, makes: true });
  if (mutations.length === 0) yield fieldRequired(SPEC.child("mutations"), "mutations must contain at least one item");
  for (const [i, one] of mutations.entries()) yield* mutationFaults(one, SPEC.child("mutations").index(i), env);
};

export const MutatingAdmissionPolicy = resource<MutatingAdmissionPolicy>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "MutatingAdmissionPolicy",
  plural: "mutatingadmissionpolicies",
  categories: ["api-extensions"],
  scope: "Cluster",
  schema,
  unconditionalUpdate: false,
  columns: [
    nameColumn,
    {
      name: "Mutations",
      type: "integer",
      doc: "How many there are.",
      cell: ({ spec }) => (spec.mutations ?? []).length,
    },
    paramKindColumn,
    ageColumn,
  ],
  rules: [policyValid],
});
