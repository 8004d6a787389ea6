// What we publish of the API against the facts of upstream's own documents (reference/): every path and operation of
// the kinds that exist, every definition's fields, and discovery. It refuses to compare prose.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bodies, resources } from "../../src/resources/index.ts";
import { aggregatedDiscovery, groupVersions } from "../../src/schema/discovery.ts";
import { definitionName } from "../../src/schema/openapi-definitions.ts";
import { openapiV2 } from "../../src/schema/openapi-v2.ts";
import { openapiV3, openapiV3Paths } from "../../src/schema/openapi-v3.ts";
import { REFERENCE, hasReference } from "./reference-schema.ts";

const skip = hasReference
  ? false
  : "NO REFERENCE DATA beside the checkout: OpenAPI and discovery are NOT compared with upstream's";
const read = (name: string) => JSON.parse(readFileSync(new URL(name, REFERENCE), "utf8")) as unknown;

type Json = { readonly [key: string]: unknown };
type Loose = { readonly [key: string]: Loose } & readonly Loose[] & string;

const served = { groups: groupVersions(resources), bodies };
const info = { title: "Kaji", version: "v1.37.2" };
const v2 = openapiV2(served, info) as unknown as {
  readonly paths: Readonly<Record<string, Loose>>;
  readonly definitions: Readonly<Record<string, Loose>>;
};

interface Operation {
  readonly verb: string;
  readonly consumes: number;
  readonly produces: number;
}
interface Paths {
  readonly mediaTypes: readonly (readonly string[])[];
  readonly paths: Readonly<Record<string, readonly Operation[]>>;
}

/** A schema in a parameter or response: the definition's name, or the type. */
const named = (schema: Loose | undefined) =>
  schema?.["$ref"]?.replace("#/definitions/", "") ?? schema?.["type"] ?? null;

/** An operation of ours in the form of the reference. */
function factsOf(item: Loose, verb: string): Json {
  const operation = item[verb]!;
  const parameters = [...(item["parameters"] ?? []), ...(operation["parameters"] ?? [])];
  const names = (place: string) =>
    parameters
      .filter((p) => p["in"] === (place as Loose))
      .map((p) => p["name"]!)
      .sort();
  const body = parameters.find((p) => p["in"] === ("body" as Loose));
  return {
    verb,
    operationId: operation["operationId"],
    ...(operation["x-kubernetes-action"] && { action: operation["x-kubernetes-action"] }),
    ...(operation["x-kubernetes-group-version-kind"] && { gvk: operation["x-kubernetes-group-version-kind"] }),
    pathParams: names("path"),
    queryParams: names("query"),
    ...(body && { body: named(body["schema"]), bodyRequired: body["required"] ?? false }),
    responses: Object.fromEntries(
      Object.entries(operation["responses"]!).map(([code, response]) => [code, named((response as Loose)["schema"])]),
    ),
    consumes: operation["consumes"] ?? [],
    produces: operation["produces"],
  };
}

test("paths and operations are upstream's", { skip }, () => {
  const { paths, mediaTypes } = read("openapi-v2-paths.json") as Paths;
  let compared = 0;
  for (const [path, item] of Object.entries(v2.paths)) {
    const expected = paths[path];
    assert.ok(expected, `${path} is no path of upstream's`);
    const verbs = Object.keys(item).filter((key) => key !== "parameters");
    assert.deepEqual(verbs.sort(), expected.map((operation) => operation.verb).sort(), path);
    for (const operation of expected) {
      const facts = {
        ...operation,
        consumes: mediaTypes[operation.consumes],
        produces: mediaTypes[operation.produces],
      };
      assert.deepEqual(factsOf(item, operation.verb), facts, `${operation.verb} ${path}`);
      compared++;
    }
  }
  assert.ok(compared > 100, `only ${compared} operations`);
  for (const { group, version, plural } of resources) {
    const base = group ? `/apis/${group}/${version}` : `/api/${version}`;
    const own = new RegExp(`^${base}/(watch/)?(namespaces/\\{namespace\\}/)?${plural}(/|$)`);
    // What lies in a namespace begins as the namespace itself does.
    const others = plural === "namespaces" ? /\{namespace\}\/[^/]+/ : undefined;
    const lost = Object.keys(paths).filter((path) => own.test(path) && !others?.test(path) && !(path in v2.paths));
    assert.deepEqual(lost, [], `${plural} lacks paths`);
  }
});

