// What a cluster begins with passes its own kinds' defaults and rules.
import assert from "node:assert/strict";
import { it } from "node:test";
import { applyDefaults } from "../schema/default.ts";
import type { RequestFacts } from "../schema/resource.ts";
import { apiVersionOf } from "../schema/resource.ts";
import { APIService } from "./apiregistration/api-service.ts";
import { bootstrapObjects } from "./bootstrap.ts";
import { resources } from "./index.ts";

const request: RequestFacts = {
  operation: "create",
  subresource: "",
  user: { name: "system:apiserver", groups: ["system:masters"] },
  now: 0,
  enabled: () => false,
};

it("every object is valid", () => {
  for (const { resource, object } of bootstrapObjects) {
    const filled = applyDefaults(resource.schema, object) as typeof object;
    const prepared = resource.prepare?.(filled, undefined, request) ?? filled;
    const faults = resource.rules.flatMap((rule) => [...rule(prepared, { request })]);
    assert.deepEqual(faults, [], `${resource.kind} ${object.metadata.name}`);
  }
});

it("there is an APIService for every group version that has kinds", () => {
  const names = bootstrapObjects
    .filter(({ resource }) => resource.kind === "APIService")
    .map(({ object }) => object.metadata.name);
  // The group that holds them needs none itself.
  for (const resource of resources.filter(({ group }) => group !== APIService.group))
    assert.ok(names.includes(`${resource.version}.${resource.group}`), apiVersionOf(resource));
  assert.equal(new Set(names).size, names.length);
});
