// A migration is of one resource, which stays.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { StorageVersionMigration } from "./storage-version-migration.ts";

it("is of one resource, which stays", () => {
  const { object: old, errors } = tryOut(StorageVersionMigration, {
    spec: { resource: { group: "apps", resource: "r" } },
  });
  assert.deepEqual(errors, []);
  const cells = StorageVersionMigration.columns.map(({ cell }) => cell(old, { now: 0 }));
  assert.deepEqual(cells, ["x", "r.apps", "Pending"]);
  assert.match(tryOut(StorageVersionMigration, { spec: {} }).errors.join(), /Required value: resource is required$/);
  const other = { spec: { resource: { group: "", resource: "s" } } };
  assert.match(tryOut(StorageVersionMigration, other, { old }).errors.join(), /field is immutable/);
});
