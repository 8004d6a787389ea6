// What of flow control comes back after a minute, and what does not.
import assert from "node:assert/strict";
import { it } from "node:test";
import { silentLog } from "../../base/log.ts";
import { AUTO_UPDATE_SPEC } from "../../resources/flowcontrol/bootstrap.ts";
import { FlowSchema } from "../../resources/flowcontrol/flow-schema.ts";
import { PriorityLevelConfiguration } from "../../resources/flowcontrol/priority-level-configuration.ts";
import { trialServer } from "../admission/trial.ts";
import { ensureFlowControl, keepFlowControl } from "./flow-control.ts";

it("is made, and brought back unless somebody took it over", async () => {
  const { admin, clock, server } = await trialServer();
  await ensureFlowControl(admin);
  const scope = new AbortController();
  const kept = keepFlowControl(
    {
      client: admin,
      schema: (name) => server.lookup.get(FlowSchema, "", name),
      level: (name) => server.lookup.get(PriorityLevelConfiguration, "", name),
      clock,
      log: silentLog,
    },
    scope.signal,
  );
  const precedence = async (name: string) => (await admin.get(FlowSchema, { name })).spec.matchingPrecedence;
  const change = (name: string, annotations: object = {}) =>
    admin.patch(
      FlowSchema,
      { name },
      { type: "merge", body: { metadata: { annotations }, spec: { matchingPrecedence: 77 } } },
    );
  await change("probes");
  await change("service-accounts", { [AUTO_UPDATE_SPEC]: "false" });
  await admin.delete(FlowSchema, { name: "exempt" });
  await clock.advance(61_000);
  assert.deepEqual(
    [await precedence("probes"), await precedence("service-accounts"), await precedence("exempt")],
    [2, 77, 1],
  );
  scope.abort();
  await kept;
});
