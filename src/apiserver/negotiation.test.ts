// Accept headers: order, quality, shapes, and what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { StatusError } from "../schema/meta/status.ts";
import { bodyType, checkShape, negotiate, WATCH_OFFER } from "./negotiation.ts";

const KUBECTL =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

test("the first acceptable clause wins, by quality", () => {
  assert.deepEqual(negotiate(KUBECTL), { media: "application/json", shape: "Table", shapeVersion: "v1" });
  assert.equal(negotiate("application/json;q=0.5,application/yaml;q=0.9").media, "application/yaml");
  assert.equal(
    negotiate("application/vnd.kubernetes.protobuf,application/json").media,
    "application/vnd.kubernetes.protobuf",
  );
  assert.equal(negotiate("text/html, */*").media, "application/json");
  assert.equal(negotiate(undefined).media, "application/json");
});

test("an unknown shape falls through to the next clause", () => {
  assert.equal(negotiate("application/json;as=Nothing;v=v1;g=meta.k8s.io,application/json").shape, "Object");
  assert.throws(
    () => negotiate("application/json;as=Table;v=v9;g=meta.k8s.io"),
    (error) => error instanceof StatusError && error.code === 406,
  );
});

test("there are no YAML watches, and no protobuf tables", () => {
  assert.throws(() => negotiate("application/yaml", WATCH_OFFER), StatusError);
  assert.throws(() => negotiate("application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io"), StatusError);
});

test("shapes of lists and of objects are told apart", () => {
  assert.throws(
    () => checkShape("PartialObjectMetadata", "ConfigMap", true),
    /requested object is a list \(\*core\.ConfigMapList\)/,
  );
  assert.throws(
    () => checkShape("PartialObjectMetadataList", "ConfigMap", false),
    /is not a list \(\*core\.ConfigMap\)/,
  );
  checkShape("Table", "ConfigMap", true);
});

test("bodies without a type are JSON, unknown types are refused", () => {
  assert.equal(bodyType(undefined), "application/json");
  assert.equal(bodyType("application/yaml; charset=utf-8"), "application/yaml");
  assert.throws(
    () => bodyType("text/plain"),
    (error) => error instanceof StatusError && error.code === 415,
  );
});
