// JSON patch: the operations, the library's liberties, faults, and that input is never written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { applyJsonPatch } from "./json-patch.ts";
import { StatusError } from "./meta/status.ts";

const fails = (code: number, message?: string) => (error: unknown) =>
  error instanceof StatusError && error.code === code && (message === undefined || error.message === message);
const document = () => ({ data: { a: "1", b: "2" }, list: ["x", "y", "z"], "q/r": { "~": 1 } });

test("the operations", () => {
  const result = applyJsonPatch(document(), [
    { op: "add", path: "/data/c", value: "3" },
    { op: "remove", path: "/data/a" },
    { op: "replace", path: "/data/b", value: { n: null } },
    { op: "add", path: "/list/1", value: "new" },
    { op: "add", path: "/list/-", value: "last" },
    { op: "remove", path: "/list/0" },
    { op: "move", from: "/list/0", path: "/moved" },
    { op: "copy", from: "/data/b", path: "/copied" },
    { op: "test", path: "/q~1r/~0", value: 1 },
  ]);
  assert.deepEqual(result, {
    data: { b: { n: null }, c: "3" },
    list: ["y", "z", "last"],
    "q/r": { "~": 1 },
    moved: "new",
    copied: { n: null },
  });
});

test("liberties of the library", () => {
  assert.deepEqual(applyJsonPatch({ d: {} }, [{ op: "replace", path: "/d/zz", value: 7 }]), { d: { zz: 7 } });
  assert.deepEqual(applyJsonPatch({ d: {} }, [{ op: "copy", from: "/d/a", path: "/d/b" }]), { d: { b: null } });
  assert.deepEqual(applyJsonPatch({ d: {} }, [{ op: "add", path: "/d/a" }]), { d: { a: null } });
  assert.deepEqual(applyJsonPatch({ l: [1, 2] }, [{ op: "replace", path: "/l/-1", value: 9 }]), { l: [1, 9] });
  assert.deepEqual(applyJsonPatch({ l: [1, 2] }, [{ op: "add", path: "/l/-1", value: 9 }]), { l: [1, 2, 9] });
  assert.deepEqual(applyJsonPatch({ d: {} }, [{ op: "add", path: "d/a", value: 1 }]), { d: {}, a: 1 });
  assert.deepEqual(applyJsonPatch({ d: {} }, [{ op: "test", path: "/d/a", value: null }]), { d: {} });
  assert.deepEqual(applyJsonPatch({ d: {} }, [{ op: "replace", path: "", value: [1] }]), [1]);
});

test("what cannot be applied is 422 without details, and nothing happens", () => {
  const before = document();
  const patches = [
    [{ op: "add", path: "/nothing/x", value: 1 }],
    [{ op: "remove", path: "/data/zz" }],
    [{ op: "replace", path: "/list/7", value: 1 }],
    [{ op: "replace", path: "/list/x", value: 1 }],
    [{ op: "replace", path: "/list/-4", value: 1 }],
    [{ op: "add", path: "/list/4", value: 1 }],
    [{ op: "test", path: "/data/a", value: "2" }],
    [{ op: "move", from: "/data/zz", path: "/data/y" }],
    [{ op: "frobnicate", path: "/data" }],
    [{ path: "/data" }],
    [{ op: "add", value: 1 }],
    [{ op: "add", path: "", value: 1 }],
    [
      { op: "add", path: "/data/new", value: 1 },
      { op: "remove", path: "/data/zz" },
    ],
  ];
  for (const patch of patches) {
    assert.throws(
      () => applyJsonPatch(before, patch),
      fails(422, "the server rejected our request due to an error in our request"),
    );
  }
  assert.deepEqual(before, document());
});

test("bodies that are no patch", () => {
  assert.throws(
    () => applyJsonPatch({}, { op: "add" }),
    fails(400, "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"),
  );
  assert.throws(() => applyJsonPatch({}, [5]), fails(400));
  const many = Array.from({ length: 10_001 }, () => ({ op: "test", path: "/a", value: null }));
  assert.throws(() => applyJsonPatch({}, many), fails(413));
  assert.deepEqual(applyJsonPatch({}, many.slice(1)), {});
  assert.deepEqual(applyJsonPatch({ a: 1 }, null), { a: 1 });
});

test("input is never written, copies are independent", () => {
  const frozen = Object.freeze({ a: Object.freeze({ x: 1 }), list: Object.freeze([Object.freeze({ y: 1 })]) });
  const result = applyJsonPatch(frozen, [
    { op: "add", path: "/a/z", value: 1 },
    { op: "copy", from: "/a", path: "/b" },
    { op: "add", path: "/b/w", value: 2 },
    { op: "add", path: "/list/0/w", value: 2 },
  ]);
  assert.deepEqual(result, { a: { x: 1, z: 1 }, list: [{ y: 1, w: 2 }], b: { x: 1, z: 1, w: 2 } });
  assert.deepEqual(frozen, { a: { x: 1 }, list: [{ y: 1 }] });
});

test("copying cannot blow up memory", () => {
  const patch = [{ op: "add", path: "/a", value: ["x".repeat(1000)] }];
  for (let i = 0; i < 40; i++) patch.push({ op: "copy", from: "/a", path: "/a/-" } as never);
  assert.throws(() => applyJsonPatch({}, patch), fails(422));
});
