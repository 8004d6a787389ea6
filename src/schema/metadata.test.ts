import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ObjectMeta } from "./meta/object-meta.ts";
import { validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import type { MetadataFacts } from "./metadata.ts";

const namespaced: MetadataFacts = { scope: "Namespaced", nameFormat: "dns1123Subdomain" };
const good: ObjectMeta = { name: "x", namespace: "d", resourceVersion: "1" };
const created = (meta: ObjectMeta, facts = namespaced) =>
  validateMetadata(facts, meta).map(({ field, body }) => `${field}: ${body}`);
const updated = (meta: ObjectMeta, old: ObjectMeta) =>
  validateMetadataUpdate(namespaced, meta, old).map(({ field, body }) => `${field}: ${body}`);
const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };

describe("a new object", () => {
  test("name and namespace", () => {
    assert.deepEqual(created(good), []);
    assert.deepEqual(created({}), [
      "metadata.name: Required value: name or generateName is required",
      "metadata.namespace: Required value",
    ]);
    assert.deepEqual(created({ name: "x", namespace: "d" }, { scope: "Cluster", nameFormat: "dns1123Label" }), [
      "metadata.namespace: Forbidden: not allowed on this type",
    ]);
    assert.match(
      created({ name: "A", namespace: "d" })[0]!,
      /^metadata\.name: Invalid value: "A": a lowercase RFC 1123 subdomain/,
    );
  });
  test("the prefix of a generated name may end in a dash", () => {
    assert.deepEqual(created({ ...good, generateName: "web-" }), []);
    assert.match(created({ ...good, generateName: "Web-" })[0]!, /^metadata\.generateName: Invalid value: "Web-"/);
    const paths: MetadataFacts = { scope: "Namespaced", nameFormat: "pathSegmentName" };
    assert.deepEqual(created({ ...good, name: "system:a", generateName: ".." }, paths), []);
    assert.deepEqual(created({ ...good, name: "a/b" }, paths), [
      "metadata.name: Invalid value: \"a/b\": may not contain '/'",
    ]);
  });
  test("labels and annotations name the whole map", () => {
    assert.match(
      created({ ...good, labels: { "a b": "c" } })[0]!,
      /^metadata\.labels: Invalid value: "a b": name part must consist/,
    );
    assert.match(
      created({ ...good, labels: { a: "b c" } })[0]!,
      /^metadata\.labels: Invalid value: "b c": a valid label must/,
    );
    assert.deepEqual(created({ ...good, annotations: { "UPPER.io/A": "any text\n" } }), []);
    assert.deepEqual(created({ ...good, annotations: { a: "b".repeat(262144) } }), [
      "metadata.annotations: Too long: may not be more than 262144 bytes",
    ]);
  });
  test("owners", () => {
    const of = (...ownerReferences: ObjectMeta["ownerReferences"] & object) => created({ ...good, ownerReferences });
    assert.deepEqual(of({ ...owner, kind: "", name: "" }), [
      "metadata.ownerReferences[0].kind: Required value: must not be empty",
      "metadata.ownerReferences[0].name: Required value: must not be empty",
    ]);
    assert.deepEqual(of({ ...owner, apiVersion: "a/b/c" }), [
      'metadata.ownerReferences[0].apiVersion: Invalid value: "a/b/c": must be <group>/<version> or <version>',
    ]);
    assert.match(
      of({ ...owner, kind: "Event" })[0]!,
      /\[0\]: Invalid value: .*: \/v1, Kind=Event is disallowed from being an owner$/,
    );
    assert.match(
      of({ ...owner, controller: true }, { ...owner, name: "q", controller: true })[0]!,
      /: Only one reference can have Controller set to true\. Found "true" in references for Pod\/p and Pod\/q$/,
    );
  });
  test("finalizers", () => {
    const of = (...finalizers: string[]) => created({ ...good, finalizers });
    assert.deepEqual(of("kubernetes", "orphan", "example.com/f"), []);
    assert.deepEqual(of("foo"), [
      'metadata.finalizers[0]: Invalid value: "foo": name is neither a standard finalizer name nor is it fully qualified',
    ]);
    assert.deepEqual(of("orphan", "foregroundDeletion"), [
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    ]);
  });
  test("managed fields", () => {
    const entry = { manager: "m\n", operation: "Create", fieldsType: "V2", subresource: "s".repeat(257) };
    assert.deepEqual(created({ ...good, managedFields: [entry] }), [
      'metadata.managedFields[0].operation: Invalid value: "Create": must be `Apply` or `Update`',
      'metadata.managedFields[0].fieldsType: Invalid value: "V2": must be `FieldsV1`',
      'metadata.managedFields[0].manager: Invalid value: "m\\n": should only contain printable characters',
      "metadata.managedFields[0].subresource: Too long: may not be more than 256 bytes",
    ]);
  });
});

describe("a changed object", () => {
  test("identity stays", () => {
    const old: ObjectMeta = { ...good, uid: "u", creationTimestamp: "2020-01-01T00:00:00Z", generation: 2 };
    assert.deepEqual(updated(old, old), []);
    assert.deepEqual(updated({ ...old, uid: "y" }, old), ['metadata.uid: Invalid value: "y": field is immutable']);
    assert.deepEqual(updated({ ...old, deletionTimestamp: "2001-01-01T00:00:00Z" }, old), [
      'metadata.deletionTimestamp: Invalid value: "2001-01-01T00:00:00Z": field is immutable',
    ]);
    assert.deepEqual(updated({ ...old, generation: 1 }, old), [
      "metadata.generation: Invalid value: 1: must not be decremented",
    ]);
    assert.deepEqual(updated({ ...old, resourceVersion: "" }, old), [
      'metadata.resourceVersion: Invalid value: "": must be specified for an update',
    ]);
  });
  test("no new finalizer once deletion was asked for", () => {
    const old: ObjectMeta = { ...good, deletionTimestamp: "2020-01-01T00:00:00Z", finalizers: ["example.com/f"] };
    assert.deepEqual(updated({ ...old, finalizers: ["example.com/f", "example.com/g"] }, old), [
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/g"}',
    ]);
    assert.deepEqual(updated({ ...old, finalizers: [] }, old), []);
  });
});
