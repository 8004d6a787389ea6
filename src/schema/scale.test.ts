// The Scale of an object, both ways, and selectors as text.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deepFreeze } from "./freeze.ts";
import { scale } from "./resource.ts";
import { readScale, selectorText, writeScale } from "./scale.ts";
import type { ScalePaths } from "./scale.ts";

const paths = scale() as ScalePaths;
const kind = { group: "apps", version: "v1" };
const deployment = deepFreeze({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: "x",
    namespace: "n",
    uid: "u",
    labels: { a: "b" },
    managedFields: [
      {
        manager: "one",
        operation: "Apply",
        apiVersion: "apps/v1",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:spec": { "f:replicas": {}, "f:selector": {} } },
      },
      {
        manager: "two",
        operation: "Apply",
        apiVersion: "apps/v1",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:spec": { "f:paused": {} } },
      },
    ],
  },
  spec: { replicas: 3, selector: { matchLabels: { b: "2", a: "1" } } },
  status: { replicas: 2 },
});

test("reading: replicas, selector, and who owns the replicas", () => {
  assert.deepEqual(readScale(kind, paths, deployment), {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      name: "x",
      namespace: "n",
      uid: "u",
      managedFields: [
        {
          manager: "one",
          operation: "Apply",
          apiVersion: "autoscaling/v1",
          fieldsType: "FieldsV1",
          fieldsV1: { "f:spec": { "f:replicas": {} } },
        },
      ],
    },
    spec: { replicas: 3 },
    status: { replicas: 2, selector: "a=1,b=2" },
  });
});

test("writing changes that one number", () => {
  const next = writeScale(paths, deployment, { spec: { replicas: 5 } }) as typeof deployment;
  assert.equal(next.spec.replicas, 5);
  assert.equal(next.metadata, deployment.metadata);
  assert.deepEqual((writeScale(paths, deployment, { spec: {} }) as typeof deployment).spec.replicas, 0);
  assert.deepEqual(readScale(kind, paths, writeScale(paths, deployment, {}))["spec"], {});
});

test("selectors as text", () => {
  assert.equal(selectorText({ app: "x", a: "y" }), "a=y,app=x");
  assert.equal(selectorText("a=b"), "a=b");
  assert.equal(selectorText(undefined), "");
  assert.equal(
    selectorText({
      matchLabels: { c: "d" },
      matchExpressions: [
        { key: "b", operator: "In", values: ["z", "y"] },
        { key: "a", operator: "DoesNotExist" },
        { key: "e", operator: "Exists" },
        { key: "d", operator: "NotIn", values: ["q"] },
      ],
    }),
    "!a,b in (y,z),c=d,d notin (q),e",
  );
});
