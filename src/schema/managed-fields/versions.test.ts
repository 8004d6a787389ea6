// Ownership across versions and schema changes, fields that JSON always shows, resets, and scales.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deepFreeze, isJsonObject } from "../freeze.ts";
import { metadata, typeMeta } from "../meta/object-meta.ts";
import type { ManagedFieldsEntry } from "../meta/object-meta.ts";
import { StatusError } from "../meta/status.ts";
import { int32, list, listMap, map, object, optional, plain, required, string, time } from "../node.ts";
import type { JsonObject } from "../node.ts";
import { scale, view } from "../resource.ts";
import type { Subresource } from "../resource.ts";
import { applyPatch } from "./apply.ts";
import type { FieldSet } from "./field-set.ts";
import { printFieldsV1 } from "./fields-v1.ts";
import { resetFieldsOf } from "./reset-fields.ts";
import { parentEntries, scaleEntries } from "./scale-owners.ts";
import { recordUpdate } from "./update.ts";

/** The same kind in two versions: v1 has one number where v2 has a list. */
const V1 = object("test.v1.Scaler", {
  ...typeMeta,
  metadata,
  spec: plain(2, object("test.v1.Spec", { target: optional(1, string(), ""), percent: optional(2, int32(), "") }), ""),
});
const V2 = object("test.v2.Scaler", {
  ...typeMeta,
  metadata,
  spec: plain(
    2,
    object("test.v2.Spec", { target: optional(1, string(), ""), metrics: optional(2, list(int32()), "") }),
    "",
  ),
});
type Spec = { readonly percent?: number; readonly metrics?: readonly number[] };
const specOf = (object: JsonObject) => (isJsonObject(object["spec"]) ? object["spec"] : {}) as Spec;
const toV2 = (object: JsonObject): JsonObject => {
  const { percent, ...spec } = specOf(object);
  return { ...object, apiVersion: "g/v2", spec: { ...spec, ...(percent !== undefined && { metrics: [percent] }) } };
};
const toV1 = (object: JsonObject): JsonObject => {
  const { metrics, ...spec } = specOf(object);
  return { ...object, apiVersion: "g/v1", spec: { ...spec, ...(metrics && { percent: metrics[0] }) } };
};
const v1 = {
  apiVersion: "g/v1",
  kind: "Scaler",
  node: V1,
  other: (version: string) => (version === "g/v2" ? { node: V2, from: toV2, to: toV1 } : undefined),
  subresource: "",
  now: 1_000_000_000_000,
};
const entriesIn = (object: JsonObject) => {
  const entries = (object["metadata"] as JsonObject)["managedFields"] as readonly ManagedFieldsEntry[] | undefined;
  return (entries ?? []).map((e) => `${e.manager} ${e.operation} ${e.apiVersion} ${JSON.stringify(e.fieldsV1)}`);
};

/** Applied in v2 by `one`, seen in v1. */
const live = deepFreeze(
  toV1(
    applyPatch({
      ...v1,
      apiVersion: "g/v2",
      node: V2,
      live: undefined,
      config: { apiVersion: "g/v2", kind: "Scaler", metadata: { name: "x" }, spec: { target: "d", metrics: [50] } },
      manager: "one",
      force: false,
    }).object,
  ),
);
const config = { apiVersion: "g/v1", kind: "Scaler", metadata: { name: "x" }, spec: { target: "d", percent: 60 } };

test("conflicts are found and named in the owner's version", () => {
  assert.throws(
    () => applyPatch({ ...v1, live, config, manager: "two", force: false }),
    (e) => e instanceof StatusError && e.message === 'Apply failed with 1 conflict: conflict with "one": .spec.metrics',
  );
  const { object } = applyPatch({ ...v1, live, config, manager: "two", force: true });
  assert.deepEqual(entriesIn(object), [
    'one Apply g/v2 {"f:spec":{"f:target":{}}}',
    'two Apply g/v1 {"f:spec":{"f:percent":{},"f:target":{}}}',
  ]);
});

test("a manager may go on in another version: what it dropped is removed", () => {
  const { object } = applyPatch({
    ...v1,
    live,
    config: { ...config, spec: { target: "d" } },
    manager: "one",
    force: false,
  });
  assert.deepEqual(object["spec"], { target: "d" });
  assert.deepEqual(entriesIn(object), ['one Apply g/v1 {"f:spec":{"f:target":{}}}']);
});

test("an update takes fields in every version, and owners of unknown versions are forgotten", () => {
  const next = deepFreeze({ ...live, spec: { target: "d", percent: 70 } });
  assert.deepEqual(entriesIn(recordUpdate({ ...v1, live, next, manager: "upd" })), [
    'one Apply g/v2 {"f:spec":{"f:target":{}}}',
    'upd Update g/v1 {"f:spec":{"f:percent":{}}}',
  ]);
  const { other: _gone, ...alone } = v1;
  assert.deepEqual(entriesIn(recordUpdate({ ...alone, live, next, manager: "upd" })), [
    'upd Update g/v1 {"f:spec":{"f:percent":{}}}',
  ]);
});

