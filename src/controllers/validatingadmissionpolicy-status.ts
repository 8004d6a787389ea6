// validatingadmissionpolicy-status: writes into a policy's status what is wrong with the types of its expressions. It
// refuses to look at custom resources: what their schemas are, its identity may not read.
import { resources } from "../resources/index.ts";
import { expressionWarnings } from "../resources/admissionregistration/type-checking.ts";
import { ValidatingAdmissionPolicy } from "../resources/admissionregistration/validating-admission-policy.ts";
import { apiVersionOf } from "../schema/resource.ts";
import { controller } from "../reconcile/controller.ts";

const find = (group: string, version: string, plural: string) =>
  resources.find((one) => one.group === group && one.version === version && one.plural === plural);
const byKind = (apiVersion: string, kind: string) =>
  resources.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);

export const validatingAdmissionPolicyStatus = controller<ValidatingAdmissionPolicy>({
  name: "validatingadmissionpolicy-status",
  identity: "validatingadmissionpolicy-status-controller",
  of: ValidatingAdmissionPolicy,
  writes: [{ resource: ValidatingAdmissionPolicy, verbs: ["update"], subresource: "status" }],
  async reconcile(policy, { client }) {
    const { generation = 0 } = policy.metadata;
    if ((policy.status.observedGeneration ?? 0) >= generation) return;
    const found = expressionWarnings(policy, find, byKind);
    const typeChecking = found.length > 0 ? { expressionWarnings: found } : {};
    const status = { ...policy.status, observedGeneration: generation, typeChecking };
    await client.update(ValidatingAdmissionPolicy, { ...policy, status }, { subresource: "status" });
  },
});
