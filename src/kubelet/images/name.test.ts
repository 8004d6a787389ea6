// Names of images: defaults, and what is no name at all.
import { test } from "node:test";
import assert from "node:assert/strict";
import { normalizeImage, repositoryOf, wholeName } from "./name.ts";
import { pullDecision } from "./policy.ts";

test("a tag is added where there is neither tag nor digest", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const same = ["busybox:1", "localhost:5000/a/b:1.2", `reg.example.com/x@${digest}`, "a/b__c-d.e:T_1"];
  for (const image of same) assert.deepEqual(normalizeImage(image), { image });
  assert.deepEqual(normalizeImage("busybox"), { image: "busybox:latest" });
  assert.deepEqual(normalizeImage("localhost:5000/x"), { image: "localhost:5000/x:latest" });
  assert.deepEqual(normalizeImage("Registry.Example.com/x"), { image: "Registry.Example.com/x:latest" });
});

test("what is no name is said in the grammar's words", () => {
  assert.deepEqual(normalizeImage("nowhere.invalid/Bad:1"), {
    fault: "invalid reference format: repository name (nowhere.invalid/Bad) must be lowercase",
  });
  assert.deepEqual(normalizeImage("Bad"), {
    fault: "invalid reference format: repository name (library/Bad) must be lowercase",
  });
  for (const image of ["", ":1", "a::1", "a b", "a:1:2", `${"a".repeat(300)}`])
    assert.ok("fault" in normalizeImage(image), image);
});

test("whole names, and repositories", () => {
  assert.equal(wholeName("busybox"), "docker.io/library/busybox:latest");
  assert.equal(wholeName("a/b:1"), "docker.io/a/b:1");
  assert.equal(wholeName("localhost/x:1"), "localhost/x:1");
  assert.equal(wholeName("no name"), "no name");
  assert.equal(repositoryOf("busybox:1.36"), "docker.io/library/busybox");
  assert.equal(repositoryOf(`reg.example.com:5000/a/b@sha256:${"a".repeat(64)}`), "reg.example.com:5000/a/b");
  assert.equal(repositoryOf("reg.example.com:5000/a/b:1"), "reg.example.com:5000/a/b");
});

test("policies", () => {
  assert.equal(pullDecision("Always", "present"), "pull");
  assert.equal(pullDecision("IfNotPresent", "present"), "use");
  assert.equal(pullDecision("IfNotPresent", "absent"), "pull");
  assert.equal(pullDecision("Never", "absent"), "refuse");
  assert.equal(pullDecision("Never", "present"), "use");
  assert.equal(pullDecision("IfNotPresent", "withheld"), "pull");
  assert.equal(pullDecision("Never", "withheld"), "refuse");
});
