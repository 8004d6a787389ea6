// Secrets: what each type must hold, text for writing, immutability.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { Secret } from "./secret.ts";

it("stringData ends up in data and wins", () => {
  const { object } = tryOut(Secret, { data: { a: "YQ==", b: "Yg==" }, stringData: { a: "z", c: "" } });
  assert.deepEqual(object.data, { a: "eg==", b: "Yg==", c: "" });
  assert.equal(object.stringData, undefined);
  assert.equal(object.type, "Opaque");
});

it("types demand their keys", () => {
  const errors = (type: string, stringData = {}) => tryOut(Secret, { type, stringData }).errors;
  assert.deepEqual(errors("kubernetes.io/tls", { "tls.crt": "c" }), ["data[tls.key]: Required value"]);
  assert.deepEqual(errors("kubernetes.io/basic-auth"), [
    "data[username]: Required value",
    "data[password]: Required value",
  ]);
  assert.deepEqual(errors("kubernetes.io/basic-auth", { password: "p" }), []);
  assert.deepEqual(errors("kubernetes.io/dockerconfigjson", { ".dockerconfigjson": "{" }), [
    'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": unexpected end of JSON input',
  ]);
  assert.deepEqual(errors("kubernetes.io/dockerconfigjson", { ".dockerconfigjson": '{"auths":{}}' }), []);
});

it("the type never changes, the data not once it is immutable", () => {
  const { object: old } = tryOut(Secret, { data: { a: "YQ==" }, immutable: true });
  assert.deepEqual(tryOut(Secret, { ...old, type: "x/y" }, { old }).errors, [
    'type: Invalid value: "x/y": field is immutable',
  ]);
  assert.deepEqual(tryOut(Secret, { data: { a: "Yg==" } }, { old }).errors, [
    "immutable: Forbidden: field is immutable when `immutable` is set",
    "data: Forbidden: field is immutable when `immutable` is set",
  ]);
});

it("a mebibyte is the most", () => {
  const { errors } = tryOut(Secret, { data: { a: Buffer.alloc(1024 * 1024 + 1).toString("base64") } });
  assert.deepEqual(errors, ["data: Too long: may not be more than 1048576 bytes"]);
});
