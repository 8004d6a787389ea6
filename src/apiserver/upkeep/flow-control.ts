// The flow schemas and priority levels that every cluster has: made when absent, and brought back to their specs as long
// as their annotation says so. It refuses to touch what somebody has taken over, unless it is mandatory.
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { pause } from "../../base/pause.ts";
import type { Client } from "../../client/client.ts";
import { AUTO_UPDATE_SPEC, flowSchemas, priorityLevels } from "../../resources/flowcontrol/bootstrap.ts";
import { FlowSchema } from "../../resources/flowcontrol/flow-schema.ts";
import { MANDATORY_FLOW_SCHEMAS, MANDATORY_LEVELS } from "../../resources/flowcontrol/mandatory.ts";
import { PriorityLevelConfiguration } from "../../resources/flowcontrol/priority-level-configuration.ts";
import { equalJson } from "../../schema/equality.ts";
import { hasReason } from "../../schema/meta/status.ts";
import type { KubeObject, Resource } from "../../schema/resource.ts";
import { ensure } from "./ensure.ts";

export interface FlowControlOptions {
  readonly client: Client;
  /** What is there now, without a request; undefined if it is not. */
  readonly schema: (name: string) => FlowSchema | undefined;
  readonly level: (name: string) => PriorityLevelConfiguration | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const EVERY_MS = 60_000;

type Configured = KubeObject & { readonly spec: object };

/** At start: several API servers may do it at a time. */
export async function ensureFlowControl(client: Client): Promise<void> {
  await Promise.all([
    ...priorityLevels.map(async (level) => ensure(client, PriorityLevelConfiguration, level)),
    ...flowSchemas.map(async (schema) => ensure(client, FlowSchema, schema)),
  ]);
}

/** Looks each minute until `signal` aborts. */
export async function keepFlowControl(options: FlowControlOptions, signal: AbortSignal): Promise<void> {
  const { client, schema, level, clock, log } = options;
  for (;;) {
    await pause(clock, EVERY_MS, signal);
    if (signal.aborted) return;
    for (const wanted of priorityLevels) {
      const found = level(wanted.metadata.name ?? "");
      await keep(PriorityLevelConfiguration, wanted, found, { client, log, fixed: MANDATORY_LEVELS });
    }
    for (const wanted of flowSchemas) {
      const found = schema(wanted.metadata.name ?? "");
      await keep(FlowSchema, wanted, found, { client, log, fixed: MANDATORY_FLOW_SCHEMAS });
    }
  }
}

interface Keeper {
  readonly client: Client;
  readonly log: Log;
  readonly fixed: Readonly<Record<string, object>>;
}

async function keep<T extends Configured>(
  resource: Resource<T>,
  wanted: T,
  found: T | undefined,
  { client, log, fixed }: Keeper,
): Promise<void> {
  const { name = "" } = wanted.metadata;
  try {
    if (found === undefined) await ensure(client, resource, wanted as never);
    else if ((name in fixed || follows(found)) && !equalJson(found.spec, wanted.spec)) {
      await client.update(resource, { ...found, spec: wanted.spec } as never);
    }
  } catch (error) {
    // Another server was faster, or it goes better in a minute.
    if (!hasReason(error, "Conflict")) log.warn("flow control is not as it should be", { name, error: String(error) });
  }
}

/** What says nothing follows until its spec is changed for the first time. */
function follows({ metadata }: KubeObject): boolean {
  const said = metadata.annotations?.[AUTO_UPDATE_SPEC];
  return said === undefined ? metadata.generation === 1 : said === "true";
}
