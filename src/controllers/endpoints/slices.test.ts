// Spreading endpoints over slices: few writes, no endpoint lost or doubled.
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../base/random.ts";
import type { Endpoint, EndpointSlice } from "../../resources/discovery/endpoint-slice.ts";
import type { PortGroup, SliceChanges } from "./slices.ts";
import { MAX_ENDPOINTS, spread } from "./slices.ts";

const PORTS = [{ name: "", port: 80, protocol: "TCP" as const }];
const endpoint = (n: number, ready = true): Endpoint => ({
  addresses: [`10.0.0.${n}`],
  conditions: { ready },
  targetRef: { kind: "Pod", uid: `u${n}` },
});
const group = (ns: Iterable<number>): PortGroup => ({ ports: PORTS, endpoints: Array.from(ns, (n) => endpoint(n)) });
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
let names = 0;
const slice = (endpoints: readonly Endpoint[], ports = PORTS): EndpointSlice => ({
  metadata: { name: `s${names++}` },
  addressType: "IPv4",
  endpoints,
  ports,
});

/** The slices as they are once the changes are written. */
function after(before: readonly EndpointSlice[], { create, update, remove }: SliceChanges): EndpointSlice[] {
  const kept = before
    .filter((s) => !remove.includes(s))
    .map((s) => ({
      ...s,
      endpoints: [],
      ports: [],
      ...(update.get(s) ?? { endpoints: s.endpoints ?? [], ports: s.ports ?? [] }),
    }));
  return [...kept, ...create.map(({ endpoints = [], ports = [] }) => ({ ...slice(endpoints), ports: [...ports] }))];
}
const writes = ({ create, update, remove }: SliceChanges) => [create.length, update.size, remove.length];

test("no endpoints: one empty slice, made once", () => {
  const first = spread([], []);
  assert.deepEqual(writes(first), [1, 0, 0]);
  assert.deepEqual(writes(spread(after([], first), [])), [0, 0, 0]);
});

test("the empty slice is filled instead of one being made, and emptied instead of one being deleted", () => {
  const empty = after([], spread([], []));
  const filled = spread(empty, [group([1])]);
  assert.deepEqual(writes(filled), [0, 1, 0]);
  assert.deepEqual(writes(spread(after(empty, filled), [])), [0, 1, 0]);
});

test("250 endpoints take three slices of at most a hundred; nothing is written again for the same", () => {
  const slices = after([], spread([], [group(range(0, 250))]));
  assert.deepEqual(
    slices.map((s) => s.endpoints?.length),
    [100, 100, 50],
  );
  assert.deepEqual(writes(spread(slices, [group(range(0, 250))])), [0, 0, 0]);
});

test("one more endpoint is one write, into the slice with room; one less too", () => {
  const slices = after([], spread([], [group(range(0, 250))]));
  assert.deepEqual(writes(spread(slices, [group(range(0, 251))])), [0, 1, 0]);
  assert.deepEqual(writes(spread(slices, [group(range(1, 250))])), [0, 1, 0]);
  assert.deepEqual(
    writes(spread(slices, [group([...range(1, 250), 251])])),
    [0, 1, 0],
    "a swap goes into the slice that changes anyway",
  );
});

test("pods with other ports have slices of their own", () => {
  const other = { ports: [{ name: "", port: 81, protocol: "TCP" as const }], endpoints: [endpoint(2)] };
  const slices = after([], spread([], [group([1]), other]));
  assert.deepEqual(slices.map((s) => s.ports?.[0]?.port).sort(), [80, 81]);
});

test("any course of changes leaves exactly the endpoints that are wanted", () => {
  const random = seededRandom(3);
  let slices: EndpointSlice[] = [];
  for (let round = 0; round < 200; round++) {
    const wanted = range(0, 400).filter(() => random.float() < round / 200);
    slices = after(slices, spread(slices, [group(wanted)]));
    const held = slices
      .flatMap((s) => (s.endpoints ?? []).map((e) => Number(e.targetRef?.uid?.slice(1))))
      .sort((a, b) => a - b);
    assert.deepEqual(held, wanted);
    assert.ok(slices.every((s) => (s.endpoints?.length ?? 0) <= MAX_ENDPOINTS));
    assert.ok(slices.length >= 1);
  }
});
