// Mutating policies on a whole server: what their expressions make of an object, and what happens when they cannot.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MutatingAdmissionPolicyBinding } from "../../resources/admissionregistration/mutating-admission-policy-binding.ts";
import { MutatingAdmissionPolicy } from "../../resources/admissionregistration/mutating-admission-policy.ts";
import { ConfigMap } from "../../resources/core/config-map.ts";
import { Pod } from "../../resources/core/pod.ts";
import { StatusError } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import { make, makePod, NAMESPACE, podOf, refusal, trialServer } from "./trial.ts";

const rule = { apiGroups: [""], apiVersions: ["*"], operations: ["CREATE", "UPDATE"], resources: ["configmaps"] };
const applying = (expression: string) => ({ patchType: "ApplyConfiguration", applyConfiguration: { expression } });
const patching = (expression: string) => ({ patchType: "JSONPatch", jsonPatch: { expression } });

type Trial = Awaited<ReturnType<typeof trialServer>>;

async function bind(trial: Trial, name: string, mutations: readonly object[], more: object = {}): Promise<void> {
  const matchConstraints = { resourceRules: [rule] };
  const spec = { matchConstraints, reinvocationPolicy: "Never", mutations, ...more };
  await make(trial, MutatingAdmissionPolicy, { metadata: { name }, spec });
  await make(trial, MutatingAdmissionPolicyBinding, { metadata: { name: `${name}-b` }, spec: { policyName: name } });
}

const map = (trial: Trial, more: object = {}) => make(trial, ConfigMap, { metadata: { name: "x" }, ...more });
const onPods = { matchConstraints: { resourceRules: [{ ...rule, resources: ["pods"] }] } };

test("a configuration is merged by the schema, its lists by their keys, and defaults follow", async () => {
  const trial = await trialServer();
  const container = 'Object.spec.initContainers{name: "mesh", image: "mesh:1", restartPolicy: "Always"}';
  await bind(trial, "p", [applying(`Object{spec: Object.spec{initContainers: [${container}]}}`)], onPods);
  const pod = await makePod(trial, podOf("a", {}, { initContainers: [{ name: "own", image: "b" }] }));
  assert.deepEqual(
    pod.spec.initContainers?.map(({ name, terminationMessagePolicy }) => [name, terminationMessagePolicy]),
    [
      ["own", "File"],
      ["mesh", "File"],
    ],
  );
});

test("mutations run one after the other, each on what the one before made", async () => {
  const trial = await trialServer();
  await bind(trial, "p", [
    applying('Object{metadata: Object.metadata{labels: {"a": "b"}}}'),
    patching(
      '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("x/y"), value: object.metadata.labels.a}]',
    ),
    patching(
      '[JSONPatch{op: "test", path: "/data", value: {"no": "such"}}, JSONPatch{op: "add", path: "/data", value: {}}]',
    ),
  ]);
  const { metadata, data } = await map(trial);
  assert.deepEqual([metadata.labels, data], [{ a: "b", "x/y": "b" }, undefined]);
});

test("a policy that wants to sees what later ones made, once more", async () => {
  const trial = await trialServer();
  const counting = applying(
    'Object{metadata: Object.metadata{labels: {"seen": has(object.data) ? string(size(object.data)) : "0"}}}',
  );
  await bind(trial, "a", [counting], { reinvocationPolicy: "IfNeeded" });
  await bind(trial, "b", [applying('Object{data: {"k": "v"}}')]);
  const { metadata } = await map(trial);
  assert.deepEqual(metadata.labels, { seen: "1" });
});

test("what cannot be applied is refused, or left alone", async () => {
  const trial = await trialServer();
  const broken = applying("Object{spec: Object.spec{nodeSelector: {'a': object.spec.none}}}");
  await bind(trial, "p", [broken], onPods);
  await assert.rejects(makePod(trial, podOf("a")), (error) => {
    assert.ok(error instanceof StatusError);
    assert.deepEqual([error.code, error.reason], [403, "Invalid"]);
    assert.match(
      error.message,
      /^policy 'p' with binding 'p-b' denied request: expression '.*' resulted in error: no such/,
    );
    return true;
  });
  const open = await trialServer();
  await bind(open, "p", [broken], { ...onPods, failurePolicy: "Ignore" });
  await makePod(open, podOf("a"));
});

test("what can only be replaced as a whole is no configuration's; places are by name", async () => {
  const trial = await trialServer();
  await bind(trial, "p", [applying("Object{spec: Object.spec{nodeSelector: {'a': 'b'}}}")], onPods);
  assert.match(
    await refusal(makePod(trial, podOf("a"))),
    /may not mutate atomic arrays, maps or structs: \.spec\.nodeSel/,
  );
  const other = await trialServer();
  await bind(other, "p", [applying("Object{metadata: Object.spec{labels: {'a': 'b'}}}")]);
  assert.match(
    await refusal(map(other)),
    /denied request: type mismatch: unexpected type name "Object\.spec", expected "Object\.metadata"/,
  );
  const unknown = await trialServer();
  await bind(unknown, "p", [applying("Object{spec: Object.spec{none: 1}}")]);
  assert.match(
    await refusal(map(unknown)),
    /failed to convert patch object to typed object: \.spec: field not declared/,
  );
});

test("a command is done as the policies leave it", async () => {
  const trial = await trialServer();
  await bind(trial, "p", [applying('Object{metadata: Object.metadata{labels: {"bound": "yes"}}}')], {
    matchConstraints: { resourceRules: [{ ...rule, resources: ["pods/binding"] }] },
  });
  await makePod(trial, podOf("a"));
  const place = { namespace: NAMESPACE, name: "a" };
  const target = { kind: "Node", name: "n" };
  const body = { apiVersion: "v1", kind: "Binding", metadata: place, target } as unknown as KubeObject;
  await trial.client.command(Pod, place, "binding", body);
  const { metadata, spec } = await trial.client.get(Pod, place);
  assert.deepEqual([metadata.labels, spec.nodeName], [{ bound: "yes" }, "n"]);
});
