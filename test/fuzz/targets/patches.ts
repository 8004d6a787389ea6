// Bodies of PATCH: JSON patch, merge patch, strategic merge, apply, each onto objects of several kinds. The answer is a
// Status of the client's fault, or an object that can be decoded or is refused by the decoder.
import assert from "node:assert/strict";
import { parseJSON } from "../../../src/base/json-strict.ts";
import { JSONSyntaxError } from "../../../src/base/json-syntax.ts";
import { applyDefaults } from "../../../src/schema/default.ts";
import { decodeValue, DecodeError } from "../../../src/schema/decode.ts";
import { applyJsonPatch } from "../../../src/schema/json-patch.ts";
import { applyPatch } from "../../../src/schema/managed-fields/apply.ts";
import { applyMergePatch } from "../../../src/schema/merge-patch.ts";
import { StatusError } from "../../../src/schema/meta/status.ts";
import type { JsonObject } from "../../../src/schema/node.ts";
import { checkPatchResult } from "../../../src/schema/patch-result.ts";
import { apiVersionOf } from "../../../src/schema/resource.ts";
import type { Resource } from "../../../src/schema/resource.ts";
import { applyStrategicMerge } from "../../../src/schema/strategic-merge.ts";
import { writeJson } from "../../../src/schema/write.ts";
import { recordedRequests } from "../corpus.ts";
import { only } from "../target.ts";
import type { Target } from "../target.ts";
import { SMALL_OBJECTS } from "./decode.ts";
import { judge, kinds } from "./kinds.ts";

interface Live {
  readonly resource: Resource;
  readonly object: JsonObject;
}

const live: readonly Live[] = SMALL_OBJECTS.map((one) => {
  const resource = kinds.find(({ kind }) => "kind" in one && kind === one.kind)!;
  const object = applyDefaults(resource.schema, decodeValue(resource.schema, one).value as never) as JsonObject;
  return { resource, object };
});

/** The body, and the object that it is tried on: which one follows from the body. */
function taken(input: Buffer): Live & { readonly body: unknown } {
  const text = input.toString("utf8");
  const named = live.find(({ resource }) => text.includes(`"${resource.kind}"`));
  return { ...(named ?? live[input.length % live.length]!), body: parseJSON(text) };
}

/** What the server does with the result. */
function landed({ resource }: Live, patched: unknown): string {
  const { value } = decodeValue(resource.schema, patched, { strictness: "Warn" });
  writeJson(resource.schema, value as never);
  return `${resource.kind} ${judge(resource, value as object)}`;
}

function recorded(type: string): string[] {
  return ["patch", "apply"]
    .flatMap((suite) => recordedRequests(suite))
    .flatMap(({ method, headers, body }) => {
      const matches = method === "PATCH" && JSON.stringify(headers ?? {}).includes(type) && body !== undefined;
      return matches ? [typeof body === "string" ? body : JSON.stringify(body)] : [];
    });
}

const shared = { text: true, slowMs: 600, allows: only(StatusError, DecodeError, JSONSyntaxError) } as const;
const FIELDS = [
  '"metadata":{',
  '"labels":{"a":null}',
  '"spec":{',
  '"containers":[',
  '"name":"c"',
  '"ports":[',
  "null",
  "{}",
  "[]",
  '"image":1',
  '"template":{',
  '"finalizers":["a"]',
  '"ownerReferences":[{"uid":"1"}]',
];

export const jsonPatch: Target = {
  ...shared,
  name: "json-patch",
  words: [
    '{"op":"add","path":"/a","value":1}',
    '"op":"remove"',
    '"op":"copy","from":"","path":"/metadata/labels/x"',
    '"op":"move"',
    '"op":"test"',
    '"path":"',
    '"from":"',
    "/spec",
    "/metadata/labels",
    "/-",
    "/0",
    "/-1",
    "~0",
    "~1",
    ",",
  ],
  *seeds() {
    yield* [
      '[{"op":"add","path":"/metadata/labels/a","value":"b"}]',
      '[{"op":"replace","path":"/spec/containers/0/image","value":"x"},{"op":"copy","from":"/spec","path":"/status"}]',
      '[{"op":"move","from":"/metadata/labels","path":"/metadata/annotations"},{"op":"remove","path":"/spec"},{"op":"test","path":"/kind","value":"Pod"}]',
    ];
    yield* recorded("json-patch");
  },
  run(input) {
    const one = taken(input);
    const document: unknown = JSON.parse(writeJson(one.resource.schema, one.object as never));
    const before = JSON.stringify(document);
    try {
      const patched = applyJsonPatch(document, one.body);
      assert.ok(JSON.stringify(patched).length < 16 * 2 ** 20, "a patch makes no monsters");
      return landed(one, patched);
    } finally {
      assert.equal(JSON.stringify(document), before, "the original stays");
    }
  },
};

export const mergePatch: Target = {
  ...shared,
  name: "merge-patch",
  words: FIELDS,
  *seeds() {
    yield* ['{"metadata":{"labels":{"a":null,"b":"c"}},"spec":{"replicas":2}}', "[]", '{"spec":null}'];
    yield* recorded("merge-patch");
  },
  run(input) {
    const one = taken(input);
    const patched = applyMergePatch(one.object, one.body);
    assert.deepEqual(applyMergePatch(patched, one.body), patched, "twice is once");
    return landed(one, patched);
  },
};

export const strategicMerge: Target = {
  ...shared,
  name: "strategic-merge",
  words: [
    ...FIELDS,
    '"$patch":"replace"',
    '"$patch":"delete"',
    '"$retainKeys":["a"]',
    '"$setElementOrder/containers":[{"name":"c"}]',
    '"$deleteFromPrimitiveList/finalizers":["a"]',
  ],
  *seeds() {
    yield* [
      '{"spec":{"containers":[{"name":"c","image":"x"},{"name":"d","$patch":"delete"}],"$setElementOrder/containers":[{"name":"c"}]}}',
      '{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"],"labels":{"$patch":"replace","z":"1"}}}',
      '{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}',
    ];
    yield* recorded("strategic-merge-patch");
  },
  run(input) {
    const one = taken(input);
    const { schema } = one.resource;
    const patched = applyStrategicMerge(schema, one.object, one.body);
    checkPatchResult(schema, one.object, patched, one.body);
    return landed(one, patched);
  },
};

export const apply: Target = {
  ...shared,
  name: "apply",
  words: [...FIELDS, '"managedFields":null', '"apiVersion":"v1"', '"kind":"Pod"'],
  *seeds() {
    yield* SMALL_OBJECTS.map((one) => JSON.stringify(one));
    yield* recorded("apply-patch").filter((body) => body.startsWith("{"));
  },
  run(input) {
    const one = taken(input);
    if (typeof one.body !== "object" || one.body === null || Array.isArray(one.body)) return "no object";
    const { schema, kind } = one.resource;
    const request = {
      apiVersion: apiVersionOf(one.resource),
      node: schema,
      kind,
      config: one.body as JsonObject,
      force: input.length % 2 === 0,
      subresource: "",
      now: Date.UTC(2026, 0, 1),
    };
    const first = applyPatch({ ...request, live: one.object, manager: "one" }).object;
    const said = landed(one, first);
    const stored = decodeValue(schema, first).value as JsonObject;
    // What one manager owns another may take: by force, or with a conflict that says so.
    landed(one, applyPatch({ ...request, live: stored, manager: "two" }).object);
    landed(one, applyPatch({ ...request, live: undefined, manager: "one" }).object);
    return said;
  },
};
