// Which taints a pod bears.
import assert from "node:assert/strict";
import { test } from "node:test";
import { tolerates, untolerated } from "./tolerations.ts";

const taint = { key: "k", value: "v", effect: "NoSchedule" };

test("key, value and effect; empty ones stand for all", () => {
  assert.equal(tolerates({ key: "k", value: "v", effect: "NoSchedule" }, taint), true);
  assert.equal(tolerates({ key: "k", operator: "Equal", value: "v" }, taint), true);
  assert.equal(tolerates({ key: "k" }, taint), false);
  assert.equal(tolerates({ key: "k", operator: "Exists" }, taint), true);
  assert.equal(tolerates({ operator: "Exists" }, taint), true);
  assert.equal(tolerates({ operator: "Exists", effect: "NoExecute" }, taint), false);
  assert.equal(tolerates({ key: "other", operator: "Exists" }, taint), false);
  assert.equal(tolerates({ key: "k" }, { key: "k", effect: "NoSchedule" }), true);
});

test("comparisons are of whole numbers", () => {
  const number = { key: "k", value: "950", effect: "NoSchedule" };
  assert.equal(tolerates({ key: "k", operator: "Gt", value: "900" }, number), true);
  assert.equal(tolerates({ key: "k", operator: "Lt", value: "900" }, number), false);
  assert.equal(tolerates({ key: "k", operator: "Gt", value: "0900" }, number), false);
  assert.equal(tolerates({ key: "k", operator: "Gt", value: "1" }, taint), false);
});

test("the first taint that matters and is not borne", () => {
  const soft = { key: "s", effect: "PreferNoSchedule" };
  const hard = (one: { effect: string }) => one.effect !== "PreferNoSchedule";
  assert.equal(untolerated([soft, taint], [], hard), taint);
  assert.equal(untolerated([soft, taint], [{ operator: "Exists" }], hard), undefined);
  assert.equal(untolerated([soft], undefined, hard), undefined);
});
