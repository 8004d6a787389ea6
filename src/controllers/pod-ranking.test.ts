// Which pod goes first: each criterion outweighs all that follow it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTime } from "../base/timestamp.ts";
import type { Pod } from "../resources/core/pod.ts";
import { deletionOrder } from "./pod-ranking.ts";

const NOW = Date.UTC(2026, 0, 2);
interface Facts {
  readonly node?: string;
  readonly phase?: string;
  /** Milliseconds ago. */
  readonly readyFor?: number;
  readonly cost?: string;
  readonly restarts?: number;
  readonly age?: number;
}
const pod = (name: string, { node = "n", phase = "Running", readyFor, cost, restarts = 0, age = 60_000 }: Facts): Pod =>
  ({
    metadata: {
      name,
      uid: name,
      creationTimestamp: formatTime(NOW - age),
      annotations: cost === undefined ? {} : { "controller.kubernetes.io/pod-deletion-cost": cost },
    },
    spec: { containers: [], nodeName: node || undefined },
    status: {
      phase,
      containerStatuses: [{ name: "c", restartCount: restarts }],
      conditions:
        readyFor === undefined
          ? []
          : [{ type: "Ready", status: "True", lastTransitionTime: formatTime(NOW - readyFor) }],
    },
  }) as unknown as Pod;

/** The first one's facts let it go first, though everything after them speaks for the second. */
const CASES: readonly (readonly [why: string, first: Facts, second: Facts])[] = [
  ["not assigned", { node: "", readyFor: 9000, cost: "9" }, { node: "n", phase: "Pending", cost: "-9" }],
  ["pending", { phase: "Pending", cost: "9" }, { phase: "Running", cost: "-9" }],
  ["not ready", { cost: "9" }, { readyFor: 1000, cost: "-9" }],
  ["lower cost", { readyFor: 1e6, cost: "-1" }, { readyFor: 1000, cost: "1" }],
  ["a cost that is no number counts as none", { readyFor: 1000, cost: "-1" }, { readyFor: 1000, cost: "+" }],
  ["ready for less time", { readyFor: 1000, age: 1e6 }, { readyFor: 500_000, restarts: 5 }],
  ["more restarts", { restarts: 2, age: 1e6 }, { restarts: 1, age: 1000 }],
  ["younger", { age: 1000 }, { age: 500_000 }],
];

for (const [why, first, second] of CASES) {
  test(`goes first: ${why}`, () => {
    const [a, b] = [pod("b", first), pod("a", second)];
    for (const order of [
      [a, b],
      [b, a],
    ])
      assert.equal(deletionOrder(order, () => 0, NOW)[0]!.metadata.name, "b");
  });
}

test("of equal ones that with more neighbours goes, even if it is ready for longer", () => {
  const [crowded, alone] = [pod("a", { node: "n1", readyFor: 1e6 }), pod("b", { node: "n2", readyFor: 1000 })];
  const order = deletionOrder([alone, crowded], ({ spec }) => (spec.nodeName === "n1" ? 2 : 1), NOW);
  assert.equal(order[0], crowded);
});
