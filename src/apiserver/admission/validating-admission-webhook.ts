// ValidatingAdmissionWebhook: webhooks that are asked whether a request may be. It refuses to change anything.
import { ValidatingWebhookConfiguration } from "../../resources/admissionregistration/validating-webhook-configuration.ts";
import { isExempt } from "./dynamic/match.ts";
import type { AdmissionPlugin } from "./plugin.ts";
import { ask, questionFor } from "./webhooks/ask.ts";
import type { Asking } from "./webhooks/ask.ts";

/** All at once: each sees the same object. The first refusal in the order of configurations is told. */
export const validatingAdmissionWebhook = (asking: Asking): AdmissionPlugin => ({
  name: "ValidatingAdmissionWebhook",

  validate(request, services) {
    const configurations = services.lookup.list(ValidatingWebhookConfiguration);
    if (configurations.length === 0 || isExempt(request)) return undefined;
    return allOf(
      configurations
        .flatMap(({ webhooks = [] }) => webhooks)
        .map(async (webhook) => {
          const question = await questionFor(webhook, request, services);
          if (question !== undefined) await ask(webhook, question, services, asking);
        }),
    );
  },
});

async function allOf(calls: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(calls);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
