// OpenAPI documents of an invented kind and a custom one, in all forms, and schemas of custom resources as nodes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtobufReader } from "../wire/protobuf/codec.ts";
import { groupVersions } from "./discovery.ts";
import { metadata, typeMeta } from "./meta/object-meta.ts";
import {
  boolean,
  bytes,
  int32,
  intOrString,
  list,
  listMap,
  map,
  object,
  optional,
  plain,
  pointer,
  quantity,
  required,
  string,
} from "./node.ts";
import type { JsonObject, Node } from "./node.ts";
import { definitionName, structuralSchema } from "./openapi-definitions.ts";
import { nodeOfCustomKind, nodeOfSchema } from "./openapi-import.ts";
import { operationPrefix } from "./openapi-operations.ts";
import { openapiV2Protobuf } from "./openapi-v2-protobuf.ts";
import { openapiV2 } from "./openapi-v2.ts";
import { documentHash, openapiV3, openapiV3Index, openapiV3Paths } from "./openapi-v3.ts";
import { resource } from "./resource.ts";
import type { KubeObject } from "./resource.ts";

const Port = object("k8s.io.api.example.v1.Port", {
  port: required(1, int32({ minimum: 1, maximum: 65535 }), "The number."),
  protocol: optional(2, string({ enum: ["TCP", "UDP"] }), "The protocol.", { default: "TCP" }),
});
const schema = object(
  "k8s.io.api.example.v1.Gate",
  {
    ...typeMeta,
    metadata,
    spec: plain(
      2,
      object("k8s.io.api.example.v1.GateSpec", {
        ports: optional(1, listMap(Port, ["port", "protocol"]), "Where it listens.", {
          merge: { strategy: ["merge"], key: "port" },
        }),
        size: optional(2, quantity(), "How large."),
        target: pointer(3, intOrString(), "A port or its name."),
        secret: optional(4, bytes(), "Bytes."),
        labels: optional(5, map(string(), { atomic: true }), "Labels."),
        names: optional(6, list(string()), "Names."),
        open: pointer(7, boolean(), "Whether it is open.", { default: true }),
      }),
      "What is desired.",
    ),
  },
  { doc: "A gate." },
);
const Gate = resource<KubeObject>({
  group: "example.k8s.io",
  version: "v1",
  kind: "Gate",
  plural: "gates",
  scope: "Namespaced",
  schema,
});
const Crd = resource<KubeObject>({
  group: "stable.example.com",
  version: "v1",
  kind: "CronTab",
  plural: "crontabs",
  scope: "Cluster",
  schema: nodeOfCustomKind(
    { type: "object", properties: { spec: { type: "object", properties: { n: { type: "integer" } } } } },
    "com.example.stable.v1.CronTab",
  ),
});
const served = { groups: groupVersions([Gate, Crd]), bodies: [] };
const info = { title: "Kaji", version: "v1.37.2" };
type Loose = { readonly [key: string]: Loose };
const v2 = openapiV2(served, info) as unknown as Loose;
const v3 = openapiV3(served, "apis/example.k8s.io/v1", info) as unknown as Loose;

test("names", () => {
  assert.equal(definitionName("k8s.io.api.core.v1.PodSpec"), "io.k8s.api.core.v1.PodSpec");
  assert.equal(
    definitionName("k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSON"),
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON",
  );
  assert.equal(definitionName("com.example.v1.CronTab"), "com.example.v1.CronTab");
  assert.equal(operationPrefix("", "v1"), "CoreV1");
  assert.equal(operationPrefix("rbac.authorization.k8s.io", "v1"), "RbacAuthorizationV1");
  assert.equal(operationPrefix("stable.example.com", "v1beta1"), "StableExampleComV1beta1");
});

test("fields in version 2", () => {
  const spec = v2["definitions"]!["io.k8s.api.example.v1.GateSpec"]!["properties"]!;
  assert.deepEqual(spec["ports"], {
    description: "Where it listens.",
    "x-kubernetes-patch-merge-key": "port",
    "x-kubernetes-patch-strategy": "merge",
    type: "array",
    items: { $ref: "#/definitions/io.k8s.api.example.v1.Port" },
    "x-kubernetes-list-map-keys": ["port", "protocol"],
    "x-kubernetes-list-type": "map",
  });
  assert.deepEqual(spec["size"], {
    description: "How large.",
    $ref: "#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity",
  });
  assert.deepEqual(v2["definitions"]!["io.k8s.api.example.v1.Port"]!["required"], ["port"]);
  assert.deepEqual(v2["definitions"]!["io.k8s.api.example.v1.Gate"]!["description"], "A gate.");
  assert.ok(v2["definitions"]!["io.k8s.api.example.v1.GateList"]);
});

test("fields in version 3", () => {
  const schemas = v3["components"]!["schemas"]!;
  const spec = schemas["io.k8s.api.example.v1.GateSpec"]!["properties"]!;
  assert.deepEqual(spec["open"], { description: "Whether it is open.", default: true, type: "boolean" });
  assert.deepEqual(spec["target"], {
    description: "A port or its name.",
    allOf: [{ $ref: "#/components/schemas/io.k8s.apimachinery.pkg.util.intstr.IntOrString" }],
  });
  assert.deepEqual(schemas["io.k8s.api.example.v1.Port"]!["properties"]!["protocol"], {
    description: "The protocol.",
    default: "TCP",
    type: "string",
    enum: ["TCP", "UDP"],
  });
});

