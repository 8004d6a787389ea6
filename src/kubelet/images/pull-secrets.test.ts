// Credentials by registry: hosts, ports, paths, wildcards, both types of secret.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Secret } from "../../resources/core/secret.ts";
import { pullCredentials } from "./pull-secrets.ts";

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64");
const secret = (auths: Record<string, string>): Secret => {
  const entries = Object.fromEntries(
    Object.entries(auths).map(([key, username]) => [key, { username, password: "p" }]),
  );
  return { metadata: { name: "s" }, data: { ".dockerconfigjson": encoded({ auths: entries }) } };
};
const users = (image: string, ...secrets: Secret[]) => pullCredentials(image, secrets).map(({ auth }) => auth.username);

test("the registry of the image, the longest match first", () => {
  const all = secret({
    "https://index.docker.io/v1/": "hub",
    "reg.example.com": "reg",
    "reg.example.com/team": "team",
    "*.example.org": "any",
  });
  assert.deepEqual(users("busybox", all), ["hub"]);
  assert.deepEqual(users("docker.io/a/b:1", all), ["hub"]);
  assert.deepEqual(users("reg.example.com/team/x:2", all), ["team", "reg"]);
  assert.deepEqual(users("reg.example.com/other@sha256:00", all), ["reg"]);
  assert.deepEqual(users("a.example.org/x", all), ["any"]);
  assert.deepEqual(users("a.b.example.org/x", all), []);
  assert.deepEqual(users("reg.example.com:5000/x", all), []);
});

test("the older type, and what is none", () => {
  const old: Secret = {
    metadata: { name: "o" },
    data: { ".dockercfg": encoded({ "reg.example.com": { auth: "dTpw" } }) },
  };
  assert.deepEqual(pullCredentials("reg.example.com/x", [old])[0]?.auth.auth, "dTpw");
  const broken: Secret = {
    metadata: { name: "b" },
    data: { ".dockerconfigjson": Buffer.from("{").toString("base64") },
  };
  assert.deepEqual(pullCredentials("x", [broken, { metadata: { name: "c" } }]), []);
});

test("a key of many stars is answered at once, and a star is any text", () => {
  const stars = "*a".repeat(12) + "*";
  assert.deepEqual(users(`${"a".repeat(11)}b.example.org/x`, secret({ [`${stars}.example.org`]: "u" })), []);
  assert.deepEqual(users(`${"a".repeat(60)}.example.org/x`, secret({ [`${stars}c.example.org`]: "u" })), []);
  assert.deepEqual(users("prefix-mid-end.example.org/x", secret({ "prefix*mid*end.example.org": "u" })), ["u"]);
  assert.deepEqual(users("ab.example.org/x", secret({ "ab*b.example.org": "u" })), []);
});

test("what has the wrong form gives no credentials and no error", () => {
  const of = (config: unknown): Secret => ({ metadata: { name: "w" }, data: { ".dockerconfigjson": encoded(config) } });
  for (const config of [null, 1, [], { auths: null }, { auths: [] }, { auths: { "reg.example.com": null } }]) {
    assert.deepEqual(pullCredentials("reg.example.com/x", [of(config)]), [], JSON.stringify(config));
  }
  const [found] = pullCredentials("reg.example.com/x", [
    of({ auths: { "reg.example.com": { username: 1, auth: {} } } }),
  ]);
  assert.deepEqual([found?.auth.username, found?.auth.auth], ["", ""]);
});

test("a secret is named with its credentials' hash, which knows nothing of its name", () => {
  const of = (name: string, username: string): Secret => ({
    ...secret({ "reg.example.com": username }),
    metadata: { name, namespace: "n", uid: `uid-${name}` },
  });
  const [a, b, c] = pullCredentials("reg.example.com/x", [of("a", "u"), of("b", "u"), of("c", "v")]);
  assert.deepEqual([a!.secret.uid, a!.secret.namespace, a!.secret.name], ["uid-a", "n", "a"]);
  assert.equal(a!.secret.credentialHash, b!.secret.credentialHash);
  assert.notEqual(a!.secret.credentialHash, c!.secret.credentialHash);
});
