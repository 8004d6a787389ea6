// Names of images: defaults, and what is no name at all.
import { test } from "node:test";
import assert from "node:assert/strict";
import { normalizeImage } from "./name.ts";
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

test("policies", () => {
  assert.equal(pullDecision("Always", true), "pull");
  assert.equal(pullDecision("IfNotPresent", true), "use");
  assert.equal(pullDecision("IfNotPresent", false), "pull");
  assert.equal(pullDecision("Never", false), "refuse");
  assert.equal(pullDecision("Never", true), "use");
});
