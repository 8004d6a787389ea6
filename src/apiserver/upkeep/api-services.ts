// An APIService for each version of each custom group: made, kept as it has to be, taken away. It refuses to touch those that
// somebody made himself (they lack the label), and the built-in ones, which are made at start.
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { pause } from "../../base/pause.ts";
import { isAbortOf } from "../../base/scope.ts";
import type { Client } from "../../client/client.ts";
import { CustomResourceDefinition } from "../../resources/apiextensions/custom-resource-definition.ts";
import { APIService } from "../../resources/apiregistration/api-service.ts";
import { hasReason } from "../../schema/meta/status.ts";
import type { Resource } from "../../schema/resource.ts";
import { equalJson } from "../../schema/equality.ts";
import { CUSTOM_PRIORITY } from "../aggregation/api-services.ts";

export interface ApiServicesOptions {
  readonly client: Client;
  readonly definitions: () => readonly CustomResourceDefinition[];
  readonly services: () => readonly APIService[];
  readonly clock: Clock;
  readonly log: Log;
}

const LABEL = "kube-aggregator.kubernetes.io/automanaged";
const RETRY_MS = 1000;

/** Until `signal` aborts. */
export async function keepApiServices(options: ApiServicesOptions, signal: AbortSignal): Promise<void> {
  await Promise.all([
    following(options, CustomResourceDefinition, signal),
    // Whoever deletes or changes one sees it come back.
    following(options, APIService, signal),
  ]);
}

async function following(options: ApiServicesOptions, kind: Resource, signal: AbortSignal): Promise<void> {
  const { client, clock, log } = options;
  while (!signal.aborted) {
    try {
      for await (const event of client.watch(kind, { sendInitialEvents: true, signal }))
        if (event.type !== "BOOKMARK" || event.initialEnd) await settle(options);
    } catch (error) {
      if (isAbortOf(signal, error)) return;
      log.info("APIServices of custom groups are looked at again", { error: String(error) });
    }
    if (!signal.aborted) await pause(clock, RETRY_MS, signal);
  }
}

/** The versions that the definitions serve, by the names of their APIServices. */
function wanted(definitions: readonly CustomResourceDefinition[]): ReadonlyMap<string, APIService["spec"]> {
  const found = new Map<string, APIService["spec"]>();
  for (const { spec, metadata } of definitions) {
    if (metadata.deletionTimestamp !== undefined) continue;
    for (const { name, served } of spec.versions ?? [])
      if (served) found.set(`${name}.${spec.group}`, { group: spec.group, version: name, ...CUSTOM_PRIORITY });
  }
  return found;
}

async function settle({ client, definitions, services }: ApiServicesOptions): Promise<void> {
  const due = wanted(definitions());
  const present = new Map(services().map((one) => [one.metadata.name ?? "", one]));
  for (const [name, spec] of due) {
    const found = present.get(name);
    if (found === undefined)
      await unless(client.create(APIService, { metadata: { name, labels: { [LABEL]: "true" } }, spec }));
    else if (isOurs(found) && !equalJson(found.spec, spec)) await unless(client.update(APIService, { ...found, spec }));
  }
  for (const [name, { metadata }] of present) {
    if (due.has(name) || metadata.labels?.[LABEL] !== "true") continue;
    await unless(client.delete(APIService, { name }, { preconditions: { uid: metadata.uid } }));
  }
}

const isOurs = ({ metadata }: APIService) => metadata.labels?.[LABEL] === "true";

/** Somebody was faster: the next event has what is there now. */
async function unless(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!hasReason(error, "AlreadyExists", "Conflict", "NotFound")) throw error;
  }
}
