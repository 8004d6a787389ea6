// Namespaces: their label, their finalizer, their phase.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { Namespace } from "./namespace.ts";

it("a new one is active, labelled with its name and held by the controller's finalizer", () => {
  const { object, errors } = tryOut(Namespace, {
    metadata: { labels: { a: "b" } },
    spec: { finalizers: ["example.com/f"] },
    status: { phase: "Terminating" },
  });
  assert.deepEqual(errors, []);
  assert.deepEqual(object.metadata.labels, { a: "b", "kubernetes.io/metadata.name": "x" });
  assert.deepEqual(object.spec, { finalizers: ["example.com/f", "kubernetes"] });
  assert.deepEqual(object.status, { phase: "Active" });
});

it("finalizers go through /finalize alone, the phase through /status alone", () => {
  const { object: old } = tryOut(Namespace, {});
  const sent = { spec: { finalizers: [] }, status: { phase: "Terminating" } };
  assert.deepEqual(tryOut(Namespace, sent, { old }).object.spec, old.spec);
  assert.deepEqual(tryOut(Namespace, sent, { old }).object.status, old.status);
  assert.deepEqual(tryOut(Namespace, sent, { old, subresource: "finalize" }).object.spec.finalizers ?? [], []);
  assert.deepEqual(tryOut(Namespace, sent, { old, subresource: "status" }).errors, [
    "status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty",
  ]);
});

it("names are labels", () => {
  assert.match(
    tryOut(Namespace, { metadata: { name: "a.b" } }).errors[0] ?? "",
    /^metadata.name: .*must not contain dots$/,
  );
});

it("finalizers are qualified, and told without their index", () => {
  assert.deepEqual(tryOut(Namespace, { spec: { finalizers: ["x", "orphan"] } }).errors, [
    'spec.finalizers: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
  ]);
});