test("what became atomic since is owned as a whole", () => {
  const item = object("test.Item", { name: required(1, string(), ""), value: optional(2, string(), "") });
  const before = object("test.Thing", {
    ...typeMeta,
    metadata,
    items: optional(2, listMap(item, ["name"]), ""),
    labels: optional(3, map(string()), ""),
  });
  const after = object("test.Thing", {
    ...typeMeta,
    metadata,
    items: optional(2, list(item), ""),
    labels: optional(3, map(string(), { atomic: true }), ""),
  });
  const facts = { apiVersion: "v1", kind: "Thing", subresource: "", now: 0, force: false };
  const first = {
    apiVersion: "v1",
    kind: "Thing",
    metadata: { name: "x" },
    items: [{ name: "a", value: "1" }],
    labels: { a: "1" },
  };
  const { object: held } = applyPatch({ ...facts, node: before, live: undefined, config: first, manager: "one" });
  assert.throws(
    () => applyPatch({ ...facts, node: after, live: held, config: { ...first, labels: { b: "1" } }, manager: "two" }),
    (e) => e instanceof StatusError && e.message === 'Apply failed with 1 conflict: conflict with "one": .labels',
  );
  const { object: next } = applyPatch({ ...facts, node: after, live: held, config: first, manager: "two" });
  assert.deepEqual(entriesIn(next), [
    'two Apply v1 {"f:items":{},"f:labels":{}}',
    'one Apply v1 {"f:items":{},"f:labels":{}}',
  ]);
});

test("what JSON always shows is owned though memory leaves it out", () => {
  const condition = object("test.Condition", {
    type: required(1, string(), ""),
    at: optional(2, time(), ""),
    count: optional(3, int32(), "", { always: true }),
  });
  const status = object("test.Status", { conditions: optional(1, listMap(condition, ["type"]), "") });
  const node = object("test.Thing", { ...typeMeta, metadata, status: plain(2, status, "") });
  const facts = { apiVersion: "v1", node, subresource: "status", now: 0 };
  const thing = (conditions: readonly object[]) => ({ metadata: { name: "x" }, status: { conditions } }) as JsonObject;
  const born = recordUpdate({ ...facts, live: undefined, next: thing([{ type: "A" }]), manager: "one" });
  const fields =
    '{"f:status":{"f:conditions":{".":{},"k:{\\"type\\":\\"A\\"}":{".":{},"f:at":{},"f:count":{},"f:type":{}}}}}';
  assert.deepEqual(entriesIn(born), [`one Update v1 ${fields}`]);
  const counted = { ...born, status: { conditions: [{ type: "A", count: 1 }] } };
  assert.equal(entriesIn(recordUpdate({ ...facts, live: born, next: counted, manager: "two" })).length, 2);
  const gone = { ...born, status: {} };
  assert.deepEqual(
    entriesIn(recordUpdate({ ...facts, live: born, next: { ...gone, kind: "Thing" }, manager: "two" })),
    [],
  );
});

test("fields that an endpoint resets", () => {
  const schema = object("test.Thing", {
    ...typeMeta,
    metadata,
    spec: plain(2, object("test.Spec", {}), ""),
    data: optional(3, map(string()), ""),
    status: plain(4, object("test.Status", {}), ""),
  });
  const print = (set: FieldSet | undefined) => JSON.stringify(set && printFieldsV1(set));
  const kind = {
    schema,
    subresources: { status: { ...view(["status"]), resets: ["metadata.labels"] } as Subresource, scale: scale() },
  };
  assert.equal(print(resetFieldsOf(kind, "")), '{"f:status":{}}');
  assert.equal(print(resetFieldsOf(kind, "status")), '{"f:data":{},"f:metadata":{"f:labels":{}},"f:spec":{}}');
  assert.equal(resetFieldsOf(kind, "scale"), undefined);
  assert.equal(resetFieldsOf({ schema, subresources: {} }, ""), undefined);
});

test("owners of replicas through the scale", () => {
  const entry = (manager: string, fields: object, more = {}): ManagedFieldsEntry => ({
    manager,
    operation: "Apply",
    apiVersion: "apps/v1",
    time: "2020-01-01T00:00:00Z",
    fieldsType: "FieldsV1",
    fieldsV1: { "f:spec": fields } as JsonObject,
    ...more,
  });
  const paths = { "apps/v1": "spec.replicas" };
  const parent = [entry("one", { "f:replicas": {}, "f:selector": {} }), entry("two", { "f:paused": {} })];
  const seen = scaleEntries(parent, paths);
  assert.deepEqual(
    seen.map((e) => [e.manager, e.apiVersion, e.fieldsV1]),
    [["one", "autoscaling/v1", { "f:spec": { "f:replicas": {} } }]],
  );
  assert.deepEqual(parentEntries(parent, seen, paths, "apps/v1"), parent, "nothing written through the scale");
  const taken = [
    entry("hpa", { "f:replicas": {} }, { operation: "Update", apiVersion: "autoscaling/v1", subresource: "scale" }),
  ];
  assert.deepEqual(
    parentEntries(parent, taken, paths, "apps/v1").map((e) => [
      e.manager,
      e.apiVersion,
      e.time,
      e.fieldsV1,
      e.subresource,
    ]),
    [
      ["one", "apps/v1", "2020-01-01T00:00:00Z", { "f:spec": { "f:selector": {} } }, undefined],
      ["two", "apps/v1", "2020-01-01T00:00:00Z", { "f:spec": { "f:paused": {} } }, undefined],
      ["hpa", "apps/v1", undefined, { "f:spec": { "f:replicas": {} } }, "scale"],
    ],
  );
});
