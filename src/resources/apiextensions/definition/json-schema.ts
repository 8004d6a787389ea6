// The schema of a custom resource as a definition states it: OpenAPI v3 without references, with Kubernetes' extensions.
// It refuses to judge itself (structural.ts does) and to describe values (schema/openapi-import.ts makes nodes of it).
import {
  boolean,
  bytes,
  double,
  int32,
  int64,
  json,
  listAtomic,
  listMap,
  map,
  object,
  optional,
  pointer,
  required,
  string,
  variant,
} from "../../../schema/node.ts";
import type { Fields, RecursiveNode, ValueIn } from "../../../schema/node.ts";

export const API = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1";

/** What a failed rule may say. */
export const REASONS = [
  "FieldValueDuplicate",
  "FieldValueForbidden",
  "FieldValueInvalid",
  "FieldValueRequired",
] as const;

export const ValidationRule = object(`${API}.ValidationRule`, {
  rule: required(1, string(), "The CEL expression, which is about `self`.", { demanded: false }),
  message: optional(2, string(), "What is said when the rule fails."),
  messageExpression: optional(3, string(), "A CEL expression that makes the message."),
  reason: pointer(4, string({ enum: REASONS }), "The machine-readable reason; FieldValueInvalid if left out.", {
    judgedByRule: true,
  }),
  fieldPath: optional(5, string(), "The field below that the failure is about, as a JSON path."),
  optionalOldSelf: pointer(6, boolean(), "Whether `oldSelf` is an optional, so that the rule holds on create too.", {
    gate: "CRDValidationRatcheting",
  }),
});
export interface ValidationRule extends ValueIn<typeof ValidationRule> {}

const ExternalDocumentation = object(`${API}.ExternalDocumentation`, {
  description: optional(1, string(), "What is found there."),
  url: optional(2, string(), "Where it is found."),
});

/** What a value may be. Keys that start with `x-kubernetes-` are extensions. */
export interface JSONSchemaProps {
  readonly $ref?: string | undefined;
  readonly description?: string | undefined;
  readonly type?: string | undefined;
  readonly format?: string | undefined;
  readonly default?: unknown;
  readonly maximum?: number | undefined;
  readonly exclusiveMaximum?: boolean | undefined;
  readonly minimum?: number | undefined;
  readonly exclusiveMinimum?: boolean | undefined;
  readonly maxLength?: number | undefined;
  readonly minLength?: number | undefined;
  readonly pattern?: string | undefined;
  readonly maxItems?: number | undefined;
  readonly minItems?: number | undefined;
  readonly uniqueItems?: boolean | undefined;
  readonly multipleOf?: number | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly maxProperties?: number | undefined;
  readonly minProperties?: number | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: JSONSchemaProps | readonly JSONSchemaProps[] | undefined;
  readonly allOf?: readonly JSONSchemaProps[] | undefined;
  readonly oneOf?: readonly JSONSchemaProps[] | undefined;
  readonly anyOf?: readonly JSONSchemaProps[] | undefined;
  readonly not?: JSONSchemaProps | undefined;
  readonly properties?: Readonly<Record<string, JSONSchemaProps>> | undefined;
  readonly additionalProperties?: JSONSchemaProps | boolean | undefined;
  readonly patternProperties?: Readonly<Record<string, JSONSchemaProps>> | undefined;
  readonly dependencies?: Readonly<Record<string, JSONSchemaProps | readonly string[]>> | undefined;
  readonly additionalItems?: JSONSchemaProps | boolean | undefined;
  readonly definitions?: Readonly<Record<string, JSONSchemaProps>> | undefined;
  readonly id?: string | undefined;
  readonly title?: string | undefined;
  readonly nullable?: boolean | undefined;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean | undefined;
  readonly "x-kubernetes-embedded-resource"?: boolean | undefined;
  readonly "x-kubernetes-int-or-string"?: boolean | undefined;
  readonly "x-kubernetes-list-map-keys"?: readonly string[] | undefined;
  readonly "x-kubernetes-list-type"?: string | undefined;
  readonly "x-kubernetes-map-type"?: string | undefined;
  readonly "x-kubernetes-validations"?: readonly ValidationRule[] | undefined;
}

export const JSONSchemaProps: RecursiveNode<JSONSchemaProps> = {
  type: "object",
  name: `${API}.JSONSchemaProps`,
  doc: "What a value may be, as OpenAPI v3 says it.",
  get fields() {
    return fields;
  },
};

const orArray = variant<JSONSchemaProps | readonly JSONSchemaProps[]>(`${API}.JSONSchemaPropsOrArray`, {
  object: [1, JSONSchemaProps],
  list: [2, listAtomic(JSONSchemaProps)],
});
const orBool = variant<JSONSchemaProps | boolean>(`${API}.JSONSchemaPropsOrBool`, {
  boolean: [1, boolean()],
  object: [2, JSONSchemaProps],
});
const orStringArray = variant<JSONSchemaProps | readonly string[]>(`${API}.JSONSchemaPropsOrStringArray`, {
  object: [1, JSONSchemaProps],
  list: [2, listAtomic(string())],
});
const extension = { preserves: "xKubernetesPreserveUnknownFields", embeds: "xKubernetesEmbeddedResource" } as const;

