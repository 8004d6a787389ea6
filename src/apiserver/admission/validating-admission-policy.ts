// ValidatingAdmissionPolicy: what is written must fulfil the expressions of the policies that are bound to it. It refuses
// to change anything.
import { CostError, EvaluationError } from "../../cel/source.ts";
import { ValidatingAdmissionPolicyBinding } from "../../resources/admissionregistration/validating-admission-policy-binding.ts";
import { ValidatingAdmissionPolicy } from "../../resources/admissionregistration/validating-admission-policy.ts";
import type { Validation } from "../../resources/admissionregistration/validating-admission-policy.ts";
import { forbidden, StatusError } from "../../schema/meta/status.ts";
import type { StatusReason } from "../../schema/meta/status.ts";
import type { JsonObject } from "../../schema/node.ts";
import { OUT_OF_BUDGET } from "./dynamic/activation.ts";
import type { Activation } from "./dynamic/activation.ts";
import { isExempt } from "./dynamic/match.ts";
import { applied, compiledPolicy, failureText, paramsOf, PolicyError } from "./dynamic/policies.ts";
import type { Applied, CompiledPolicy } from "./dynamic/policies.ts";
import type { AdmissionPlugin, AdmissionRequest, AdmissionServices } from "./plugin.ts";

type Bound = Applied<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding>;

/** Why a policy refuses. `certain`: its configuration failed, so that no action of the binding softens it. */
interface Refusal {
  readonly message: string;
  readonly reason: StatusReason;
  readonly certain?: boolean;
}

const KINDS = { policies: ValidatingAdmissionPolicy, bindings: ValidatingAdmissionPolicyBinding };

const CODES: Readonly<Partial<Record<StatusReason, number>>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
};
const INVALID = 422;

/** A message that is longer is not shown. */
const MOST_MESSAGE = 5 * 1024;

export const validatingAdmissionPolicy: AdmissionPlugin = {
  name: "ValidatingAdmissionPolicy",

  validate(request, services) {
    if (isExempt(request) || services.lookup.list(ValidatingAdmissionPolicyBinding).length === 0) return undefined;
    return validated(request, services);
  },
};

async function validated(request: AdmissionRequest, services: AdmissionServices): Promise<void> {
  let denied: StatusError | undefined;
  for (const bound of applied(KINDS, request, services)) {
    const pending = bound.question.ready();
    if (pending !== undefined) await pending;
    for (const refusal of refusals(bound, services)) {
      const actions: readonly string[] = bound.binding.spec.validationActions ?? [];
      if (refusal.certain || actions.includes("Deny"))
        denied ??= denial(request, bound, refusal.message, refusal.reason);
      if (!refusal.certain && actions.includes("Warn")) request.context.warn(warning(bound, refusal.message));
    }
  }
  if (denied !== undefined) throw denied;
}

const named = ({ policy, binding }: Bound) =>
  `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;

const warning = ({ policy, binding }: Bound, message: string) =>
  `Validation failed for ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}': ${message}`;

function denial({ resource, name }: AdmissionRequest, bound: Bound, why: string, reason: StatusReason): StatusError {
  const text = `${named(bound)} denied request: ${why}`;
  const { message, details } = forbidden({ group: resource.group, resource: resource.plural }, name, text);
  return new StatusError({
    code: CODES[reason] ?? INVALID,
    reason,
    message,
    details: { ...details, causes: [{ message: text }] },
  });
}

/** What the policy has against the request, for each of its parameters. */
function* refusals(bound: Bound, services: AdmissionServices): Generator<Refusal> {
  const { policy, question } = bound;
  const failsOpen = policy.spec.failurePolicy === "Ignore";
  const failed = (error: unknown, certain: boolean): Refusal[] => {
    if (!(error instanceof PolicyError)) throw error;
    return failsOpen ? [] : [{ message: error.message, reason: "Invalid", certain }];
  };
  let all: readonly (JsonObject | null)[];
  let program: CompiledPolicy;
  try {
    all = paramsOf(bound, services);
    program = compiledPolicy(policy);
  } catch (error) {
    return yield* failed(error, true);
  }
  for (const params of all) {
    try {
      if (!program.conditionsHold(question, services, params)) continue;
    } catch (error) {
      yield* failed(error, false);
      continue;
    }
    yield* judged(policy, program, program.activation(question, services, params), failsOpen);
  }
}

function* judged(
  { spec }: ValidatingAdmissionPolicy,
  program: CompiledPolicy,
  activation: Activation,
  failsOpen: boolean,
): Generator<Refusal> {
  for (const one of spec.validations ?? []) {
    const text = one.expression;
    try {
      if (activation.run(program.program(text, "bool")) !== true)
        yield { message: messageOf(one, program, activation), reason: (one.reason ?? "Invalid") as StatusReason };
    } catch (error) {
      if (!failsOpen) yield { message: failureOf(text, error), reason: "Invalid" };
      if (error instanceof CostError) return;
    }
  }
  // There is no audit log to note them in; that they can be made is part of the judgement all the same.
  for (const { valueExpression } of spec.auditAnnotations ?? []) {
    try {
      activation.run(program.program(valueExpression, "annotation"));
    } catch (error) {
      if (!failsOpen) yield { message: failureOf(valueExpression, error), reason: "Invalid" };
    }
  }
}

function failureOf(text: string, error: unknown): string {
  if (error instanceof PolicyError) return error.message;
  return error instanceof CostError ? OUT_OF_BUDGET : failureText(text, error);
}

/** What the message expression makes, if that is of use; else the message; else the expression itself. */
function messageOf(
  { expression, message = "", messageExpression = "" }: Validation,
  program: CompiledPolicy,
  activation: Activation,
): string {
  const fallback = message.trim() || `failed expression: ${expression.trim()}`;
  if (messageExpression.trim() === "") return fallback;
  try {
    const made = activation.run(program.program(messageExpression, "string"));
    const text = typeof made === "string" ? made.trim() : "";
    return text === "" || text.length > MOST_MESSAGE || /[\r\n]/.test(text) ? fallback : text;
  } catch (error) {
    if (error instanceof EvaluationError || error instanceof PolicyError) return fallback;
    throw error;
  }
}
