// EndpointSlices: addresses of one kind, and a generation that rises with every change.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { EndpointSlice } from "./endpoint-slice.ts";

const slice = (addresses: string[], more: object = {}) => ({
  addressType: "IPv4",
  endpoints: [{ addresses }],
  ports: [{ port: 80 }],
  ...more,
});

it("defaults name and protocol of ports", () => {
  const { object, errors } = tryOut(EndpointSlice, slice(["10.1.2.3"]));
  assert.deepEqual(errors, []);
  assert.deepEqual(object.ports, [{ name: "", protocol: "TCP", port: 80 }]);
});

it("addresses are of the type, reachable, one at least", () => {
  assert.deepEqual(tryOut(EndpointSlice, slice(["::1"])).errors, [
    'endpoints[0].addresses: Invalid value: "::1": must be an IPv4 address',
    'endpoints[0].addresses[0]: Invalid value: "::1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
  ]);
  assert.deepEqual(tryOut(EndpointSlice, slice([])).errors, ["endpoints[0].addresses: Required value"]);
  assert.deepEqual(tryOut(EndpointSlice, slice(["a.example.com"], { addressType: "FQDN" })).errors, []);
});

it("the type stays", () => {
  const { object: old } = tryOut(EndpointSlice, slice(["10.1.2.3"]));
  assert.deepEqual(tryOut(EndpointSlice, slice(["10.1.2.3"], { addressType: "IPv6" }), { old }).errors, [
    'addressType: Invalid value: "IPv6": field is immutable',
  ]);
});

it("the generation rises with every change, of labels too", () => {
  const { object: first } = tryOut(EndpointSlice, slice(["10.1.2.3"]));
  const again = tryOut(EndpointSlice, slice(["10.1.2.3"]), { old: first }).object;
  const other = tryOut(EndpointSlice, slice(["10.1.2.4"]), { old: first }).object;
  const relabelled = { ...first, metadata: { ...first.metadata, labels: { a: "b" } } };
  assert.deepEqual(
    [first, again, other].map(({ metadata }) => metadata.generation),
    [1, 1, 2],
  );
  const prepare = EndpointSlice.prepare!;
  assert.equal(prepare(relabelled, first, undefined as never).metadata.generation, 2);
});
