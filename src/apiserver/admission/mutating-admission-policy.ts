// MutatingAdmissionPolicy: what is written is changed by the expressions of the policies that are bound to it. It refuses
// to trust what they make of an object: it is decoded, pruned and defaulted before anybody else sees it.
import { MutatingAdmissionPolicyBinding } from "../../resources/admissionregistration/mutating-admission-policy-binding.ts";
import { MutatingAdmissionPolicy } from "../../resources/admissionregistration/mutating-admission-policy.ts";
import { DecodeError } from "../../schema/decode.ts";
import { equalJson } from "../../schema/equality.ts";
import { StatusError } from "../../schema/meta/status.ts";
import type { JsonObject } from "../../schema/node.ts";
import type { KubeObject } from "../../schema/resource.ts";
import { Again } from "./dynamic/again.ts";
import { isExempt } from "./dynamic/match.ts";
import { mutationOf } from "./dynamic/mutation.ts";
import { applied, compiledPolicy, paramsOf, PolicyError } from "./dynamic/policies.ts";
import type { Applied } from "./dynamic/policies.ts";
import { Question } from "./dynamic/question.ts";
import type { AdmissionPlugin, AdmissionRequest, AdmissionServices } from "./plugin.ts";

type Write = AdmissionRequest & { readonly object: KubeObject };
type Bound = Applied<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding>;

const NAME = "MutatingAdmissionPolicy";
const KINDS = { policies: MutatingAdmissionPolicy, bindings: MutatingAdmissionPolicyBinding };

export const mutatingAdmissionPolicy: AdmissionPlugin = {
  name: NAME,

  mutate(request, services) {
    if (services.lookup.list(MutatingAdmissionPolicyBinding).length === 0 || isExempt(request)) return request.object;
    return mutated(request, services);
  },
};

/** Which policies are about the request is decided before the first of them changes it. */
async function mutated(request: Write, services: AdmissionServices): Promise<KubeObject> {
  const again = Again.of(NAME, request);
  let { object } = request;
  for (const bound of applied(KINDS, request, services)) {
    const { policy, binding } = bound;
    try {
      for (const [i, params] of paramsOf(bound, services).entries()) {
        const id = `${policy.metadata.name}/${binding.metadata.name}/${i}`;
        if (!again.isDue(id)) continue;
        const made = await throughPolicy(bound, { ...request, object }, services, params);
        if (made !== object) again.changed();
        if (policy.spec.reinvocationPolicy === "IfNeeded") again.mayRepeat(id);
        object = made;
      }
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      if (policy.spec.failurePolicy !== "Ignore") throw denial(bound, error.message);
    }
  }
  again.ended(object);
  return object;
}

function denial({ policy, binding }: Bound, why: string): StatusError {
  const { name } = policy.metadata;
  const message = `policy '${name}' with binding '${binding.metadata.name}' denied request: ${why}`;
  return new StatusError({ code: 403, reason: "Invalid", message });
}

/** The object after all mutations of a policy with one of its parameters; the same one when nothing is another. */
async function throughPolicy(
  { policy, question: { own, asked } }: Bound,
  request: Write,
  services: AdmissionServices,
  params: JsonObject | null,
): Promise<KubeObject> {
  const program = compiledPolicy(policy);
  const first = await shownQuestion(request, own, asked);
  if (!program.conditionsHold(first, services, params)) return request.object;
  let { object } = request;
  for (const mutation of policy.spec.mutations ?? []) {
    const question = await shownQuestion({ ...request, object }, own, asked);
    const before = question.object;
    if (before === null) continue;
    const activation = program.activation(question, services, params);
    const made = mutationOf(mutation, program, activation, { schema: question.schema, object: before });
    if (!equalJson(made, before)) object = await decoded(question, made);
  }
  return object;
}

/** Once its objects can be shown. */
async function shownQuestion(...about: ConstructorParameters<typeof Question>): Promise<Question> {
  const question = new Question(...about);
  const pending = question.ready();
  if (pending !== undefined) await pending;
  return question;
}

async function decoded(question: Question, made: unknown): Promise<KubeObject> {
  try {
    return await question.read(made);
  } catch (error) {
    if (error instanceof DecodeError) throw new PolicyError(`error applying patch: ${error.message}`, { cause: error });
    throw error;
  }
}
