// When a node counts as ready: what it said before its agent was started tells nothing. The rest of `up` is seen in test/e2e.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "../resources/core/node.ts";
import { isReadySince } from "./up.ts";

const node = (status: string, lastHeartbeatTime: string) =>
  ({
    metadata: { name: "n" },
    status: { conditions: [{ type: "Ready", status, lastHeartbeatTime }] },
  }) as unknown as Node;
const at = (text: string) => Date.parse(text);

test("a node that was ready before its agent began is not ready yet", () => {
  const began = at("2026-01-01T00:00:10.700Z");
  assert.equal(isReadySince(node("True", "2026-01-01T00:00:09Z"), began), false);
  assert.equal(isReadySince(node("True", "2026-01-01T00:00:10Z"), began), true);
  assert.equal(isReadySince(node("False", "2026-01-01T00:00:11Z"), began), false);
});

test("an agent that ran already is believed", () => {
  assert.equal(isReadySince(node("True", "2026-01-01T00:00:09Z"), undefined), true);
});
