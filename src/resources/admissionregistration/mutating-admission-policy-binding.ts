// MutatingAdmissionPolicyBinding: where a policy counts, and with what parameters. It refuses to enforce.
import { MatchResources } from "./match-resources.ts";
import { ParamRef, bindingFaults, paramRefColumn, policyNameColumn } from "./policy.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import { object, optional, plain, pointer, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";
import type { Rule } from "../../schema/resource.ts";

export const MutatingAdmissionPolicyBindingSpec = object(
  "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicyBindingSpec",
  {
    policyName: optional(1, string(), "The policy.", { demanded: true }),
    paramRef: pointer(2, ParamRef, "Its parameters."),
    matchResources: pointer(3, MatchResources, "Where it counts, within what the policy is about."),
  },
);
export interface MutatingAdmissionPolicyBindingSpec extends ValueIn<typeof MutatingAdmissionPolicyBindingSpec> {}

const schema = object(
  "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicyBinding",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, MutatingAdmissionPolicyBindingSpec, "Which, and where."),
  },
  { doc: "Where a mutating policy counts." },
);
export interface MutatingAdmissionPolicyBinding extends ValueIn<typeof schema> {}

const bindingValid: Rule<MutatingAdmissionPolicyBinding> = ({ spec }) => bindingFaults(spec, FieldPath.of("spec"));

export const MutatingAdmissionPolicyBinding = resource<MutatingAdmissionPolicyBinding>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "MutatingAdmissionPolicyBinding",
  plural: "mutatingadmissionpolicybindings",
  categories: ["api-extensions"],
  scope: "Cluster",
  schema,
  unconditionalUpdate: false,
  columns: [nameColumn, policyNameColumn, paramRefColumn, ageColumn],
  rules: [bindingValid],
});