test("custom resources: inlined, without watch paths, strategic merge and protobuf", () => {
  const custom = v2["definitions"]!["com.example.stable.v1.CronTab"]!;
  assert.deepEqual(custom["properties"]!["spec"], {
    type: "object",
    properties: { n: { type: "integer" } },
  });
  const paths = v2["paths"]!;
  assert.ok(!("/apis/stable.example.com/v1/watch/crontabs" in paths));
  const patch = paths["/apis/stable.example.com/v1/crontabs/{name}"]!["patch"]!;
  assert.equal(patch["operationId"], "patchStableExampleComV1CronTab");
  assert.deepEqual(patch["consumes"], [
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/apply-patch+yaml",
  ]);
});

test("the index names every document by its hash", () => {
  const paths = openapiV3Paths(served);
  assert.ok(
    paths.includes("apis/example.k8s.io/v1") && paths.includes("apis/stable.example.com") && paths.includes("version"),
  );
  for (const path of paths) assert.ok(openapiV3(served, path, info), path);
  assert.equal(openapiV3(served, "apis/nothing/v1", info), undefined);
  assert.equal(openapiV3(served, "apis/nothing", info), undefined);
  const index = openapiV3Index(
    paths.map((path) => [path, documentHash(JSON.stringify(openapiV3(served, path, info)))] as const),
  );
  assert.match(index.paths["version"]!.serverRelativeURL, /^\/openapi\/v3\/version\?hash=[0-9A-F]{128}$/);
});

/** The fields of a message: number → payloads of its length-delimited ones. */
function fieldsOf(bytes: Uint8Array): Map<number, Uint8Array[]> {
  const fields = new Map<number, Uint8Array[]>();
  const reader = new ProtobufReader(bytes);
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if ((tag & 7) !== 2) {
      reader.skip(tag);
      continue;
    }
    fields.set(tag >>> 3, [...(fields.get(tag >>> 3) ?? []), reader.bytes()]);
  }
  return fields;
}
const textIn = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();
/** A list of {name = 1, value = 2}. */
const namedIn = (list: readonly Uint8Array[]) =>
  new Map(list.map((entry) => [textIn(fieldsOf(entry).get(1)?.[0]), fieldsOf(fieldsOf(entry).get(2)![0]!)] as const));

test("version 2 as protobuf has every path and definition", () => {
  const document = fieldsOf(openapiV2Protobuf(v2 as unknown as JsonObject));
  assert.equal(textIn(document.get(1)![0]), "2.0");
  const paths = namedIn(fieldsOf(document.get(8)![0]!).get(2)!);
  assert.deepEqual([...paths.keys()], Object.keys(v2["paths"]!));
  const definitions = namedIn(fieldsOf(document.get(9)![0]!).get(1)!);
  assert.deepEqual([...definitions.keys()], Object.keys(v2["definitions"]!));
  const gate = definitions.get("io.k8s.api.example.v1.Gate")!;
  assert.equal(textIn(gate.get(4)![0]), "A gate.");
  const extension = fieldsOf(gate.get(31)![0]!);
  assert.equal(textIn(extension.get(1)![0]), "x-kubernetes-group-version-kind");
  assert.deepEqual(JSON.parse(textIn(fieldsOf(extension.get(2)![0]!).get(2)![0])), [
    { group: "example.k8s.io", kind: "Gate", version: "v1" },
  ]);
  const properties = namedIn(fieldsOf(gate.get(25)![0]!).get(1)!);
  assert.equal(textIn(properties.get("spec")!.get(1)![0]), "#/definitions/io.k8s.api.example.v1.GateSpec");
  // The patch of an item, field 8 of its path, has its query parameters.
  const patch = fieldsOf(paths.get("/apis/example.k8s.io/v1/namespaces/{namespace}/gates/{name}")!.get(8)![0]!);
  const names = patch.get(8)!.map((item) => {
    const parameter = fieldsOf(fieldsOf(item).get(1)![0]!);
    const query = parameter.get(2) && fieldsOf(fieldsOf(parameter.get(2)![0]!).get(3)![0]!);
    return query ? textIn(query.get(4)![0]) : "body";
  });
  assert.deepEqual(names, ["body", "dryRun", "fieldManager", "fieldValidation", "force", "pretty"]);
});

test("schemas of custom resources as nodes", () => {
  const read = (text: object): Node => nodeOfSchema(text as JsonObject);
  assert.deepEqual(read({ type: "integer", format: "int32", minimum: 1 }), { type: "int32", minimum: 1 });
  assert.deepEqual(read({ "x-kubernetes-int-or-string": true }), { type: "intOrString" });
  assert.deepEqual(
    read({ type: "object", additionalProperties: { type: "string" }, "x-kubernetes-map-type": "atomic" }),
    {
      type: "map",
      values: { type: "string" },
      atomic: true,
    },
  );
  assert.deepEqual(read({ type: "object", "x-kubernetes-preserve-unknown-fields": true }), {
    type: "object",
    name: "",
    fields: {},
    preserveUnknown: true,
  });
  const kind = nodeOfCustomKind(
    {
      properties: {
        kind: { type: "string" },
        spec: { type: "object", required: ["a"], properties: { a: { type: "string", default: "x" } } },
      },
    },
    "n",
  );
  assert.deepEqual(Object.keys(kind.fields), ["apiVersion", "kind", "metadata", "spec"]);
  const spec = kind.fields["spec"]!.node;
  assert.ok(spec.type === "object");
  assert.equal(spec.fields["a"]!.required, true);
  assert.equal(spec.fields["a"]!.default, "x");
});

test("a type that contains itself cannot be written inline", () => {
  const fields: Record<string, ReturnType<typeof optional>> = {};
  const node = object("test.Loop", fields);
  fields["again"] = optional(1, node, "");
  assert.throws(() => structuralSchema(node), RangeError);
});
