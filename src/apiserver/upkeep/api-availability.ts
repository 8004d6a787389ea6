// Whether the servers behind APIServices can be reached, in their status, and what they serve, for discovery. It refuses to
// look at what this server serves itself: that is available from the start.
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { pause } from "../../base/pause.ts";
import { isAbortOf } from "../../base/scope.ts";
import { formatTime } from "../../base/timestamp.ts";
import type { Client } from "../../client/client.ts";
import { APIService } from "../../resources/apiregistration/api-service.ts";
import { setCondition } from "../../resources/conditions.ts";
import { Service } from "../../resources/core/service.ts";
import { EndpointSlice } from "../../resources/discovery/endpoint-slice.ts";
import { hasReason } from "../../schema/meta/status.ts";
import type { Lookup } from "../admission/plugin.ts";
import { groupVersionOf } from "../aggregation/api-services.ts";
import { placeOfService, userHeaders } from "../aggregation/place.ts";
import type { Aggregation } from "../parts.ts";

export interface AvailabilityOptions {
  readonly client: Client;
  readonly lookup: Lookup;
  readonly aggregation: Aggregation;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often what stands in the way is looked at, once there is an APIService with a service. */
const LOOK_MS = 1000;
/** A server is asked again after so long, one that failed sooner. */
const ASK_AGAIN_MS = 30_000;
const RETRY_MS = 5000;
const TIMEOUT_MS = 5000;

/** Who asks: whatever a server forbids, this it answers. */
const ASKER = { name: "system:kube-aggregator", groups: ["system:masters"] };

interface Verdict {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

const no = (reason: string, message: string): Verdict => ({ status: "False", reason, message });
const PASSED: Verdict = { status: "True", reason: "Passed", message: "all checks passed" };

interface Seen {
  /** What the verdict was reached on. */
  readonly form: string;
  readonly askAgainAt: number;
}

/** Until `signal` aborts. */
export async function keepAvailability(options: AvailabilityOptions, signal: AbortSignal): Promise<void> {
  const { clock, log, aggregation } = options;
  const seen = new Map<string, Seen>();
  const busy = new Set<string>();
  while (!signal.aborted) {
    const { remotes } = aggregation.services;
    for (const groupVersion of seen.keys()) {
      if (remotes.has(groupVersion)) continue;
      seen.delete(groupVersion);
      aggregation.discovery.forget(groupVersion);
    }
    for (const [groupVersion, service] of remotes) {
      if (busy.has(groupVersion) || !isDue(options, service, seen.get(groupVersion))) continue;
      busy.add(groupVersion);
      // One that does not answer keeps nobody else waiting.
      void look(options, service)
        .then(
          (next) => seen.set(groupVersion, next),
          (error: unknown) => log.warn("an aggregated API was not looked at", { groupVersion, error: String(error) }),
        )
        .finally(() => busy.delete(groupVersion));
    }
    if (remotes.size > 0) await pause(clock, LOOK_MS, signal);
    else await untilThereIsOne(options, signal);
  }
}

/** Resolves when an APIService comes that is not served here, or when the wait is over. */
async function untilThereIsOne(
  { client, aggregation, clock, log }: AvailabilityOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const _ of client.watch(APIService, { signal })) if (aggregation.services.remotes.size > 0) return;
  } catch (error) {
    if (isAbortOf(signal, error)) return;
    log.info("APIServices are looked at again", { error: String(error) });
  }
  if (!signal.aborted) await pause(clock, LOOK_MS, signal);
}

/** Everything but the server itself that the verdict depends on. */
function formOf({ lookup }: AvailabilityOptions, { spec }: APIService): string {
  const { namespace = "", name = "" } = spec.service ?? {};
  const service = lookup.get(Service, namespace, name);
  const slices = service === undefined ? [] : slicesOf(lookup, namespace, name);
  return JSON.stringify([spec, service?.spec, slices.map(({ ports, endpoints }) => [ports, endpoints])]);
}

