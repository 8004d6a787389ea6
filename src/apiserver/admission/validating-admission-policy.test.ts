// Policies against writes on a whole server: what they are about, what they see, and what follows from what they say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap } from "../../resources/core/config-map.ts";
import { Secret } from "../../resources/core/secret.ts";
import { ValidatingAdmissionPolicyBinding } from "../../resources/admissionregistration/validating-admission-policy-binding.ts";
import { ValidatingAdmissionPolicy } from "../../resources/admissionregistration/validating-admission-policy.ts";
import { StatusError } from "../../schema/meta/status.ts";
import { make, NAMESPACE, refusal, trialServer } from "./trial.ts";

const rule = { apiGroups: [""], apiVersions: ["*"], operations: ["CREATE", "UPDATE"], resources: ["configmaps"] };

type Trial = Awaited<ReturnType<typeof trialServer>>;

async function bind(trial: Trial, spec: object, binding: object = {}, name = "p"): Promise<void> {
  const matchConstraints = { resourceRules: [rule] };
  await make(trial, ValidatingAdmissionPolicy, { metadata: { name }, spec: { matchConstraints, ...spec } });
  await make(trial, ValidatingAdmissionPolicyBinding, {
    metadata: { name: `${name}-b` },
    spec: { policyName: name, validationActions: ["Deny"], ...binding },
  });
}

const expressions = (...all: string[]) => ({ validations: all.map((expression) => ({ expression })) });
const map = (trial: Trial, name: string, more: object = {}) => make(trial, ConfigMap, { metadata: { name }, ...more });

/** What a ConfigMap `x` is refused with after the policy's and the binding's names; undefined when it is not. */
async function said(spec: object, binding: object = {}, body: object = {}): Promise<string | undefined> {
  const trial = await trialServer();
  await bind(trial, spec, binding);
  const text = await refusal(map(trial, "x", body));
  return text === "was not refused" ? undefined : text.replace(/^.*?denied request: /, "");
}

test("what an expression refuses is Invalid, in the words of the policy", async () => {
  const trial = await trialServer();
  await bind(trial, { validations: [{ expression: "object.metadata.name != 'x'", message: "no x" }] });
  const why = "ValidatingAdmissionPolicy 'p' with binding 'p-b' denied request: no x";
  await assert.rejects(map(trial, "x"), (error) => {
    assert.ok(error instanceof StatusError);
    assert.deepEqual([error.code, error.reason], [422, "Invalid"]);
    assert.equal(error.message, `configmaps "x" is forbidden: ${why}`);
    assert.deepEqual(error.details?.causes, [{ message: why }]);
    return true;
  });
  await map(trial, "y");
});

test("old object, request, namespace and variables are seen", async () => {
  assert.equal(
    await said(
      expressions("oldObject == null && request.operation == 'CREATE' && request.userInfo.username == 'admin'"),
    ),
    undefined,
  );
  assert.equal(
    await said(expressions(`namespaceObject.metadata.name == '${NAMESPACE}' && request.dryRun`)),
    `failed expression: namespaceObject.metadata.name == '${NAMESPACE}' && request.dryRun`,
  );
  const variables = [
    { name: "size", expression: "has(object.data) ? object.data.size() : 0" },
    { name: "double", expression: "variables.size * 2" },
    { name: "broken", expression: "object.data.nothing" },
  ];
  const validations = [{ expression: "variables.double == 4", messageExpression: "'size ' + string(variables.size)" }];
  assert.equal(await said({ variables, validations }, {}, { data: { a: "1", b: "2" } }), undefined);
  assert.equal(await said({ variables, validations }, {}, { data: { a: "1" } }), "size 1");
  assert.match(
    (await said({ variables, ...expressions("variables.broken == 'x'") })) ?? "",
    /composited variable "broken" fails to evaluate: no such key: data$/,
  );
});

