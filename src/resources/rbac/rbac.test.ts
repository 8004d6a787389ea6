// Matching, escalation and grants of RBAC, against what the recorded server answers.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { breakDown, escalationError, ruleText, uncovered } from "./escalation.ts";
import { accountUser, grantsOf } from "./grants.ts";
import type { RbacSource } from "./grants.ts";
import { allowsPath, allowsResource } from "./match.ts";
import type { PolicyRule } from "./policy-rule.ts";

const get = (resource: string, more: { group?: string; subresource?: string; name?: string } = {}) => ({
  verb: "get",
  group: "",
  subresource: "",
  name: "x",
  ...more,
  resource,
});

describe("a rule allows", () => {
  it("its verbs, groups and resources, and subresources only by name or wildcard", () => {
    const rule: PolicyRule = { verbs: ["get"], apiGroups: ["apps"], resources: ["deployments", "*/scale"] };
    assert.ok(allowsResource(rule, get("deployments", { group: "apps" })));
    assert.ok(allowsResource(rule, get("replicasets", { group: "apps", subresource: "scale" })));
    assert.ok(!allowsResource(rule, get("deployments", { group: "apps", subresource: "status" })));
    assert.ok(!allowsResource(rule, get("deployments")));
    assert.ok(!allowsResource(rule, { ...get("deployments", { group: "apps" }), verb: "list" }));
  });

  it("everything with stars", () => {
    const rule: PolicyRule = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };
    assert.ok(allowsResource(rule, get("pods", { subresource: "exec" })));
    assert.ok(!allowsPath(rule, { verb: "get", path: "/metrics" }));
  });

  it("named objects only, which leaves out collections", () => {
    const rule: PolicyRule = { verbs: ["get", "list"], apiGroups: [""], resources: ["secrets"], resourceNames: ["a"] };
    assert.ok(allowsResource(rule, get("secrets", { name: "a" })));
    assert.ok(!allowsResource(rule, get("secrets", { name: "b" })));
    assert.ok(!allowsResource(rule, { ...get("secrets", { name: "" }), verb: "list" }));
  });

  it("paths, with a star at the end", () => {
    const rule: PolicyRule = { verbs: ["get"], nonResourceURLs: ["/api/*", "/version"] };
    assert.ok(allowsPath(rule, { verb: "get", path: "/api/v1" }));
    assert.ok(!allowsPath(rule, { verb: "get", path: "/api" }));
    assert.ok(!allowsPath(rule, { verb: "get", path: "/version/" }));
    assert.ok(!allowsPath(rule, { verb: "post", path: "/version" }));
  });
});

describe("escalation", () => {
  const alice = { name: "alice", groups: ["system:authenticated"] };

  it("breaks rules down and prints what is missing, verbs joined", () => {
    const held: PolicyRule[] = [{ verbs: ["get"], apiGroups: [""], resources: ["configmaps"] }];
    assert.equal(escalationError(alice, held, held), undefined);
    assert.equal(
      escalationError(alice, held, [{ verbs: ["get", "list"], apiGroups: [""], resources: ["secrets"] }]),
      'user "alice" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
    );
    assert.equal(
      escalationError(alice, held, [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }])?.split("\n")[1],
      '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}',
    );
  });

  it("a rule for one name does not cover all names, nor the other way round lose", () => {
    const named: PolicyRule = { verbs: ["get"], apiGroups: [""], resources: ["secrets"], resourceNames: ["a"] };
    const all: PolicyRule = { verbs: ["get"], apiGroups: [""], resources: ["secrets"] };
    assert.deepEqual(uncovered([named], [all]), [all]);
    assert.deepEqual(uncovered([all], [named]), []);
  });

  it("stars cover what they name, and parts may be held by several rules", () => {
    const wanted: PolicyRule = { verbs: ["get", "patch"], apiGroups: ["apps"], resources: ["deployments/scale"] };
    const held: PolicyRule[] = [
      { verbs: ["get"], apiGroups: ["*"], resources: ["*/scale"] },
      { verbs: ["patch"], apiGroups: ["apps"], resources: ["*"] },
    ];
    assert.deepEqual(uncovered(held, [wanted]), []);
    const urls: PolicyRule = { verbs: ["get"], nonResourceURLs: ["/a/b", "/c"] };
    assert.deepEqual(uncovered([{ verbs: ["*"], nonResourceURLs: ["/a/*"] }], [urls]).map(ruleText), [
      '{NonResourceURLs:["/c"], Verbs:["get"]}',
    ]);
  });

  it("covers exactly what matching allows, for every single permission", () => {
    const words = { verbs: ["get", "*"], groups: ["", "apps", "*"], resources: ["pods", "pods/log", "*/log", "*"] };
    for (const verb of words.verbs) {
      for (const group of words.groups) {
        for (const resource of words.resources) {
          const held: PolicyRule = { verbs: [verb], apiGroups: [group], resources: [resource] };
          const wanted: PolicyRule = { verbs: ["get"], apiGroups: ["apps"], resources: ["pods", "pods/log"] };
          for (const part of breakDown(wanted)) {
            const [plain, subresource = ""] = part.resources![0]!.split("/");
            const allowed = allowsResource(held, get(plain!, { group: "apps", subresource }));
            assert.equal(uncovered([held], [part]).length === 0, allowed, `${ruleText(held)} ${ruleText(part)}`);
          }
        }
      }
    }
  });
});

describe("grants", () => {
  const rules: PolicyRule[] = [{ verbs: ["list"], apiGroups: [""], resources: ["pods"] }];
  const ref = (kind: string, name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name });
  const source: RbacSource = {
    clusterRoleBindings: () => [
      {
        metadata: { name: "everybody" },
        roleRef: ref("ClusterRole", "view"),
        subjects: [{ kind: "Group", name: "g" }],
      },
    ],
    roleBindings: (namespace) =>
      namespace === "ns"
        ? [
            {
              metadata: { name: "r", namespace },
              roleRef: ref("Role", "r"),
              subjects: [
                { kind: "User", name: "alice" },
                { kind: "ServiceAccount", name: "robot" },
              ],
            },
          ]
        : [],
    clusterRole: (name) => (name === "view" ? { metadata: { name }, rules } : undefined),
    role: (namespace, name) => ({ metadata: { name, namespace }, rules }),
  };
  const reasons = (name: string, groups: string[], namespace: string) =>
    [...grantsOf(source, { name, groups }, namespace)].map((grant) => grant.reason());

  it("come from bindings, with the reason that reviews show", () => {
    assert.deepEqual(reasons("alice", [], "ns"), ['RoleBinding "r/ns" of Role "r" to User "alice"']);
    assert.deepEqual(reasons("alice", [], ""), []);
    assert.deepEqual(reasons("bob", ["g"], "ns"), [
      'ClusterRoleBinding "everybody" of ClusterRole "view" to Group "g"',
    ]);
  });

  it("a ServiceAccount without namespace is the binding's", () => {
    assert.equal(reasons(accountUser("ns", "robot"), [], "ns").length, 1);
    assert.equal(reasons(accountUser("other", "robot"), [], "ns").length, 0);
  });
});
