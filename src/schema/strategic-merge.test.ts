// Strategic merge patch: lists, order, directives, and the words of every fault.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deepFreeze } from "./freeze.ts";
import { StatusError } from "./meta/status.ts";
import { int32, listAtomic, listMap, listSet, map, object, optional, required, string } from "./node.ts";
import { applyStrategicMerge } from "./strategic-merge.ts";

const Env = object("test.Env", { name: required(1, string(), ""), value: optional(2, string(), "") });
const Volume = object("test.Volume", {
  name: required(1, string(), ""),
  emptyDir: optional(2, object("test.EmptyDir", {}), ""),
  hostPath: optional(3, object("test.HostPath", { path: optional(1, string(), "") }), ""),
});
const Container = object("test.Container", {
  name: required(1, string(), ""),
  image: optional(2, string(), ""),
  args: optional(3, listAtomic(string()), ""),
  env: optional(4, listMap(Env, ["name"]), "", { merge: { strategy: ["merge"], key: "name" } }),
});
const Thing = object("test.Thing", {
  labels: optional(1, map(string()), ""),
  finalizers: optional(2, listSet(string()), "", { merge: { strategy: ["merge"] } }),
  containers: optional(3, listMap(Container, ["name"]), "", { merge: { strategy: ["merge"], key: "name" } }),
  volumes: optional(4, listMap(Volume, ["name"]), "", { merge: { strategy: ["merge", "retainKeys"], key: "name" } }),
  selector: optional(5, object("test.Selector", { matchLabels: optional(1, map(string()), "") }), "", {
    merge: { strategy: ["replace"] },
  }),
  strategy: optional(
    6,
    object("test.Strategy", { type: optional(1, string(), ""), max: optional(2, int32(), "") }),
    "",
    {
      merge: { strategy: ["retainKeys"] },
    },
  ),
  tolerations: optional(7, listAtomic(Env), ""),
});
const live = deepFreeze({
  labels: { a: "1", b: "2" },
  finalizers: ["x/a", "x/b"],
  containers: [
    {
      name: "a",
      image: "a:1",
      args: ["1"],
      env: [
        { name: "E", value: "1" },
        { name: "F", value: "2" },
      ],
    },
    { name: "b" },
  ],
  volumes: [{ name: "v", emptyDir: {} }],
  selector: { matchLabels: { a: "1" } },
  strategy: { type: "Rolling", max: 1 },
  tolerations: [{ name: "t" }],
});
const patched = (patch: unknown) =>
  applyStrategicMerge(Thing, live, patch) as unknown as Record<string, never> & typeof live;
const fails = (patch: unknown, code: number, message: string) =>
  assert.throws(
    () => patched(patch),
    (e) => e instanceof StatusError && (assert.equal(e.message, message), assert.equal(e.code, code), true),
  );

test("lists with a key merge, others are replaced", () => {
  const result = patched({
    containers: [
      { name: "b", image: "b:2" },
      { name: "a", args: ["2"], env: [{ name: "F", value: null }, { name: "G" }] },
    ],
  });
  assert.deepEqual(result.containers, [
    { name: "b", image: "b:2" },
    { name: "a", image: "a:1", args: ["2"], env: [{ name: "E", value: "1" }, { name: "F" }, { name: "G" }] },
  ]);
  assert.equal(result.volumes, live.volumes);
  assert.deepEqual(patched({ tolerations: [{ name: "u" }] }).tolerations, [{ name: "u" }]);
  assert.deepEqual(patched({ selector: { matchLabels: { z: "1" } } }).selector, { matchLabels: { z: "1" } });
  assert.deepEqual(patched({ labels: { a: null, c: "3" } }).labels, { b: "2", c: "3" });
});

