// Nodes: taints, ranges, what columns make of them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { tryOut } from "../trial.ts";
import { isNodeReady, nodeRoles } from "./node/readiness.ts";
import { withoutTaint, withTaint } from "./node/taint.ts";
import { Node } from "./node.ts";

const cell = (node: Node, name: string) => Node.columns.find((column) => column.name === name)!.cell(node, { now: 0 });

describe("nodes", () => {
  it("bring their status, and say all of their capacity is allocatable unless told", () => {
    const { object, errors } = tryOut(Node, { status: { capacity: { cpu: "4" } } });
    assert.deepEqual(errors, []);
    assert.deepEqual(object.status.allocatable, { cpu: "4" });
    const { object: changed } = tryOut(Node, { spec: { unschedulable: true }, status: {} }, { old: object });
    assert.deepEqual(changed.status, object.status);
  });

  it("have taints that are unique by key and effect", () => {
    const taint = (key: string, effect: string) => ({ key, effect });
    assert.deepEqual(tryOut(Node, { spec: { taints: [taint("a", "X")] } }).errors, [
      'metadata.taints[0].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ]);
    const twice = tryOut(Node, { spec: { taints: [taint("a", "NoSchedule"), taint("a", "NoSchedule")] } }).errors;
    assert.match(
      twice.join(),
      /^metadata.taints\[1\]: Duplicate value: .*taints must be unique by key and effect pair$/,
    );
    assert.deepEqual(
      tryOut(Node, { spec: { taints: [taint("a", "NoSchedule"), taint("a", "NoExecute")] } }).errors,
      [],
    );
  });

  it("have ranges, one a family, and keep them", () => {
    const { object: old } = tryOut(Node, { spec: { podCIDR: "10.1.0.0/24" } });
    assert.deepEqual(old.spec.podCIDRs, ["10.1.0.0/24"]);
    assert.equal(tryOut(Node, { spec: { podCIDRs: ["10.1.0.0/24", "fd00::/64"] } }).errors.length, 0);
    assert.match(
      tryOut(Node, { spec: { podCIDRs: ["10.1.0.0/24", "10.2.0.0/24"] } }).errors.join(),
      /no more than one CIDR/,
    );
    assert.match(
      tryOut(Node, { spec: { podCIDR: "10.2.0.0/24" } }, { old }).errors.join(),
      /^spec.podCIDRs: Forbidden/,
    );
  });

  it("show readiness, roles and addresses", () => {
    const { object } = tryOut(Node, {
      metadata: { labels: { "node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/edge": "" } },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: "Ready", status: "True" }],
        addresses: [{ type: "InternalIP", address: "10.0.0.1" }],
      },
    });
    assert.ok(isNodeReady(object));
    assert.deepEqual(nodeRoles(object), ["edge", "worker"]);
    assert.equal(cell(object, "Status"), "Ready,SchedulingDisabled");
    assert.equal(cell(object, "Internal-IP"), "10.0.0.1");
    assert.equal(cell(object, "External-IP"), "<none>");
    assert.equal(cell(tryOut(Node, {}).object, "Status"), "Unknown");
  });
});

describe("taints", () => {
  const taint = { key: "a", effect: "NoSchedule" } as const;

  it("are added and taken away; nothing to do gives the same list", () => {
    const one = withTaint([], taint);
    assert.equal(withTaint(one, taint), one);
    assert.deepEqual(withTaint(one, { ...taint, value: "v" }), [{ ...taint, value: "v" }]);
    assert.equal(withoutTaint(one, { key: "a", effect: "NoExecute" }), one);
    assert.deepEqual(withoutTaint(one, taint), []);
  });
});
