// Definitions: what is filled in, what is refused, and what becomes of their versions as kinds. The recorded cases say
// the rest (test/conformance).
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyDefaults } from "../../schema/default.ts";
import { decodeJson } from "../../schema/decode.ts";
import { validate } from "../../schema/validate.ts";
import { decodeProtobuf, encodeProtobuf } from "../../schema/protobuf.ts";
import type { RequestFacts } from "../../schema/resource.ts";
import { customKinds } from "./custom-kind.ts";
import { CustomResourceDefinition } from "./custom-resource-definition.ts";

const request: RequestFacts = {
  operation: "create",
  subresource: "",
  user: { name: "admin", groups: [] },
  now: 0,
  enabled: () => true,
};

const OPEN = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const version = (name: string, more: object = {}) => ({
  name,
  served: true,
  storage: false,
  schema: { openAPIV3Schema: OPEN },
  ...more,
});

function definition(spec: object = {}): CustomResourceDefinition {
  const whole = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget" },
      versions: [version("v1", { storage: true })],
      ...spec,
    },
  };
  const { schema } = CustomResourceDefinition;
  const decoded = decodeJson(schema, JSON.stringify(whole), { strictness: "Strict" });
  assert.deepEqual(decoded.problems, []);
  const object = applyDefaults(schema, decoded.value) as CustomResourceDefinition;
  return CustomResourceDefinition.prepare!(object, undefined, request);
}

const faults = (spec: object) =>
  validate(CustomResourceDefinition, definition(spec), { request }).errors.map(
    ({ field, body }) => `${field}: ${body}`,
  );

test("names are filled in, and the stored version is remembered", () => {
  const { spec, status } = definition();
  assert.equal(spec.names.singular, "widget");
  assert.equal(spec.names.listKind, "WidgetList");
  assert.deepEqual(spec.conversion, { strategy: "None" });
  assert.deepEqual(status.storedVersions, ["v1"]);
});

describe("refused", () => {
  const cases: readonly (readonly [name: string, spec: object, faults: readonly RegExp[]])[] = [
    [
      "two storage versions",
      { versions: [version("v1", { storage: true }), version("v2", { storage: true })] },
      [/^spec\.versions: .*exactly one version marked as storage version$/],
    ],
    [
      "no schema",
      { versions: [version("v1", { storage: true, schema: undefined })] },
      [/^spec\.versions\[0\]\.schema\.openAPIV3Schema: Required value: schemas are required$/],
    ],
    ["an unknown scope", { scope: "World" }, [/^spec\.scope: Unsupported value: "World"/]],
    [
      "an unknown conversion",
      { conversion: { strategy: "Magic" } },
      [/^spec\.conversion\.strategy: Unsupported value: "Magic"/],
    ],
    [
      "a webhook without a client",
      { conversion: { strategy: "Webhook" } },
      [/^spec\.conversion\.webhookClientConfig: Required value/],
    ],
    [
      "a default of another type",
      {
        versions: [
          version("v1", {
            storage: true,
            schema: { openAPIV3Schema: { type: "object", properties: { a: { type: "string", default: 5 } } } },
          }),
        ],
      },
      [/properties\[a\]\.default: Invalid value: "integer"/],
    ],
    [
      "keys that items do not have",
      {
        versions: [
          version("v1", {
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: {
                  l: {
                    type: "array",
                    items: { type: "object" },
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["k"],
                  },
                },
              },
            },
          }),
        ],
      },
      [/x-kubernetes-list-map-keys\[0\]: Invalid value: "k": entries must all be names of item properties$/],
    ],
  ];
  for (const [name, spec, wanted] of cases) {
    test(name, () => {
      const found = faults(spec);
      assert.equal(found.length, wanted.length, found.join("\n"));
      wanted.forEach((text, i) => assert.match(found[i]!, text));
    });
  }
});

test("schemas go through protobuf with what is several types", () => {
  const schema = {
    type: "object",
    properties: {
      a: { type: "object", additionalProperties: true },
      b: { type: "object", additionalProperties: { type: "string" } },
      c: { type: "array", items: { type: "integer", default: 5 } },
      d: { type: "object", additionalProperties: false },
    },
  };
  const object = definition({ versions: [version("v1", { storage: true, schema: { openAPIV3Schema: schema } })] });
  const back = decodeProtobuf(CustomResourceDefinition.schema, encodeProtobuf(CustomResourceDefinition.schema, object));
  assert.deepEqual(
    (applyDefaults(CustomResourceDefinition.schema, back) as CustomResourceDefinition).spec,
    object.spec,
  );
});

test("each served version is a kind, and all are stored as one", () => {
  const kinds = customKinds(
    definition({
      versions: [
        version("v1beta1", { deprecated: true }),
        version("v1", {
          storage: true,
          subresources: { status: {}, scale: { specReplicasPath: ".spec.n", statusReplicasPath: ".status.n" } },
        }),
        version("v0", { served: false }),
      ],
    }),
  );
  assert.deepEqual(
    kinds.map((kind) => kind.version),
    ["v1", "v1beta1"],
  );
  const [hub, old] = kinds;
  assert.equal(old!.storedAs?.hub, hub);
  assert.equal(old!.deprecation, "example.com/v1beta1 Widget is deprecated; use example.com/v1 Widget");
  assert.deepEqual(Object.keys(hub!.subresources), ["status", "scale"]);
});