const fields: Fields = {
  id: optional(1, string(), "The schema's own address."),
  $schema: optional(2, string(), "The dialect.", { protoName: "schema" }),
  $ref: pointer(3, string(), "A reference, which definitions may not use.", { protoName: "ref" }),
  description: optional(4, string(), "What the value is for, for people."),
  type: optional(5, string(), "array, boolean, integer, number, object or string."),
  format: optional(6, string(), "A named format; unknown ones are ignored."),
  title: optional(7, string(), "A short name, for people."),
  default: pointer(8, json(), "What stands there when the value is left out."),
  maximum: pointer(9, double(), "The largest number."),
  exclusiveMaximum: optional(10, boolean(), "Whether the largest number itself is too large."),
  minimum: pointer(11, double(), "The smallest number."),
  exclusiveMinimum: optional(12, boolean(), "Whether the smallest number itself is too small."),
  maxLength: pointer(13, int64(), "The most characters."),
  minLength: pointer(14, int64(), "The fewest characters."),
  pattern: optional(15, string(), "A regular expression, as RE2 reads it."),
  maxItems: pointer(16, int64(), "The most items."),
  minItems: pointer(17, int64(), "The fewest items."),
  uniqueItems: optional(18, boolean(), "Not supported: list types say it."),
  multipleOf: pointer(19, double(), "What the number is a multiple of."),
  enum: optional(20, listAtomic(json()), "The values that are allowed."),
  maxProperties: pointer(21, int64(), "The most members."),
  minProperties: pointer(22, int64(), "The fewest members."),
  required: optional(23, listAtomic(string()), "The members that must be there."),
  items: pointer(24, orArray, "What each item is."),
  allOf: optional(25, listAtomic(JSONSchemaProps), "All of these must hold as well."),
  oneOf: optional(26, listAtomic(JSONSchemaProps), "Exactly one of these must hold."),
  anyOf: optional(27, listAtomic(JSONSchemaProps), "One of these must hold."),
  not: pointer(28, JSONSchemaProps, "This may not hold."),
  properties: optional(29, map(JSONSchemaProps), "The members by name."),
  additionalProperties: pointer(30, orBool, "What members are that are not named."),
  patternProperties: optional(31, map(JSONSchemaProps), "Not supported."),
  dependencies: optional(32, map(orStringArray), "Not supported."),
  additionalItems: pointer(33, orBool, "Not supported."),
  definitions: optional(34, map(JSONSchemaProps), "Not supported."),
  externalDocs: pointer(35, ExternalDocumentation, "Where more is said."),
  example: pointer(36, json(), "An example, for people."),
  nullable: optional(37, boolean(), "Whether null is a value."),
  "x-kubernetes-preserve-unknown-fields": pointer(38, boolean(), "Whether unnamed members are kept.", {
    protoName: extension.preserves,
  }),
  "x-kubernetes-embedded-resource": optional(39, boolean(), "Whether the value is a whole object.", {
    protoName: extension.embeds,
  }),
  "x-kubernetes-int-or-string": optional(40, boolean(), "Whether the value is a number or a text.", {
    protoName: "xKubernetesIntOrString",
  }),
  "x-kubernetes-list-map-keys": optional(41, listAtomic(string()), "What items of a map-like list are told apart by.", {
    protoName: "xKubernetesListMapKeys",
  }),
  "x-kubernetes-list-type": pointer(42, string(), "atomic, set or map.", { protoName: "xKubernetesListType" }),
  "x-kubernetes-map-type": pointer(43, string(), "granular or atomic.", { protoName: "xKubernetesMapType" }),
  "x-kubernetes-validations": optional(44, listMap(ValidationRule, ["rule"]), "Rules in CEL.", {
    protoName: "xKubernetesValidations",
    merge: { strategy: ["merge"], key: "rule" },
  }),
};

/** How a webhook is reached that converts between versions. */
export const WebhookClientConfig = object(`${API}.WebhookClientConfig`, {
  url: pointer(3, string(), "Where it answers; either this or service."),
  service: pointer(
    1,
    object(`${API}.ServiceReference`, {
      namespace: required(1, string(), "The service's namespace."),
      name: required(2, string(), "The service's name."),
      path: pointer(3, string(), "The path of the request."),
      port: pointer(4, int32(), "The service's port.", { default: 443 }),
    }),
    "The service that answers; either this or url.",
  ),
  caBundle: optional(2, bytes(), "The certificates of the authority that its own is checked by, as PEM."),
});
