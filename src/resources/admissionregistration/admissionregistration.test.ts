// Webhooks, policies and their bindings: what they match, where they are, what must be there.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { MutatingAdmissionPolicyBinding } from "./mutating-admission-policy-binding.ts";
import { MutatingAdmissionPolicy } from "./mutating-admission-policy.ts";
import { MutatingWebhookConfiguration } from "./mutating-webhook-configuration.ts";
import { ValidatingAdmissionPolicyBinding } from "./validating-admission-policy-binding.ts";
import { ValidatingAdmissionPolicy } from "./validating-admission-policy.ts";
import { ValidatingWebhookConfiguration } from "./validating-webhook-configuration.ts";

const rule = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };
const webhook = (more: object = {}) => ({
  name: "w.example.com",
  clientConfig: { url: "https://x/y" },
  rules: [rule],
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
  ...more,
});
const tried = (...webhooks: object[]) => tryOut(MutatingWebhookConfiguration, { webhooks });
const errors = (more: object) => tried(webhook(more)).errors.join("; ");

it("a webhook has its defaults", () => {
  const [made] = tried(webhook()).object.webhooks ?? [];
  assert.deepEqual(
    [made?.failurePolicy, made?.matchPolicy, made?.timeoutSeconds, made?.reinvocationPolicy, made?.rules?.[0]?.scope],
    ["Fail", "Equivalent", 10, "Never", "*"],
  );
  assert.deepEqual([made?.namespaceSelector, made?.objectSelector], [{}, {}]);
  const [other] = tryOut(ValidatingWebhookConfiguration, { webhooks: [webhook()] }).object.webhooks ?? [];
  assert.equal("reinvocationPolicy" in other!, false);
});

it("a webhook is at a URL or behind a Service", () => {
  const at = (clientConfig: object) => errors({ clientConfig });
  assert.match(at({}), /exactly one of url or service is required$/);
  assert.match(
    at({ url: "http://u@/x?a=b#c" }),
    /only allowed URL scheme.*host must be.*user information.*fragments.*query/,
  );
  assert.equal(at({ service: { name: "s", namespace: "n", path: "/a/b/" } }), "");
  assert.match(at({ service: { name: "s", namespace: "n", path: "/a//b" } }), /segment\[1\] may not be empty$/);
  assert.match(at({ service: {} }), /namespace: Required value: service namespace.*name: Required value: service name/);
});

it("names are domains, each once; stars stand alone", () => {
  assert.match(errors({ name: "w" }), /at least three segments/);
  assert.match(tried(webhook(), webhook()).errors.join(), /webhooks\[1\]\.name: Duplicate value: "w\.example\.com"/);
  const rules = (resources: string[]) => errors({ rules: [{ ...rule, resources }] });
  assert.equal(rules(["*", "pods/log"]), "");
  assert.match(rules(["*", "pods"]), /must not specify other resources without subresources$/);
  assert.match(rules(["pods/*", "pods/log"]), /if 'pods\/\*' is present, must not specify pods\/log$/);
  assert.match(errors({ rules: [{ ...rule, operations: ["*", "CREATE"] }] }), /must not specify other operations$/);
});

it("a validating policy has something to say, and says it in a line", () => {
  const matchConstraints = { resourceRules: [rule] };
  const policy = (spec: object) =>
    tryOut(ValidatingAdmissionPolicy, { spec: { matchConstraints, validations: [{ expression: "true" }], ...spec } });
  assert.deepEqual(policy({}).errors, []);
  assert.match(policy({ validations: [] }).errors.join(), /at least one item.*at least one item/);
  assert.match(policy({ matchConstraints: {} }).errors.join(), /resourceRules: Required value/);
  assert.match(
    policy({ validations: [{ expression: "a\nb" }] }).errors.join(),
    /message must be specified if expression/,
  );
  assert.match(policy({ variables: [{ name: "in", expression: "1" }] }).errors.join(), /not a valid CEL identifier/);
  assert.match(policy({ paramKind: { apiVersion: "v1", kind: "A_b" } }).errors.join(), /may have mixed case/);
});

it("a mutating policy has what its patch needs", () => {
  const matchConstraints = { resourceRules: [rule] };
  const policy = (mutation: object) =>
    tryOut(MutatingAdmissionPolicy, {
      spec: { matchConstraints, mutations: [mutation], reinvocationPolicy: "Never" },
    }).errors.join("; ");
  assert.equal(policy({ patchType: "JSONPatch", jsonPatch: { expression: "[]" } }), "");
  const applyConfiguration = { expression: "Object{}" };
  assert.match(
    policy({ patchType: "JSONPatch", applyConfiguration }),
    /applyConfiguration: Forbidden: .*jsonPatch: Required value: must be specified when patchType is JSONPatch$/,
  );
});

it("a binding names its policy, and parameters in one way", () => {
  const paramRef = { name: "a", selector: {}, parameterNotFoundAction: "Deny" };
  const binding = { policyName: "p", validationActions: ["Deny"] };
  const { object } = tryOut(ValidatingAdmissionPolicyBinding, {
    spec: { ...binding, paramRef: { name: "a", namespace: "n" } },
  });
  assert.equal(ValidatingAdmissionPolicyBinding.columns[2]!.cell(object, { now: 0 }), "n/a");
  const twice = tryOut(ValidatingAdmissionPolicyBinding, { spec: { ...binding, paramRef } });
  assert.match(twice.errors.join(), /name: Forbidden: name and selector are mutually exclusive.*selector: Forbidden/);
  const both = { ...binding, validationActions: ["Deny", "Warn"] };
  assert.match(
    tryOut(ValidatingAdmissionPolicyBinding, { spec: both }).errors.join(),
    /must not contain both Deny and Warn/,
  );
  assert.match(tryOut(MutatingAdmissionPolicyBinding, { spec: {} }).errors.join(), /policyName: Required value$/);
});
