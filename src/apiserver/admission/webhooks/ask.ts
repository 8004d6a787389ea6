// One webhook and one request: whether it is asked, what it says, and what its silence means. It refuses to apply
// patches.
import type { Random } from "../../../base/random.ts";
import { uuid } from "../../../base/random.ts";
import type { Program } from "../../../cel/program.ts";
import { admissionEnvironment, compiled } from "../../../resources/admissionregistration/expression.ts";
import type { MutatingWebhook } from "../../../resources/admissionregistration/mutating-webhook-configuration.ts";
import type { ValidatingWebhook } from "../../../resources/admissionregistration/validating-webhook-configuration.ts";
import { badRequest, forbidden, internalError } from "../../../schema/meta/status.ts";
import { Activation, CONDITIONS_BUDGET } from "../dynamic/activation.ts";
import { matched } from "../dynamic/match.ts";
import { conditionsHold, PolicyError } from "../dynamic/policies.ts";
import { Question } from "../dynamic/question.ts";
import type { AdmissionRequest, AdmissionServices } from "../plugin.ts";
import type { WebhookDialer } from "./dialer.ts";
import { placeOf, urlOf } from "./place.ts";
import { AnswerError, readAnswer, refusalOf, reviewOf } from "./review.ts";
import { statusText } from "./status-text.ts";
import type { Answer } from "./review.ts";

type Webhook = ValidatingWebhook | MutatingWebhook;

export interface Asking {
  readonly random: Random;
  readonly dial: WebhookDialer;
}

const DEFAULT_SECONDS = 10;

/** The question for a webhook; undefined when it is not about the request. Throws when that cannot be told. */
export async function questionFor(
  webhook: Webhook,
  request: AdmissionRequest,
  services: AdmissionServices,
): Promise<Question | undefined> {
  const own = services.kinds.of(request.resource);
  const asked = own && matched({ ...webhook, rules: webhook.rules ?? [] }, request, services);
  if (own === undefined || asked === undefined) return undefined;
  const question = new Question(request, own, asked);
  const pending = question.ready();
  if (pending !== undefined) await pending;
  try {
    const conditions = conditionsOf(webhook);
    if (conditions.length === 0) return question;
    const holds = conditionsHold(conditions, new Activation({ question, services, budget: CONDITIONS_BUDGET }));
    return holds ? question : undefined;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    if (webhook.failurePolicy === "Ignore") return undefined;
    const { group, plural } = request.resource;
    throw forbidden({ group, resource: plural }, request.name, error.message);
  }
}

interface Condition {
  readonly text: string;
  readonly program: Program;
}

const conditions = new WeakMap<Webhook, readonly Condition[]>();

function conditionsOf(webhook: Webhook): readonly Condition[] {
  let found = conditions.get(webhook);
  if (found === undefined) {
    const env = admissionEnvironment({ params: false, authorizer: true });
    found = (webhook.matchConditions ?? []).map(({ expression }) => {
      const program = compiled(expression, env, "bool");
      if (typeof program === "string") throw new PolicyError(program);
      return { text: expression, program };
    });
    conditions.set(webhook, found);
  }
  return found;
}

/** What the webhook says; undefined when it says nothing and that is allowed. Throws its refusal. */
export async function ask(
  webhook: Webhook,
  question: Question,
  services: AdmissionServices,
  asking: Asking,
): Promise<Answer | undefined> {
  const { name, sideEffects, failurePolicy } = webhook;
  const { context, dryRun } = question.admission;
  if (dryRun && sideEffects !== "None" && sideEffects !== "NoneOnDryRun")
    throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
  let answer: Answer;
  try {
    answer = await answerOf(webhook, question, services, asking);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const why = `failed calling webhook ${JSON.stringify(name)}: ${error.message}`;
    context.log.warn("a webhook did not answer", { webhook: name, error: error.message, ignored: failurePolicy ?? "" });
    if (failurePolicy === "Ignore") return undefined;
    throw internalError(why, error);
  }
  for (const warning of answer.warnings) context.warn(warning);
  if (answer.allowed) return answer;
  throw refusalOf(name, answer.status);
}

async function answerOf(
  { clientConfig, timeoutSeconds = DEFAULT_SECONDS, admissionReviewVersions }: Webhook,
  question: Question,
  { lookup }: AdmissionServices,
  { random, dial }: Asking,
): Promise<Answer> {
  const review = reviewOf(question, admissionReviewVersions, uuid(random));
  const { signal } = question.admission.context;
  let reply: Awaited<ReturnType<WebhookDialer>>;
  try {
    const { url: _, ...place } = placeOf(clientConfig, timeoutSeconds, lookup);
    reply = await dial({ ...place, body: review.body, timeoutMs: timeoutSeconds * 1000, signal });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const post = `Post ${JSON.stringify(urlOf(clientConfig, timeoutSeconds))}: ${error.message}`;
    throw new Error(`failed to call webhook: ${post}`, { cause: error });
  }
  if (reply.status < 200 || reply.status > 299) throw new Error(`failed to call webhook: ${statusText(reply)}`);
  try {
    return readAnswer(review, reply.body);
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    throw new Error(`received invalid webhook response: ${error.message}`, { cause: error });
  }
}
