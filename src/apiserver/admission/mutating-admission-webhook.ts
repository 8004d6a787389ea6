// MutatingAdmissionWebhook: webhooks that may change what is written, one after the other. It refuses to trust what they
// make of an object: it is decoded, pruned and defaulted before anybody else sees it.
import { MutatingWebhookConfiguration } from "../../resources/admissionregistration/mutating-webhook-configuration.ts";
import type { MutatingWebhook } from "../../resources/admissionregistration/mutating-webhook-configuration.ts";
import { equalJson } from "../../schema/equality.ts";
import { applyJsonPatch } from "../../schema/json-patch.ts";
import { internalError } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import { isExempt } from "./dynamic/match.ts";
import type { Question } from "./dynamic/question.ts";
import { Again } from "./dynamic/again.ts";
import type { AdmissionPlugin, AdmissionRequest, AdmissionServices } from "./plugin.ts";
import { ask, questionFor } from "./webhooks/ask.ts";
import type { Asking } from "./webhooks/ask.ts";

type Write = AdmissionRequest & { readonly object: KubeObject };

interface Named {
  /** Of its configuration and itself. */
  readonly id: string;
  readonly webhook: MutatingWebhook;
}

const NAME = "MutatingAdmissionWebhook";

export const mutatingAdmissionWebhook = (asking: Asking): AdmissionPlugin => ({
  name: NAME,

  mutate(request, services) {
    const all = isExempt(request) ? [] : webhooksOf(services);
    return all.length === 0 ? request.object : mutated(all, request, services, asking);
  },

  // What cannot be changed can still be refused.
  validate(request, services) {
    if (!request.fixed || isExempt(request)) return undefined;
    const all = webhooksOf(services);
    return all.length === 0 ? undefined : asked(all, request, services, asking);
  },
});

/** In the order of their configurations' names. */
function webhooksOf({ lookup }: AdmissionServices): readonly Named[] {
  const configurations = lookup.list(MutatingWebhookConfiguration);
  if (configurations.length === 0) return [];
  const nameOf = ({ metadata }: KubeObject) => metadata.name ?? "";
  return [...configurations]
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .flatMap((one) => (one.webhooks ?? []).map((webhook) => ({ id: `${nameOf(one)}/${webhook.name}`, webhook })));
}

async function asked(
  all: readonly Named[],
  request: AdmissionRequest,
  services: AdmissionServices,
  asking: Asking,
): Promise<void> {
  for (const { webhook } of all) {
    const question = await questionFor(webhook, request, services);
    const answer = question && (await ask(webhook, question, services, asking));
    if (answer?.patch !== undefined && request.operation === "delete") throw nothingToModify(webhook);
  }
}

const nothingToModify = ({ name }: MutatingWebhook) =>
  internalError(
    `admission webhook ${JSON.stringify(name)} attempted to modify the object, which is not supported for this operation`,
  );

async function mutated(
  all: readonly Named[],
  request: Write,
  services: AdmissionServices,
  asking: Asking,
): Promise<KubeObject> {
  const again = Again.of(NAME, request);
  let { object } = request;
  for (const { id, webhook } of all) {
    if (!again.isDue(id)) continue;
    const question = await questionFor(webhook, { ...request, object }, services);
    if (question === undefined) continue;
    const answer = await ask(webhook, question, services, asking);
    if (answer?.patch !== undefined) {
      const made = await patched(question, answer.patch);
      if (made !== undefined) {
        object = made;
        again.changed();
      }
    }
    if (webhook.reinvocationPolicy === "IfNeeded") again.mayRepeat(id);
  }
  again.ended(object);
  return object;
}

/** Undefined when nothing is another than before. */
async function patched(question: Question, patch: unknown): Promise<KubeObject | undefined> {
  try {
    const made = applyJsonPatch(question.object, patch);
    return equalJson(made, question.object) ? undefined : await question.read(made);
  } catch (error) {
    if (error instanceof Error) throw internalError(error.message, error);
    throw error;
  }
}