function isDue(options: AvailabilityOptions, service: APIService, seen: Seen | undefined): boolean {
  if (seen === undefined || options.clock.now() >= seen.askAgainAt) return true;
  return formOf(options, service) !== seen.form;
}

async function look(options: AvailabilityOptions, service: APIService): Promise<Seen> {
  const { clock, aggregation } = options;
  const form = formOf(options, service);
  const verdict = (await inTheWay(options, service)) ?? (await asked(options, service));
  if (verdict.status === "False") aggregation.discovery.lost(groupVersionOf(service));
  await tell(options, service, verdict);
  return { form, askAgainAt: clock.now() + (verdict.status === "True" ? ASK_AGAIN_MS : RETRY_MS) };
}

const slicesOf = (lookup: Lookup, namespace: string, name: string) =>
  lookup
    .list(EndpointSlice, namespace)
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name);

/** What is missing before the server can be asked at all. */
async function inTheWay({ lookup }: AvailabilityOptions, { spec }: APIService): Promise<Verdict | undefined> {
  const { namespace = "", name = "", port = 443 } = spec.service ?? {};
  const what = `service/${name} in ${JSON.stringify(namespace)}`;
  const service = lookup.get(Service, namespace, name);
  if (service === undefined) return no("ServiceNotFound", `${what} is not present`);
  if ((service.spec.type ?? "ClusterIP") !== "ClusterIP") return undefined;
  const wanted = (service.spec.ports ?? []).find((one) => one.port === port);
  if (wanted === undefined) return no("ServicePortError", `${what} is not listening on port ${port}`);
  const slices = slicesOf(lookup, namespace, name);
  if (slices.length === 0) return no("EndpointsNotFound", `cannot find endpointslices for ${what}`);
  const portName = wanted.name ?? "";
  const serves = slices.some(
    ({ ports = [], endpoints = [] }) =>
      ports.some((one) => (one.name ?? "") === portName) &&
      endpoints.some(({ addresses, conditions }) => addresses.length > 0 && conditions?.ready !== false),
  );
  if (serves) return undefined;
  return no(
    "MissingEndpoints",
    `endpointslices for ${what} have no addresses with port name ${JSON.stringify(portName)}`,
  );
}

/** Asks for a document that every such server has. */
async function asked({ lookup, aggregation }: AvailabilityOptions, service: APIService): Promise<Verdict> {
  const groupVersion = groupVersionOf(service);
  const path = `/apis/${groupVersion}`;
  let url = path;
  try {
    const place = placeOfService(service, lookup);
    url = `https://${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}${path}`;
    const headers = { ...(userHeaders(ASKER) as Record<string, string>), accept: "application/json" };
    const reply = await aggregation.dial({ ...place, path, headers, timeoutMs: TIMEOUT_MS });
    if (reply.status < 200 || reply.status > 299) throw new Error(`bad status from ${url}: ${reply.status}`);
    aggregation.discovery.heard(groupVersion, reply.body);
    return PASSED;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return no("FailedDiscoveryCheck", `failing or missing response from ${url}: ${error.message}`);
  }
}

async function tell(
  { client, clock, lookup }: AvailabilityOptions,
  { metadata }: APIService,
  verdict: Verdict,
): Promise<void> {
  const { name = "" } = metadata;
  const current = lookup.get(APIService, "", name);
  if (current === undefined || current.metadata.uid !== metadata.uid) return;
  const condition = { type: "Available", ...verdict };
  const conditions = setCondition(current.status.conditions, condition, formatTime(clock.now()));
  if (conditions === current.status.conditions) return;
  try {
    await client.update(
      APIService,
      { ...current, status: { ...current.status, conditions } },
      { subresource: "status" },
    );
  } catch (error) {
    // It has changed meanwhile, and is looked at again.
    if (!hasReason(error, "Conflict", "NotFound")) throw error;
  }
}