test("new items come before the server's", () => {
  assert.deepEqual(
    patched({ containers: [{ name: "c" }] }).containers.map((c) => c.name),
    ["c", "a", "b"],
  );
  assert.deepEqual(
    patched({ containers: [{ name: "b" }, { name: "c" }] }).containers.map((c) => c.name),
    ["a", "b", "c"],
  );
  assert.deepEqual(patched({ finalizers: ["x/c", "x/a"] }).finalizers, ["x/c", "x/a", "x/b"]);
});

test("directives", () => {
  assert.deepEqual(patched({ containers: [{ name: "a", $patch: "delete" }] }).containers, [{ name: "b" }]);
  assert.deepEqual(patched({ containers: [{ name: "c" }, { $patch: "replace" }] }).containers, [{ name: "c" }]);
  assert.deepEqual(patched({ labels: { $patch: "replace", z: "1" } }).labels, { z: "1" });
  assert.deepEqual(patched({ labels: { $patch: "delete" } }).labels, {});
  assert.deepEqual(patched({ "$deleteFromPrimitiveList/finalizers": ["x/a"], finalizers: ["x/z"] }).finalizers, [
    "x/z",
    "x/b",
  ]);
  assert.deepEqual(patched({ "$setElementOrder/finalizers": ["x/b", "x/a", "x/n"], finalizers: ["x/n"] }).finalizers, [
    "x/b",
    "x/a",
    "x/n",
  ]);
  assert.deepEqual(
    patched({ "$setElementOrder/containers": [{ name: "b" }, { name: "a" }] }).containers.map((c) => c.name),
    ["b", "a"],
  );
  assert.deepEqual(patched({ strategy: { $retainKeys: ["type"], type: "Recreate" } }).strategy, { type: "Recreate" });
  assert.deepEqual(
    patched({ volumes: [{ name: "v", $retainKeys: ["name", "hostPath"], hostPath: { path: "/x" } }] }).volumes,
    [{ name: "v", hostPath: { path: "/x" } }],
  );
});

test("where nothing is there to merge with, directives and nulls vanish", () => {
  const result = applyStrategicMerge(
    Thing,
    {},
    {
      labels: { $patch: "explode" },
      strategy: { type: "A", max: null },
      containers: [{ name: "x", $patch: "delete" }],
    },
  );
  assert.deepEqual(result, { strategy: { type: "A" }, containers: [] });
  assert.deepEqual(applyStrategicMerge(Thing, {}, { "$deleteFromPrimitiveList/finalizers": "x" }), {});
});

test("faults, with the texts of Kubernetes", () => {
  fails({ containers: [{ image: "x" }] }, 500, "map: map[image:x] does not contain declared merge key: name");
  fails(
    { containers: [{ name: "a", $patch: "explode" }] },
    500,
    "unknown patch type: explode in map: map[$patch:explode name:a]",
  );
  fails({ labels: { $patch: 5 } }, 500, "unknown patch type: %!s(int64=5) in map: map[$patch:5]");
  fails({ strategy: { $retainKeys: ["max"], type: "A" } }, 400, "invalid patch format of retainKeys");
  fails(5, 400, "json: cannot unmarshal number into Go value of type map[string]interface {}");
  fails({ "$setElementOrder/finalizers": "x" }, 500, "expected a []interface {}, but received a string");
  fails({ "$deleteFromPrimitiveList.finalizers": [] }, 400, "invalid patch format of primitive list");
  fails({ finalizers: [["x"]] }, 500, "list element types are not identical: [[x/a x/b] [[x]]]");
  fails(
    { containers: {} },
    422,
    ' "" is invalid: patch: Invalid value: "map[containers:map[]]": cannot restore slice from map',
  );
  fails(
    { strategy: [] },
    422,
    ' "" is invalid: patch: Invalid value: "map[strategy:[]]": cannot restore struct from: slice',
  );
  fails(
    { labels: { a: 1 } },
    422,
    ' "" is invalid: patch: Invalid value: "map[labels:map[a:1]]": cannot convert int64 to string',
  );
});
