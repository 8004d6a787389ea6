// MutatingWebhookConfiguration: webhooks that may change what is written. It refuses to call them.
import { MatchCondition, RuleWithOperations } from "./match-resources.ts";
import { WebhookClientConfig } from "./webhook-client.ts";
import { webhooksValid } from "./webhook-rules.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { int32, listAtomic, listMap, object, optional, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { resource } from "../../schema/resource.ts";

export const MutatingWebhook = object("k8s.io.api.admissionregistration.v1.MutatingWebhook", {
  name: required(1, string(), "Names the webhook, as a domain."),
  clientConfig: required(2, WebhookClientConfig, "Where it is."),
  rules: optional(3, listAtomic(RuleWithOperations), "Which requests it is asked about."),
  failurePolicy: pointer(4, string({ enum: ["Fail", "Ignore"] }), "What happens when it does not answer.", {
    default: "Fail",
  }),
  matchPolicy: pointer(
    9,
    string({ enum: ["Equivalent", "Exact"] }),
    "Whether requests for another version of a resource are meant too.",
    { default: "Equivalent" },
  ),
  namespaceSelector: pointer(5, LabelSelector, "The namespaces; all for an empty one.", { default: {} }),
  objectSelector: pointer(11, LabelSelector, "The objects; all for an empty one.", { default: {} }),
  sideEffects: required(
    6,
    string({ enum: ["None", "NoneOnDryRun", "Some", "Unknown"] }),
    "Whether asking changes anything: None, or NoneOnDryRun.",
    { pointer: true, judgedByRule: true },
  ),
  timeoutSeconds: pointer(7, int32(), "How long its answer is waited for.", { default: 10 }),
  admissionReviewVersions: required(
    8,
    listAtomic(string()),
    "Versions of AdmissionReview that it reads, the best first.",
  ),
  reinvocationPolicy: pointer(
    10,
    string({ enum: ["IfNeeded", "Never"] }),
    "Whether it is asked again when others changed the object.",
    { default: "Never" },
  ),
  matchConditions: optional(12, listMap(MatchCondition, ["name"], { unique: "key" }), "What must hold of a request.", {
    merge: { strategy: ["merge"], key: "name" },
  }),
});
export interface MutatingWebhook extends ValueIn<typeof MutatingWebhook> {}

const schema = object(
  "k8s.io.api.admissionregistration.v1.MutatingWebhookConfiguration",
  {
    ...typeMeta,
    metadata,
    webhooks: optional(2, listMap(MutatingWebhook, ["name"], { unique: "key" }), "The webhooks.", {
      protoName: "Webhooks",
      merge: { strategy: ["merge"], key: "name" },
    }),
  },
  { doc: "Webhooks that may change what is written." },
);
export interface MutatingWebhookConfiguration extends ValueIn<typeof schema> {}

export const MutatingWebhookConfiguration = resource<MutatingWebhookConfiguration>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "MutatingWebhookConfiguration",
  plural: "mutatingwebhookconfigurations",
  categories: ["api-extensions"],
  scope: "Cluster",
  schema,
  generationOf: ["webhooks"],
  unconditionalUpdate: false,
  columns: [
    nameColumn,
    { name: "Webhooks", type: "integer", doc: "How many there are.", cell: ({ webhooks = [] }) => webhooks.length },
    ageColumn,
  ],
  rules: [webhooksValid],
});
