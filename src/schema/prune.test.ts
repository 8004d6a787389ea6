import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deepFreeze } from "./freeze.ts";
import { list, map, object, optional, pointer, string } from "./node.ts";
import { dropDisabled, prune, pruneCustom } from "./prune.ts";

const Item = object("a.v1.Item", {
  name: optional(1, string(), ""),
  fresh: optional(2, string(), "", { gate: "Fresh" }),
});
const Thing = object("a.v1.Thing", {
  items: optional(1, list(Item), ""),
  byName: optional(2, map(Item), ""),
  one: pointer(3, Item, "", { gate: "One" }),
});

describe("pruning", () => {
  test("what is known stays as it is, the same object", () => {
    const thing = deepFreeze({ items: [{ name: "a" }], byName: { x: { name: "b" } } });
    assert.equal(prune(Thing, thing), thing);
  });
  test("what is unknown goes, at every depth; the rest is shared", () => {
    const same = { name: "a" };
    const thing = deepFreeze({ q: 1, items: [same, { name: "b", z: 1 }], byName: { x: { z: 2 } } });
    const pruned = prune(Thing, thing as never);
    assert.deepEqual(pruned, { items: [{ name: "a" }, { name: "b" }], byName: { x: {} } });
    assert.equal(pruned.items![0], same);
    assert.ok(Object.isFrozen(pruned) && Object.isFrozen(pruned.items));
  });
  test("custom resources: open objects, further properties, embedded objects, paths", () => {
    const node = object("c.v1.C", {
      open: optional(null, object("c.v1.Open", { known: optional(null, Item, "") }, { preserveUnknown: true }), ""),
      more: optional(null, object("c.v1.More", {}, { additional: Item }), ""),
      whole: optional(null, object("c.v1.Whole", { spec: optional(null, Item, "") }, { embedded: true }), ""),
    });
    const unknowns: string[] = [];
    const value = {
      open: { known: { x: 1 }, other: { x: 1 } },
      more: { a: { name: "n", x: 1 } },
      whole: { apiVersion: "v1", kind: "K", metadata: { name: "m" }, spec: { x: 1 }, status: 1 },
    };
    assert.deepEqual(pruneCustom(node, value, unknowns), {
      open: { known: {}, other: { x: 1 } },
      more: { a: { name: "n" } },
      whole: { apiVersion: "v1", kind: "K", metadata: { name: "m" }, spec: {} },
    });
    assert.deepEqual(unknowns, ["open.known.x", "more.a.x", "whole.spec.x", "whole.status"]);
  });
  test("a value of another shape is left for validation", () => {
    assert.deepEqual(pruneCustom(Thing, { items: "no list" }, []), { items: "no list" });
  });
});

describe("gates", () => {
  const off = () => false;
  const thing = deepFreeze({ items: [{ name: "a", fresh: "f" }], one: { name: "o" } });
  test("fields whose gate is off go", () => {
    assert.deepEqual(dropDisabled(Thing, thing, undefined, off), { items: [{ name: "a" }] });
    assert.deepEqual(
      dropDisabled(Thing, thing, undefined, (gate) => gate === "One"),
      { items: [{ name: "a" }], one: { name: "o" } },
    );
  });
  test("nothing goes while gates are on, and the object is the same", () => {
    assert.equal(
      dropDisabled(Thing, thing, undefined, () => true),
      thing,
    );
  });
  test("what the old object uses, anywhere, may stay", () => {
    const old = { byName: { z: { fresh: "y" } } };
    assert.deepEqual(dropDisabled(Thing, thing, old, off), { items: [{ name: "a", fresh: "f" }] });
  });
});
