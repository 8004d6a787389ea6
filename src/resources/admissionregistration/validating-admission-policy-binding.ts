// ValidatingAdmissionPolicyBinding: where a policy counts, with what parameters, and what follows. It refuses to enforce.
import { MatchResources } from "./match-resources.ts";
import { ParamRef, bindingFaults, paramRefColumn, policyNameColumn } from "./policy.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { fieldDuplicate, fieldInvalid, fieldNotSupported, fieldRequired } from "../../schema/meta/field-error.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { listSet, object, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

export const ValidatingAdmissionPolicyBindingSpec = object(
  "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec",
  {
    policyName: required(1, string(), "The policy.", { always: false, toldLast: true }),
    paramRef: pointer(2, ParamRef, "Its parameters."),
    matchResources: pointer(3, MatchResources, "Where it counts, within what the policy is about."),
    validationActions: required(
      4,
      listSet(string({ enum: ["Audit", "Deny", "Warn"] })),
      "What follows: Deny, Warn or Audit.",
      { always: false, judgedByRule: true },
    ),
  },
);
export interface ValidatingAdmissionPolicyBindingSpec extends ValueIn<typeof ValidatingAdmissionPolicyBindingSpec> {}

const schema = object(
  "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding",
  {
    ...typeMeta,
    metadata,
    spec: required(2, ValidatingAdmissionPolicyBindingSpec, "Which, where and what.", { always: false }),
  },
  { doc: "Where a validating policy counts, and what follows." },
);
export interface ValidatingAdmissionPolicyBinding extends ValueIn<typeof schema> {}

const SPEC = FieldPath.of("spec");
const ACTIONS = ["Audit", "Deny", "Warn"];
const BOTH =
  "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";

const bindingValid: Rule<ValidatingAdmissionPolicyBinding> = function* ({ spec }) {
  yield* bindingFaults(spec, SPEC);
  const actions: readonly string[] = spec.validationActions ?? [];
  const path = SPEC.child("validationActions");
  if (actions.length === 0) yield fieldRequired(path);
  for (const [i, action] of actions.entries()) {
    if (!ACTIONS.includes(action)) yield fieldNotSupported(path.index(i), action, ACTIONS);
    if (actions.indexOf(action) !== i) yield fieldDuplicate(path.index(i), action);
  }
  if (actions.includes("Deny") && actions.includes("Warn")) yield fieldInvalid(path, actions, BOTH);
};

export const ValidatingAdmissionPolicyBinding = resource<ValidatingAdmissionPolicyBinding>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingAdmissionPolicyBinding",
  plural: "validatingadmissionpolicybindings",
  categories: ["api-extensions"],
  scope: "Cluster",
  schema,
  unconditionalUpdate: false,
  columns: [nameColumn, policyNameColumn, paramRefColumn, ageColumn],
  rules: [bindingValid],
});
