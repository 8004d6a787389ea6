// Which devices claims get.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "../../resources/core/node.ts";
import type { DeviceClass } from "../../resources/resource/device-class.ts";
import type { DeviceTaintRule } from "../../resources/resource/device-taint-rule.ts";
import type { ResourceClaim } from "../../resources/resource/resource-claim.ts";
import type { ResourceSlice } from "../../resources/resource/resource-slice.ts";
import { allocate } from "./allocator.ts";
import { poolsOf } from "./pools.ts";

const DRIVER = "gpu.example.com";
const node = { metadata: { name: "n", labels: { zone: "a" } } } as unknown as Node;
const classes = new Map([
  ["gpu", { metadata: { name: "gpu" }, spec: { config: [{ opaque: { driver: DRIVER, parameters: { a: 1 } } }] } }],
]) as unknown as ReadonlyMap<string, DeviceClass>;

const slice = (name: string, devices: readonly object[], spec: object = {}): ResourceSlice =>
  ({
    metadata: { name },
    spec: {
      driver: DRIVER,
      nodeName: "n",
      pool: { name: "p", generation: 1, resourceSliceCount: 1 },
      devices,
      ...spec,
    },
  }) as unknown as ResourceSlice;
const device = (name: string, numa = 0, more: object = {}) => ({ name, attributes: { numa: { int: numa } }, ...more });
const request = (name: string, exactly: object = {}) => ({
  name,
  exactly: { deviceClassName: "gpu", allocationMode: "ExactCount", count: 1, ...exactly },
});
const claim = (requests: readonly object[], more: object = {}): ResourceClaim =>
  ({
    metadata: { namespace: "ns", name: "c" },
    spec: { devices: { requests, ...more } },
    status: {},
  }) as unknown as ResourceClaim;

interface Options {
  readonly taken?: readonly string[];
  readonly rules?: readonly object[];
}
/** `r=d0 s=d1`, claims apart by a bar; undefined when it cannot be. */
function found(
  slices: readonly ResourceSlice[],
  claims: readonly ResourceClaim[],
  { taken = [], rules = [] }: Options = {},
) {
  const supply = {
    pools: poolsOf(slices),
    classes,
    rules: rules as DeviceTaintRule[],
    taken: new Set(taken.map((d) => `${DRIVER}/p/${d}`)),
  };
  const results = allocate(claims, node, supply);
  return results
    ?.map(({ devices }) => (devices.results ?? []).map((r) => `${r.request}=${r.device}`).join(" "))
    .join(" | ");
}

test("the first device that is free and fits; as many as are asked for; none twice", () => {
  const all = [slice("s", [device("z"), device("b", 1), device("c", 1)])];
  assert.equal(found(all, [claim([request("r")])]), "r=z");
  assert.equal(found(all, [claim([request("r")])], { taken: ["z"] }), "r=b");
  assert.equal(found(all, [claim([request("r", { count: 2 }), request("s")])]), "r=z r=b s=c");
  assert.equal(found(all, [claim([request("r", { count: 2 })]), claim([request("r", { count: 2 })])]), undefined);
  const expression = `device.attributes['${DRIVER}'].numa == 1`;
  assert.equal(found(all, [claim([request("r", { selectors: [{ cel: { expression } }] })])]), "r=b");
  assert.equal(found(all, [claim([request("r", { allocationMode: "All", count: undefined })])]), "r=z r=b r=c");
  assert.equal(found(all, [claim([request("r", { allocationMode: "All" })])], { taken: ["c"] }), undefined);
});

test("it steps back where constraints do not hold", () => {
  const all = [slice("s", [device("a", 0), device("b", 1), device("c", 1)])];
  const same = { constraints: [{ matchAttribute: `${DRIVER}/numa` }] };
  const apart = { constraints: [{ requests: ["r", "s"], distinctAttribute: `${DRIVER}/numa` }] };
  assert.equal(found(all, [claim([request("r"), request("s")], same)]), "r=b s=c");
  assert.equal(found(all, [claim([request("r"), request("s")], apart)]), "r=a s=b");
  assert.equal(found(all, [claim([request("r", { count: 3 })], apart)]), undefined);
});

