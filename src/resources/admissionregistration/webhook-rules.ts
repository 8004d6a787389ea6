// What a webhook of either kind must be. It refuses to call one.
import { admissionEnvironment } from "./expression.ts";
import { matchConditionsFaults, requestRuleFaults } from "./match-resources.ts";
import type { MatchCondition, RuleWithOperations } from "./match-resources.ts";
import { webhookClientFaults } from "./webhook-client.ts";
import type { WebhookClientConfig } from "./webhook-client.ts";
import { formatFaults } from "../faults.ts";
import { labelSelectorFaults } from "../label-selector-rule.ts";
import { fieldInvalid, fieldNotSupported, fieldRequired } from "../../schema/meta/field-error.ts";
import type { FieldError } from "../../schema/meta/field-error.ts";
import type { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { KubeObject, Rule } from "../../schema/resource.ts";

const REVIEW_VERSIONS = ["v1", "v1beta1"];
const SIDE_EFFECTS = ["None", "NoneOnDryRun"];
const MOST_SECONDS = 30;
const CONDITIONS = admissionEnvironment({ params: false, authorizer: true });
const WEBHOOKS = FieldPath.of("webhooks");

/** What both kinds have. */
interface Webhook {
  readonly name: string;
  readonly clientConfig: WebhookClientConfig;
  readonly rules?: readonly RuleWithOperations[] | undefined;
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly objectSelector?: LabelSelector | undefined;
  readonly sideEffects?: string | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly admissionReviewVersions: readonly string[];
  readonly matchConditions?: readonly MatchCondition[] | undefined;
}

function* versionFaults(versions: readonly string[], path: FieldPath): Generator<FieldError> {
  const known = REVIEW_VERSIONS.join(", ");
  if (versions.length === 0) return yield fieldRequired(path, `must specify one of ${known}`);
  for (const [i, version] of versions.entries()) {
    if (versions.indexOf(version) !== i) yield fieldInvalid(path.index(i), version, "duplicate version");
    else yield* formatFaults(path.index(i), version, "dns1035Label");
  }
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    yield fieldInvalid(path, versions, `must include at least one of ${known}`);
  }
}

function* webhookFaults(webhook: Webhook, path: FieldPath): Generator<FieldError> {
  const { name, sideEffects, timeoutSeconds: seconds, matchConditions = [] } = webhook;
  yield* versionFaults(webhook.admissionReviewVersions, path.child("admissionReviewVersions"));
  if (name !== "") yield* formatFaults(path.child("name"), name, "fullyQualifiedName");
  for (const [i, rule] of (webhook.rules ?? []).entries()) yield* requestRuleFaults(rule, path.child("rules").index(i));
  if (!sideEffects) yield fieldRequired(path.child("sideEffects"), `must specify one of ${SIDE_EFFECTS.join(", ")}`);
  else if (!SIDE_EFFECTS.includes(sideEffects)) {
    yield fieldNotSupported(path.child("sideEffects"), sideEffects, SIDE_EFFECTS);
  }
  if (seconds !== undefined && (seconds < 1 || seconds > MOST_SECONDS)) {
    const why = `the timeout value must be between 1 and ${MOST_SECONDS} seconds`;
    yield fieldInvalid(path.child("timeoutSeconds"), seconds, why);
  }
  yield* labelSelectorFaults(webhook.namespaceSelector, path.child("namespaceSelector"));
  yield* labelSelectorFaults(webhook.objectSelector, path.child("objectSelector"));
  yield* webhookClientFaults(webhook.clientConfig, path.child("clientConfig"));
  yield* matchConditionsFaults(matchConditions, path.child("matchConditions"), CONDITIONS);
}

export const webhooksValid: Rule<KubeObject & { readonly webhooks?: readonly Webhook[] | undefined }> = function* ({
  webhooks = [],
}) {
  for (const [i, webhook] of webhooks.entries()) yield* webhookFaults(webhook, WEBHOOKS.index(i));
};
