// The wording of a refusal.
import assert from "node:assert/strict";
import { test } from "node:test";
import { unavailable } from "./explain.ts";

test("a cluster without nodes has a text of its own", () => {
  assert.equal(unavailable(0, []), "no nodes available to schedule pods");
});

test("reasons are counted and sorted as whole texts, the count included", () => {
  const reasons = [["Insufficient cpu"], ["Insufficient cpu", "Too many pods"], ["node(s) were unschedulable"]];
  assert.equal(
    unavailable(12, reasons),
    "0/12 nodes are available: 1 Too many pods, 1 node(s) were unschedulable, 2 Insufficient cpu.",
  );
  const many = Array.from({ length: 10 }, () => ["b"]);
  assert.equal(unavailable(12, [...many, ["a"], ["a"]]), "0/12 nodes are available: 10 b, 2 a.");
});
