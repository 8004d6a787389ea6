// APIServices: their name says what they are; built-in ones are available.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { APIService } from "./api-service.ts";

const spec = { group: "a.example.com", version: "v1", groupPriorityMinimum: 1, versionPriority: 1 };
const named = (more: object = {}) =>
  tryOut(APIService, { metadata: { name: "v1.a.example.com" }, spec: { ...spec, ...more } });

it("the name is version and group", () => {
  assert.deepEqual(named().errors, []);
  assert.deepEqual(tryOut(APIService, { spec }).errors, [
    'metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "v1.a.example.com"',
  ]);
  assert.deepEqual(named({ versionPriority: 0 }).errors, [
    "spec.versionPriority: Invalid value: 0: must be positive and less than 1000",
  ]);
});

it("what the server serves itself is available; what a service serves is to be seen", () => {
  const columns = APIService.columns.map((column) => column.name);
  const cells = (object: APIService) => APIService.columns.map((column) => column.cell(object, { now: 0 }));
  const local = cells(named().object);
  assert.deepEqual([local[columns.indexOf("Service")], local[columns.indexOf("Available")]], ["Local", "True"]);
  const remote = named({ service: { namespace: "n", name: "s" } });
  assert.deepEqual(remote.errors, []);
  assert.equal(remote.object.spec.service?.port, 443);
  assert.deepEqual(cells(remote.object).slice(1, 3), ["n/s", "Unknown"]);
});