interface FieldRow {
  readonly name: string;
  readonly type: string;
  readonly required?: boolean;
  readonly [fact: string]: unknown;
}
interface Types {
  readonly types: Readonly<
    Record<string, { readonly message: string | null; readonly mapType?: string; readonly custom?: boolean; readonly fields: readonly FieldRow[] }>
  >;
}

const FACTS: readonly (readonly [fact: string, extension: string])[] = [
  ["listType", "x-kubernetes-list-type"],
  ["listMapKeys", "x-kubernetes-list-map-keys"],
  ["patchStrategy", "x-kubernetes-patch-strategy"],
  ["patchMergeKey", "x-kubernetes-patch-merge-key"],
];

test("definitions have upstream's fields, lists, keys and strategies", { skip }, () => {
  let compared = 0;
  for (const [type, { message, mapType, custom, fields }] of Object.entries((read("schema.json") as Types).types)) {
    const definition = message ? v2.definitions[definitionName(message)] : undefined;
    // Types with a JSON form of their own have no fields there.
    if (!definition || custom) continue;
    const properties = definition["properties"] ?? ({} as Loose);
    assert.deepEqual(Object.keys(properties).sort(), fields.map((field) => field.name).sort(), type);
    assert.equal(definition["x-kubernetes-map-type"], mapType, type);
    for (const field of fields) {
      // Bytes are a list to Go and a text to JSON.
      if (field.type === "bytes") continue;
      for (const [fact, extension] of FACTS) {
        assert.deepEqual(properties[field.name]![extension], field[fact], `${type}.${field.name} ${fact}`);
      }
      const values = field["enum"] as readonly string[] | undefined;
      assert.deepEqual(properties[field.name]!["enum"], values && [...values].sort(), `${type}.${field.name} enum`);
      compared++;
    }
  }
  assert.ok(compared > 300, `only ${compared} fields`);
});

test("nothing refers to a definition that is missing", () => {
  const documents = [
    [v2 as unknown as Json, v2.definitions as Json, "#/definitions/"] as const,
    ...openapiV3Paths(served).map((path) => {
      const document = openapiV3(served, path, info);
      assert.ok(document, path);
      return [document, (document["components"] as Json)["schemas"] as Json, "#/components/schemas/"] as const;
    }),
  ];
  for (const [document, definitions, prefix] of documents) {
    JSON.stringify(document, (key, value: unknown) => {
      // A schema of schemas has a field of this name.
      if (key === "$ref" && typeof value === "string")
        assert.ok(value.slice(prefix.length) in definitions, `${value} is not defined`);
      return value;
    });
  }
});

test("kubectl finds a kind and its strict validation in version 3", () => {
  const document = openapiV3(served, "api/v1", info) as unknown as Loose;
  const schema = document["components"]!["schemas"]!["io.k8s.api.core.v1.ConfigMap"]!;
  assert.deepEqual(schema["x-kubernetes-group-version-kind"], [{ group: "", kind: "ConfigMap", version: "v1" }]);
  const patch = document["paths"]!["/api/v1/namespaces/{namespace}/configmaps/{name}"]!["patch"]!;
  assert.ok(patch["parameters"]!.some((parameter) => parameter["name"] === ("fieldValidation" as Loose)));
});

interface DiscoveryFile {
  readonly groups: readonly {
    readonly group: string;
    readonly versions: readonly { readonly version: string; readonly resources: readonly Json[] }[];
  }[];
}

test("discovery is upstream's", { skip }, () => {
  const { groups } = read("discovery.json") as DiscoveryFile;
  const ours = (["api", "apis"] as const).flatMap((part) => aggregatedDiscovery(served.groups, part, "v2").items);
  const order = groups.map(({ group }) => group);
  const names = ours.map((item) => item.metadata.name ?? "");
  assert.deepEqual(
    names,
    order.filter((group) => names.includes(group)),
    "the order of groups",
  );
  for (const item of ours) {
    for (const { version, resources: list } of item.versions) {
      const expected = groups
        .find((g) => g.group === (item.metadata.name ?? ""))
        ?.versions.find((v) => v.version === version)?.resources;
      for (const { singularResource, ...resource } of list) {
        const facts = expected?.find((r) => r["resource"] === resource.resource);
        assert.deepEqual(
          { ...resource, singular: singularResource },
          facts,
          `${resource.resource} of ${item.metadata.name ?? "core"}`,
        );
      }
    }
  }
});
