// Roles and bindings: rules that say something, subjects that can be somebody, a role that stays.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { ClusterRoleBinding } from "./cluster-role-binding.ts";
import { ClusterRole } from "./cluster-role.ts";
import { RoleBinding } from "./role-binding.ts";
import { Role } from "./role.ts";

const RBAC = "rbac.authorization.k8s.io";

it("rules name verbs, and resources or paths", () => {
  assert.deepEqual(tryOut(Role, { rules: [{ verbs: [] }] }).errors, [
    "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
    "rules[0].resources: Required value: resource rules must supply at least one resource",
    "rules[0].verbs: Required value",
  ]);
  const paths = { rules: [{ verbs: ["get"], nonResourceURLs: ["/healthz"] }] };
  assert.deepEqual(tryOut(ClusterRole, paths).errors, []);
  assert.match(tryOut(Role, paths).errors.join(), /namespaced rules cannot apply to non-resource URLs$/);
  assert.deepEqual(tryOut(ClusterRole, { aggregationRule: {} }).errors, [
    "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil",
  ]);
});

it("subjects and references get their group", () => {
  const { object, errors } = tryOut(RoleBinding, {
    roleRef: { kind: "Role", name: "r" },
    subjects: [
      { kind: "User", name: "u" },
      { kind: "ServiceAccount", name: "a" },
    ],
  });
  assert.deepEqual(errors, []);
  assert.equal(object.roleRef.apiGroup, RBAC);
  assert.deepEqual(object.subjects, [
    { kind: "User", apiGroup: RBAC, name: "u" },
    { kind: "ServiceAccount", name: "a" },
  ]);
});

it("kinds are those that exist there; accounts of a ClusterRoleBinding have a namespace", () => {
  const roleRef = { apiGroup: RBAC, kind: "Role", name: "r" };
  assert.deepEqual(tryOut(ClusterRoleBinding, { roleRef, subjects: [{ kind: "ServiceAccount", name: "a" }] }).errors, [
    'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
    "subjects[0].namespace: Required value",
  ]);
  assert.deepEqual(
    tryOut(RoleBinding, {
      roleRef,
      subjects: [
        { kind: "X", name: "u" },
        { kind: "User", name: "" },
      ],
    }).errors,
    [
      'subjects[0].kind: Unsupported value: "X": supported values: "ServiceAccount", "User", "Group"',
      "subjects[1].name: Required value",
    ],
  );
});

it("a binding keeps its role", () => {
  const { object: old } = tryOut(RoleBinding, { roleRef: { kind: "Role", name: "r" } });
  const { errors } = tryOut(RoleBinding, { roleRef: { kind: "Role", name: "other" } }, { old });
  assert.match(errors.join(), /^roleRef: Invalid value: .*: cannot change roleRef$/);
});
