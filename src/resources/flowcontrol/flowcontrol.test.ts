// Flow schemas and priority levels: whom they mean, how many wait, what stays.
import assert from "node:assert/strict";
import { it } from "node:test";
import { tryOut } from "../trial.ts";
import { flowSchemas, priorityLevels } from "./bootstrap.ts";
import { FlowSchema } from "./flow-schema.ts";
import { PriorityLevelConfiguration } from "./priority-level-configuration.ts";

const level = (spec: object, name = "x") =>
  tryOut(PriorityLevelConfiguration, { metadata: { name }, spec }).errors.join("; ");
const queue = (queuing: object) => level({ type: "Limited", limited: { limitResponse: { type: "Queue", queuing } } });
const flow = (spec: object) =>
  tryOut(FlowSchema, { spec: { priorityLevelConfiguration: { name: "l" }, ...spec } }).errors.join("; ");

it("what a cluster begins with is valid, and the same after defaults", () => {
  for (const one of flowSchemas) {
    const { object, errors } = tryOut(FlowSchema, one);
    assert.deepEqual([errors, object.spec], [[], one.spec], one.metadata.name ?? "");
  }
  for (const one of priorityLevels) {
    const { object, errors } = tryOut(PriorityLevelConfiguration, one);
    assert.deepEqual([errors, object.spec], [[], one.spec], one.metadata.name ?? "");
  }
});

it("a hand is dealt from its queues, and can be told apart", () => {
  assert.equal(queue({}), "");
  assert.match(queue({ queues: 4 }), /should not be greater than queues \(4\)$/);
  assert.match(queue({ queues: 1024, handSize: 8 }), /required entropy bits of deckSize 1024 and handSize 8/);
  assert.match(queue({ queueLengthLimit: -1 }), /must be positive$/);
});

it("only one level is exempt, and the catch-all stays", () => {
  assert.match(level({ type: "Exempt" }), /type must be 'Exempt' if and only if name is 'exempt'/);
  const limited = { limitResponse: { type: "Reject" }, nominalConcurrencyShares: 7 };
  assert.match(level({ type: "Limited", limited }, "catch-all"), /spec of 'catch-all' must equal the fixed value$/);
});

it("a rule has subjects of their kind, and requests", () => {
  const nonResourceRules = [{ verbs: ["*"], nonResourceURLs: ["/a/*"] }];
  const rule = (subject: object, more: object = { nonResourceRules }) =>
    flow({ rules: [{ subjects: [subject], ...more }] });
  assert.equal(rule({ kind: "User", user: { name: "*" } }), "");
  assert.match(rule({ kind: "User", group: { name: "g" } }), /user is required when.*group is forbidden when/);
  assert.match(rule({ kind: "User", user: { name: "u" } }, {}), /at least one of resourceRules and nonResourceRules/);
  const wild = { nonResourceRules: [{ verbs: ["*", "get"], nonResourceURLs: ["/*/b"] }] };
  assert.match(
    rule({ kind: "User", user: { name: "u" } }, wild),
    /must not specify other verbs.*only do suffix matching/,
  );
  assert.match(flow({ matchingPrecedence: 1 }), /only the schema named 'exempt'/);
});
