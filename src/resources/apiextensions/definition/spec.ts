// The parts of a CustomResourceDefinition: names, versions, subresources, columns, conversion, status. It refuses to
// hold rules (rules/).
import {
  boolean,
  int32,
  int64,
  listAtomic,
  listMap,
  object,
  optional,
  plain,
  pointer,
  required,
  string,
  time,
} from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { API, JSONSchemaProps, WebhookClientConfig } from "./json-schema.ts";

const byRule = { judgedByRule: true, demanded: false } as const;

export const CustomResourceDefinitionNames = object(`${API}.CustomResourceDefinitionNames`, {
  plural: required(1, string(), "The resource's name in paths: lower case, plural.", byRule),
  singular: optional(2, string(), "The name of one, in lower case.", {
    default: (names: { readonly kind?: string }) => names.kind?.toLowerCase() || undefined,
  }),
  shortNames: optional(3, listAtomic(string()), "Shorter names for the command line."),
  kind: required(4, string(), "The kind: CamelCase, singular.", byRule),
  listKind: optional(5, string(), "The kind of its lists.", {
    default: (names: { readonly kind?: string }) => (names.kind ? `${names.kind}List` : undefined),
  }),
  categories: optional(6, listAtomic(string()), "Groups of resources that it belongs to, such as all."),
});
export interface CustomResourceDefinitionNames extends ValueIn<typeof CustomResourceDefinitionNames> {}

export const CustomResourceColumnDefinition = object(`${API}.CustomResourceColumnDefinition`, {
  name: required(1, string(), "The column's heading.", byRule),
  type: required(2, string(), "boolean, date, integer, number or string.", byRule),
  format: optional(3, string(), "A named format, such as `name` for names."),
  description: optional(4, string(), "What the column shows."),
  priority: optional(5, int32(), "0 is always shown, more with -o wide."),
  jsonPath: required(6, string(), "Where the value stands.", byRule),
});
export interface CustomResourceColumnDefinition extends ValueIn<typeof CustomResourceColumnDefinition> {}

export const CustomResourceSubresources = object(`${API}.CustomResourceSubresources`, {
  status: pointer(1, object(`${API}.CustomResourceSubresourceStatus`, {}), "Whether status is written by itself."),
  scale: pointer(
    2,
    object(`${API}.CustomResourceSubresourceScale`, {
      specReplicasPath: required(1, string(), "Where the wanted number stands.", byRule),
      statusReplicasPath: required(2, string(), "Where the present number stands.", byRule),
      labelSelectorPath: pointer(3, string(), "Where a selector stands, as text."),
    }),
    "How it is scaled.",
  ),
});
export interface CustomResourceSubresources extends ValueIn<typeof CustomResourceSubresources> {}

export const CustomResourceDefinitionVersion = object(`${API}.CustomResourceDefinitionVersion`, {
  name: required(1, string(), "The version's name, such as v1beta1.", byRule),
  served: required(2, boolean(), "Whether the version is served."),
  storage: required(3, boolean(), "Whether objects are stored in this version; one is."),
  deprecated: optional(7, boolean(), "Whether clients are warned of using it."),
  deprecationWarning: pointer(8, string(), "What they are warned with."),
  schema: pointer(
    4,
    object(`${API}.CustomResourceValidation`, {
      openAPIV3Schema: pointer(1, JSONSchemaProps, "What objects look like."),
    }),
    "What objects of this version look like.",
  ),
  subresources: pointer(5, CustomResourceSubresources, "What can be written by itself."),
  additionalPrinterColumns: optional(6, listAtomic(CustomResourceColumnDefinition), "The columns beside the name."),
  selectableFields: optional(
    9,
    listAtomic(
      object(`${API}.SelectableField`, { jsonPath: required(1, string(), "Where the field stands.", byRule) }),
    ),
    "Fields that field selectors may name.",
    { gate: "CustomResourceFieldSelectors" },
  ),
});
export interface CustomResourceDefinitionVersion extends ValueIn<typeof CustomResourceDefinitionVersion> {}

export const CustomResourceDefinitionSpec = object(`${API}.CustomResourceDefinitionSpec`, {
  group: required(1, string(), "The API group.", byRule),
  names: required(3, CustomResourceDefinitionNames, "What it is called."),
  scope: required(4, string(), "Cluster or Namespaced.", byRule),
  versions: required(7, listAtomic(CustomResourceDefinitionVersion), "The versions of the API."),
  conversion: pointer(
    9,
    object(`${API}.CustomResourceConversion`, {
      strategy: required(1, string(), "None or Webhook.", byRule),
      webhook: pointer(
        2,
        object(`${API}.WebhookConversion`, {
          clientConfig: pointer(2, WebhookClientConfig, "How the webhook is reached."),
          conversionReviewVersions: required(3, listAtomic(string()), "The versions of ConversionReview it reads."),
        }),
        "The webhook that converts.",
      ),
    }),
    "How objects are converted between versions.",
    { default: { strategy: "None" } },
  ),
  preserveUnknownFields: optional(10, boolean(), "Always false in this version of the API."),
});
export interface CustomResourceDefinitionSpec extends ValueIn<typeof CustomResourceDefinitionSpec> {}

export const CustomResourceDefinitionCondition = object(`${API}.CustomResourceDefinitionCondition`, {
  type: required(1, string(), "What is stated: NamesAccepted, Established, Terminating …", { demanded: false }),
  status: required(2, string(), "True, False or Unknown.", { demanded: false }),
  lastTransitionTime: optional(3, time(), "When the status last changed."),
  reason: optional(4, string(), "Why, as one CamelCase word."),
  message: optional(5, string(), "Why, for people."),
  observedGeneration: optional(6, int64(), "The generation that this is about.", {
    gate: "CRDObservedGenerationTracking",
  }),
});
export interface CustomResourceDefinitionCondition extends ValueIn<typeof CustomResourceDefinitionCondition> {}

export const CustomResourceDefinitionStatus = object(`${API}.CustomResourceDefinitionStatus`, {
  conditions: optional(1, listMap(CustomResourceDefinitionCondition, ["type"]), "How far the definition is in use.", {
    always: true,
  }),
  acceptedNames: plain(2, CustomResourceDefinitionNames, "The names that are in use."),
  storedVersions: optional(3, listAtomic(string()), "The versions that objects were ever stored in.", { always: true }),
  observedGeneration: optional(4, int64(), "The generation that this is about.", {
    gate: "CRDObservedGenerationTracking",
  }),
});
export interface CustomResourceDefinitionStatus extends ValueIn<typeof CustomResourceDefinitionStatus> {}
