// Expressions over devices.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceTest } from "./device-expression.ts";

const device = {
  name: "d0",
  attributes: {
    model: { string: "x" },
    lanes: { int: 8 },
    fast: { bool: true },
    "other.example.com/firmware": { version: "1.10.0" },
  },
  capacity: { memory: { value: "8Gi" } },
};
const asks = (expression: string): boolean => deviceTest(expression)("gpu.example.com", device);

test("drivers, attributes of any type and domain, capacities", () => {
  assert.ok(asks("device.driver == 'gpu.example.com'"));
  assert.ok(
    asks("device.attributes['gpu.example.com'].model == 'x' && device.attributes['gpu.example.com'].lanes > 4"),
  );
  assert.ok(asks("device.attributes['gpu.example.com'].fast"));
  assert.ok(asks("device.attributes['other.example.com'].firmware.isGreaterThan(semver('1.9.0'))"));
  assert.ok(asks("device.capacity['gpu.example.com'].memory.compareTo(quantity('4Gi')) > 0"));
  assert.ok(asks("!('gone' in device.attributes['gone.example.com'])"));
  assert.ok(asks("device.allowMultipleAllocations == false"));
  assert.equal(asks("device.attributes['gpu.example.com'].model == 'y'"), false);
});

test("what is not there, and what is no question", () => {
  assert.throws(() => asks("device.attributes['gpu.example.com'].gone == 'x'"), /no such key: gone/);
  assert.throws(() => asks("device.nothing"), /undefined field/);
  assert.throws(() => asks("device.driver"), /could not be converted to bool/);
});
