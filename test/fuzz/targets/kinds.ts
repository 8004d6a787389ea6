// The kinds that decoding is fuzzed with: the large one, those with maps and unions, a body of a subresource.
import assert from "node:assert/strict";
import { bodies, resources } from "../../../src/resources/index.ts";
import { applyDefaults } from "../../../src/schema/default.ts";
import type { KubeObject, RequestFacts, Resource } from "../../../src/schema/resource.ts";
import { validate } from "../../../src/schema/validate.ts";

const NAMES = [
  "Pod",
  "Deployment",
  "Service",
  "ConfigMap",
  "Secret",
  "Node",
  "Event",
  "EndpointSlice",
  "Role",
  "LimitRange",
  "PodDisruptionBudget",
  "Lease",
];

export const kinds: readonly Resource[] = [...resources, ...bodies].filter(({ kind }) => NAMES.includes(kind));

/** One of them, chosen by what comes first in an input or by what it says of itself. */
export function kindOf(input: Buffer): Resource {
  const said = kinds.find(({ kind }) => input.includes(`"${kind}"`) || input.includes(`kind: ${kind}`));
  return said ?? kinds[(input[0] ?? 0) % kinds.length]!;
}

export const GOLDEN = new RegExp(`\\.(${NAMES.join("|")})\\.`);

/** Characters of errors that an input of some ten thousand bytes may cause. */
const MOST_TOLD = 4 * 2 ** 20;
const NOW = Date.UTC(2026, 0, 1);

/** What follows decoding in every write, none of which may throw: defaults, and the rules of the kind. */
export function judge(resource: Resource, value: object): string {
  const object = applyDefaults(resource.schema, value as never) as KubeObject;
  const user = { name: "fuzz", groups: [] };
  const request: RequestFacts = { operation: "create", subresource: "", user, now: NOW, enabled: () => true };
  const { errors } = validate(resource, object, { request });
  // Errors that each tell the whole list grow with its square: a body of 3 MB would take the memory of the server.
  const told = errors.reduce((sum, { field, body }) => sum + field.length + body.length, 0);
  assert.ok(told < MOST_TOLD, `${errors.length} errors take ${told} characters`);
  validate(resource, object, { request: { ...request, operation: "update" }, old: object });
  return errors
    .map(({ reason }) => reason)
    .join(" ")
    .slice(0, 60);
}
