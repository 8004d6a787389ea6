// Access reviews: one question, about somebody, without a name.
import assert from "node:assert/strict";
import { it } from "node:test";
import { TokenRequest } from "../authentication/token-request.ts";
import { tryOut } from "../trial.ts";
import { LocalSubjectAccessReview } from "./local-subject-access-review.ts";
import { SelfSubjectAccessReview } from "./self-subject-access-review.ts";
import { SubjectAccessReview } from "./subject-access-review.ts";

const resourceAttributes = { verb: "get", resource: "pods" };
const ONE = "exactly one of nonResourceAttributes or resourceAttributes must be specified";

it("a review asks about a resource or a path", () => {
  assert.deepEqual(tryOut(SelfSubjectAccessReview, { spec: { resourceAttributes } }).errors, []);
  assert.deepEqual(tryOut(SelfSubjectAccessReview, { spec: {} }).errors, [`spec: Invalid value: null: ${ONE}`]);
  const both = { resourceAttributes, nonResourceAttributes: { path: "/", verb: "get" } };
  assert.deepEqual(tryOut(SelfSubjectAccessReview, { spec: both }).errors, [
    `spec: Invalid value: {"verb":"get","resource":"pods"}: ${ONE}`,
  ]);
});

it("selectors are texts or requirements, never both; unknown operators pass", () => {
  const asked = (labelSelector: object) =>
    tryOut(SelfSubjectAccessReview, { spec: { resourceAttributes: { ...resourceAttributes, labelSelector } } }).errors;
  const requirements = [{ key: "a", operator: "Resembles", values: ["b"] }];
  assert.deepEqual(asked({ requirements }), []);
  assert.deepEqual(asked({ rawSelector: "a=b", requirements }), [
    'spec.resourceAttributes.labelSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements',
  ]);
  assert.match(asked({}).join(), /^spec.resourceAttributes.labelSelector.requirements: Required value: when/);
  assert.match(
    asked({ requirements: [{ key: "a", operator: "In" }] }).join(),
    /requirements\[0\].values: Required value/,
  );
});

it("somebody is asked about, and the review has no name", () => {
  assert.deepEqual(tryOut(SubjectAccessReview, { spec: { resourceAttributes } }).errors, [
    'spec.user: Invalid value: "": at least one of user or group must be specified',
  ]);
  assert.deepEqual(
    tryOut(SubjectAccessReview, { metadata: { name: "x" }, spec: { user: "a", resourceAttributes } }).errors,
    ['metadata: Invalid value: {"name":"x"}: must be empty'],
  );
});

it("a local review stays in its namespace", () => {
  const review = (namespace: string) => ({
    metadata: { namespace: "ns" },
    spec: { user: "a", resourceAttributes: { ...resourceAttributes, namespace } },
  });
  assert.deepEqual(tryOut(LocalSubjectAccessReview, review("ns")).errors, []);
  assert.deepEqual(tryOut(LocalSubjectAccessReview, review("other")).errors, [
    'spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace',
  ]);
});

it("a token lasts an hour by default, ten minutes at least", () => {
  assert.equal(tryOut(TokenRequest, { spec: {} }).object.spec.expirationSeconds, 3600);
  assert.deepEqual(tryOut(TokenRequest, { spec: { expirationSeconds: 60 } }).errors, [
    "spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes",
  ]);
});
