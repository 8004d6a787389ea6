// A flow schema says whether its level is there, also when that changes.
import assert from "node:assert/strict";
import { it } from "node:test";
import { silentLog } from "../../base/log.ts";
import { FlowSchema } from "../../resources/flowcontrol/flow-schema.ts";
import { PriorityLevelConfiguration } from "../../resources/flowcontrol/priority-level-configuration.ts";
import { make, trialServer } from "../admission/trial.ts";
import { markDangling } from "./dangling-flow-schemas.ts";

it("says whether its level is there", async () => {
  const trial = await trialServer();
  const { admin, clock, server } = trial;
  const scope = new AbortController();
  const marked = markDangling(
    {
      client: admin,
      schemas: () => server.lookup.list(FlowSchema),
      level: (name) => server.lookup.get(PriorityLevelConfiguration, "", name),
      clock,
      log: silentLog,
    },
    scope.signal,
  );
  const dangling = async () => {
    await clock.advance(2000);
    return (await admin.get(FlowSchema, { name: "s" })).status.conditions?.map(({ status, reason }) => [
      status,
      reason,
    ]);
  };
  await make(trial, FlowSchema, { metadata: { name: "s" }, spec: { priorityLevelConfiguration: { name: "l" } } });
  assert.deepEqual(await dangling(), [["True", "NotFound"]]);
  const limited = { limitResponse: { type: "Reject" } };
  await make(trial, PriorityLevelConfiguration, { metadata: { name: "l" }, spec: { type: "Limited", limited } });
  assert.deepEqual(await dangling(), [["False", "Found"]]);
  await admin.delete(PriorityLevelConfiguration, { name: "l" });
  assert.deepEqual(await dangling(), [["True", "NotFound"]]);
  scope.abort();
  await marked;
});
