// What of another server's document comes into ours, and under which names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withOpenapiV2 } from "./openapi-merge.ts";

const ours = {
  swagger: "2.0",
  paths: { "/apis/apps/v1/": { get: "ours" } },
  definitions: { same: { type: "string" }, taken: { type: "object" } },
};
const ref = (name: string) => ({ schema: { $ref: `#/definitions/${name}` } });
const theirs = {
  paths: {
    "/apis/w.example.com/": { get: {} },
    "/apis/w.example.com/v1/": { get: ref("same"), put: ref("taken"), post: ref("own") },
    "/apis/w.example.com/v2/": { get: ref("foreign") },
    "/apis/apps/v1/": { get: "theirs" },
    "/version/": { get: {} },
  },
  definitions: {
    same: { type: "string" },
    taken: { type: "integer" },
    own: { properties: { deep: { $ref: "#/definitions/deep" } } },
    deep: { $ref: "#/definitions/taken" },
    foreign: {},
    kind: { "x-kubernetes-group-version-kind": [{ group: "w.example.com", version: "v1", kind: "K" }] },
  },
};

test("paths of the served group versions, what they refer to, and new names for taken ones", () => {
  const merged = withOpenapiV2(ours, theirs, ["w.example.com/v1"]) as unknown as typeof theirs & {
    readonly definitions: Readonly<Record<string, unknown>>;
  };
  assert.deepEqual(Object.keys(merged.paths), ["/apis/apps/v1/", "/apis/w.example.com/", "/apis/w.example.com/v1/"]);
  assert.deepEqual(merged.paths["/apis/apps/v1/"], { get: "ours" });
  assert.deepEqual(merged.paths["/apis/w.example.com/v1/"], {
    get: ref("same"),
    put: ref("taken_v2"),
    post: ref("own"),
  });
  assert.deepEqual(merged.definitions, {
    same: { type: "string" },
    taken: { type: "object" },
    taken_v2: { type: "integer" },
    own: { properties: { deep: { $ref: "#/definitions/deep" } } },
    deep: { $ref: "#/definitions/taken_v2" },
    kind: theirs.definitions.kind,
  });
});
