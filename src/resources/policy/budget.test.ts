// Budget arithmetic by examples.
import assert from "node:assert/strict";
import { it } from "node:test";
import { budgetFigures, desiredHealthy, scaled, spares } from "./budget.ts";

it("percentages round up, of what must stay and of what may go", () => {
  assert.equal(scaled("30%", 10), 3);
  assert.equal(scaled("30%", 5), 2);
  assert.equal(desiredHealthy({ minAvailable: "50%" }, 5), 3);
  assert.equal(desiredHealthy({ maxUnavailable: "50%" }, 5), 2);
  assert.equal(desiredHealthy({ maxUnavailable: 7 }, 5), 0);
  assert.equal(desiredHealthy({}, 5), 0);
  assert.throws(() => scaled("many", 5), /no percentage/);
});

it("what may go is what is healthy beyond need, never less than none", () => {
  const figures = (healthy: number) => budgetFigures({ minAvailable: 2 }, { expected: 3, healthy });
  assert.deepEqual(figures(3), { expectedPods: 3, currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1 });
  assert.equal(figures(1).disruptionsAllowed, 0);
  assert.equal(budgetFigures({ minAvailable: 0 }, { expected: 0, healthy: 1 }).disruptionsAllowed, 0);
});

it("unhealthy pods go while the healthy ones suffice, or always", () => {
  const status = (currentHealthy: number) => ({ currentHealthy, desiredHealthy: 2 });
  assert.ok(spares({}, status(2)));
  assert.ok(!spares({}, status(1)));
  assert.ok(!spares({}, { currentHealthy: 0, desiredHealthy: 0 }));
  assert.ok(spares({ unhealthyPodEvictionPolicy: "AlwaysAllow" }, status(0)));
});
