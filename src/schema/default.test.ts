import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyDefaults } from "./default.ts";
import { deepFreeze } from "./freeze.ts";
import {
  boolean,
  int32,
  intOrString,
  list,
  map,
  object,
  optional,
  plain,
  pointer,
  quantity,
  required,
  string,
} from "./node.ts";

const Port = object("a.v1.Port", {
  port: required(1, int32(), ""),
  protocol: optional(2, string(), "", { default: "TCP" }),
  targetPort: optional(3, intOrString(), "", { default: (port: { port: number }) => port.port }),
});
const Spec = object("a.v1.Spec", {
  type: optional(1, string(), "", { default: "ClusterIP" }),
  ports: optional(2, list(Port), ""),
  share: pointer(3, boolean(), "", { default: true }),
  divisor: optional(4, quantity(), ""),
  rules: required(5, list(string()), ""),
  byName: optional(6, map(Port), ""),
  template: pointer(7, Port, "", { default: { port: 7 } }),
  copy: optional(8, string(), "", {
    default: (_spec: unknown, root: { spec?: { type?: string } }) => root.spec?.type || undefined,
  }),
});
const Service = object("a.v1.Service", { spec: plain(1, Spec, ""), status: plain(2, object("a.v1.Status", {}), "") });

const DEFAULTED = {
  type: "ClusterIP",
  share: true,
  divisor: "0",
  rules: [],
  template: { port: 7, protocol: "TCP", targetPort: 7 },
};

describe("defaulting", () => {
  test("plain structs are there, constants and functions apply, in nested objects too", () => {
    assert.deepEqual(applyDefaults(Service, {} as never), { spec: DEFAULTED, status: {} });
    const given = {
      spec: { ports: [{ port: 80 }, { port: 1, protocol: "UDP", targetPort: "x" }], byName: { a: { port: 2 } } },
    };
    assert.deepEqual(applyDefaults(Service, given as never).spec, {
      ...DEFAULTED,
      ports: [
        { port: 80, protocol: "TCP", targetPort: 80 },
        { port: 1, protocol: "UDP", targetPort: "x" },
      ],
      byName: { a: { port: 2, protocol: "TCP", targetPort: 2 } },
    });
  });
  test("what is given stays: false and zero of a pointer, but the zero of a plain field is absence", () => {
    const { spec } = applyDefaults(Service, { spec: { share: false, type: "", rules: ["a"], divisor: "1" } } as never);
    assert.deepEqual(spec, { ...DEFAULTED, share: false, rules: ["a"], divisor: "1" });
  });
  test("a function sees the root as it came in", () => {
    assert.equal(applyDefaults(Service, { spec: { type: "NodePort" } } as never).spec.copy, "NodePort");
  });
  test("nothing to do gives the same object; otherwise what did not change is shared, and all is frozen", () => {
    const ports = [{ port: 80, protocol: "TCP", targetPort: 80 }];
    const first = applyDefaults(Service, deepFreeze({ spec: { ports } }) as never);
    assert.equal((first.spec as { ports: unknown }).ports, ports);
    assert.ok(Object.isFrozen(first) && Object.isFrozen(first.spec));
    const second = applyDefaults(Service, first);
    // `copy` sees the type only now: such a default breaks the contract of one pass, which tests of kinds catch.
    assert.equal(second.spec.copy, "ClusterIP");
    assert.equal(applyDefaults(Service, second), second);
  });
  test("a schema that contains itself", () => {
    const fields: Record<string, unknown> = { name: optional(1, string(), "", { default: "n" }) };
    const Tree = { type: "object", name: "a.v1.Tree", fields } as never as typeof Port;
    fields["child"] = pointer(2, Tree, "");
    assert.deepEqual(applyDefaults(Tree, { child: { child: {} } } as never), {
      name: "n",
      child: { name: "n", child: { name: "n" } },
    });
  });
});
