// Whether the priority level that a flow schema names is there, as its condition `Dangling`. It refuses to queue requests.
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { pause } from "../../base/pause.ts";
import { isAbortOf } from "../../base/scope.ts";
import { formatTime } from "../../base/timestamp.ts";
import type { Client } from "../../client/client.ts";
import { setCondition } from "../../resources/conditions.ts";
import type { AnyCondition } from "../../resources/conditions.ts";
import { FlowSchema } from "../../resources/flowcontrol/flow-schema.ts";
import { PriorityLevelConfiguration } from "../../resources/flowcontrol/priority-level-configuration.ts";
import { hasReason } from "../../schema/meta/status.ts";

export interface DanglingOptions {
  readonly client: Client;
  /** What is there now, without a request. */
  readonly schemas: () => readonly FlowSchema[];
  readonly level: (name: string) => PriorityLevelConfiguration | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const RETRY_MS = 1000;

/** Follows both kinds until `signal` aborts. */
export async function markDangling(options: DanglingOptions, signal: AbortSignal): Promise<void> {
  await Promise.all([FlowSchema, PriorityLevelConfiguration].map(async (kind) => followed(options, kind, signal)));
}

async function followed(
  options: DanglingOptions,
  kind: typeof FlowSchema | typeof PriorityLevelConfiguration,
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, log } = options;
  while (!signal.aborted) {
    try {
      let complete = false;
      for await (const event of client.watch(kind as typeof FlowSchema, { sendInitialEvents: true, signal })) {
        complete ||= event.type === "BOOKMARK" && event.initialEnd === true;
        // A level concerns every schema that names it; there are few of both.
        if (complete) for (const schema of options.schemas()) await mark(options, schema);
      }
    } catch (error) {
      if (isAbortOf(signal, error)) return;
      log.info("flow schemas are looked at again", { error: String(error) });
    }
    if (!signal.aborted) await pause(clock, RETRY_MS, signal);
  }
}

async function mark({ client, level, clock }: DanglingOptions, schema: FlowSchema): Promise<void> {
  const { name } = schema.spec.priorityLevelConfiguration;
  const found = level(name) !== undefined;
  const names = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(name)}`;
  const condition = found
    ? { type: "Dangling", status: "False", reason: "Found", message: `${names} and it exists` }
    : { type: "Dangling", status: "True", reason: "NotFound", message: `${names} but there is no such object` };
  // Others may leave a condition's status out; this one never is without.
  const before = schema.status.conditions as readonly AnyCondition[] | undefined;
  const conditions = setCondition(before, condition, formatTime(clock.now()));
  if (conditions === before) return;
  try {
    await client.update(FlowSchema, { ...schema, status: { ...schema.status, conditions } }, { subresource: "status" });
  } catch (error) {
    // Another change was faster, and brings its own event.
    if (!hasReason(error, "Conflict", "NotFound")) throw error;
  }
}