test("an expression that fails closes or opens, a condition that does not hold excuses", async () => {
  const failing = expressions("object.data.nothing == 'x'");
  const why = "expression 'object.data.nothing == \"x\"' resulted in error: no such key: data".replaceAll('"', "'");
  assert.equal(await said(failing), why);
  assert.equal(await said({ ...failing, failurePolicy: "Ignore" }), undefined);
  const matchConditions = [{ name: "c", expression: "object.metadata.name == 'y'" }];
  assert.equal(await said({ ...failing, matchConditions }), undefined);
  const broken = [{ name: "c", expression: "object.data.nothing == 'x'" }];
  assert.equal(await said({ ...expressions("true"), matchConditions: broken }), why);
});

test("selectors and exclusions narrow what a policy is about", async () => {
  const never = expressions("false");
  const about = (more: object) => ({ ...never, matchConstraints: { resourceRules: [rule], ...more } });
  assert.equal(await said(about({ excludeResourceRules: [{ ...rule, resourceNames: ["x"] }] })), undefined);
  assert.equal(await said(about({ objectSelector: { matchLabels: { a: "b" } } })), undefined);
  const labelled = { metadata: { name: "x", labels: { a: "b" } } };
  assert.ok(await said(about({ objectSelector: { matchLabels: { a: "b" } } }), {}, labelled));
  assert.equal(await said(never, { matchResources: { namespaceSelector: { matchLabels: { a: "b" } } } }), undefined);
  const here = { matchLabels: { "kubernetes.io/metadata.name": NAMESPACE } };
  assert.ok(await said(never, { matchResources: { namespaceSelector: here } }));
});

test("warnings do not refuse", async () => {
  const trial = await trialServer();
  await bind(trial, expressions("false"), { validationActions: ["Warn", "Audit"] });
  await map(trial, "x");
  assert.deepEqual(trial.warnings, [
    "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p-b': failed expression: false",
  ]);
});

test("parameters are found by name or labels, or their absence decides", async () => {
  const trial = await trialServer();
  const paramKind = { apiVersion: "v1", kind: "ConfigMap" };
  const secrets = { resourceRules: [{ ...rule, resources: ["secrets"] }] };
  const spec = { paramKind, matchConstraints: secrets, ...expressions("object.metadata.name != params.data.not") };
  const secret = (name: string) => refusal(make(trial, Secret, { metadata: { name } }));
  await bind(trial, spec, { paramRef: { name: "a", parameterNotFoundAction: "Deny" } });
  assert.match(await secret("x"), /failed to configure binding: no params found for policy binding with `Deny` param/);
  await map(trial, "a", { data: { not: "x" } });
  assert.match(await secret("x"), /failed expression: object\.metadata\.name != params\.data\.not$/);
  assert.equal(await secret("y"), "was not refused");
  await map(trial, "b", { metadata: { name: "b", labels: { role: "p" } }, data: { not: "z" } });
  const selector = { matchLabels: { role: "p" } };
  await bind(trial, spec, { paramRef: { selector, parameterNotFoundAction: "Allow" } }, "q");
  assert.match(await secret("z"), /Policy 'q' with binding 'q-b'/);
});

test("an expression may ask what the writer may do, and is stopped when it costs too much", async () => {
  const may = (verb: string) => `authorizer.group('').resource('pods').namespace('n').check('${verb}').allowed()`;
  assert.equal(
    await said(expressions(may("delete"), "authorizer.requestResource.check('create').allowed()")),
    undefined,
  );
  const other = "authorizer.serviceAccount('n', 'nobody').group('').resource('pods').check('get').allowed()";
  assert.equal(await said(expressions(other)), `failed expression: ${other}`);
  const costly = `[1,2,3,4,5].all(a, ${may("get")})`;
  assert.match((await said(expressions(costly))) ?? "", /running out of cost budget/);
});

test("policies are not asked about what configures admission", async () => {
  const trial = await trialServer();
  const everything = { ...rule, apiGroups: ["*"], operations: ["*"], resources: ["*"] };
  await bind(trial, { matchConstraints: { resourceRules: [everything] }, ...expressions("false") });
  assert.match(await refusal(map(trial, "x")), /denied request/);
  await trial.client.delete(ValidatingAdmissionPolicyBinding, { name: "p-b" });
  await map(trial, "x");
});