test("alternatives in their order; who only watches takes nothing", () => {
  const all = [slice("s", [device("a"), device("b")])];
  const either = {
    name: "r",
    firstAvailable: [
      { name: "three", deviceClassName: "gpu", allocationMode: "ExactCount", count: 3 },
      { name: "one", deviceClassName: "gpu", allocationMode: "ExactCount", count: 1 },
    ],
  };
  assert.equal(found(all, [claim([either])]), "r/one=a");
  assert.equal(found(all, [claim([request("r", { adminAccess: true })])], { taken: ["a", "b"] }), "r=a");
});

test("taints, also by rules, keep off who does not bear them", () => {
  const taint = { key: "broken", effect: "NoSchedule" };
  const all = [slice("s", [device("a", 0, { taints: [taint] }), device("b")])];
  const bears = request("r", { tolerations: [{ key: "broken", operator: "Exists" }] });
  assert.equal(found(all, [claim([request("r")])]), "r=b");
  assert.equal(found(all, [claim([bears])]), "r=a");
  const rule = { spec: { deviceSelector: { driver: DRIVER, device: "b" }, taint } };
  assert.equal(found(all, [claim([request("r")])], { rules: [rule] }), undefined);
});

test("pools: only the newest generation, only when all of it is known; counters that devices share", () => {
  const pool = (generation: number, resourceSliceCount: number) => ({
    pool: { name: "p", generation, resourceSliceCount },
  });
  const old = slice("s1", [device("old")], pool(1, 1));
  assert.equal(found([old, slice("s2", [device("new")], pool(2, 1))], [claim([request("r")])]), "r=new");
  assert.equal(found([old, slice("s2", [device("new")], pool(2, 2))], [claim([request("r")])]), undefined);
  assert.throws(
    () => found([slice("s", [device("a")], pool(1, 2))], [claim([request("r", { allocationMode: "All" })])]),
    /^AllocationError: claim ns\/c, request r: asks for all devices, but resource pool gpu.example.com\/p is currently being updated$/,
  );
  assert.equal(found([slice("s", [device("a")], { nodeName: "other" })], [claim([request("r")])]), undefined);
  const consumes = (value: string) => ({ consumesCounters: [{ counterSet: "m", counters: { memory: { value } } }] });
  const sharedCounters = [{ name: "m", counters: { memory: { value: "4Gi" } } }];
  const parts = [
    slice("counters", [], { ...pool(1, 2), sharedCounters }),
    slice("devices", [device("whole", 0, consumes("4Gi")), device("half", 0, consumes("2Gi"))], pool(1, 2)),
  ];
  assert.equal(found(parts, [claim([request("r")])]), "r=whole");
  assert.equal(found(parts, [claim([request("r", { count: 2 })])]), undefined);
  assert.equal(found(parts, [claim([request("r")])], { taken: ["whole"] }), undefined);
});

test("what drivers are told, and where the devices can be used", () => {
  const [first, ...rest] = allocate(
    [
      claim([request("r"), request("s")], {
        config: [{ requests: ["s"], opaque: { driver: DRIVER, parameters: {} } }],
      }),
    ],
    node,
    {
      pools: poolsOf([
        slice("s", [device("a"), device("b")], {
          nodeName: undefined,
          nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] }] },
        }),
      ]),
      classes,
      rules: [],
      taken: new Set(),
    },
  )!;
  assert.equal(rest.length, 0);
  assert.deepEqual(first?.devices.config, [
    { source: "FromClass", opaque: { driver: DRIVER, parameters: { a: 1 } } },
    { source: "FromClaim", opaque: { driver: DRIVER, parameters: {} }, requests: ["s"] },
  ]);
  assert.deepEqual(first?.nodeSelector, {
    nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] }],
  });
});

test("an expression that cannot be run is the claim's fault", () => {
  const broken = request("r", { selectors: [{ cel: { expression: "device.attributes['x'].y == 1" } }] });
  assert.throws(
    () => found([slice("s", [device("a")])], [claim([broken])]),
    /^AllocationError: claim ns\/c: selector #0 on device gpu.example.com\/p\/a: CEL runtime error: no such key: y$/,
  );
});
