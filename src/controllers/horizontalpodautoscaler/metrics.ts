// What the three metric APIs say, each of which may be missing. It refuses to decide by it.
import { parseDuration } from "../../base/duration.ts";
import { quantityMilliValue } from "../../base/quantity.ts";
import { parseTime } from "../../base/timestamp.ts";
import type { Client } from "../../client/client.ts";
import { metadataOf } from "../../client/metadata-only.ts";
import { StatusError } from "../../schema/meta/status.ts";
import type { Resource } from "../../schema/resource.ts";

/** What one pod uses, in thousandths; times in milliseconds. */
export interface PodMetric {
  readonly value: number;
  readonly at: number;
  readonly window: number;
}
export type PodMetrics = ReadonlyMap<string, PodMetric>;

interface ContainerUsage {
  readonly name: string;
  readonly usage?: Readonly<Record<string, string>>;
}
interface PodUsage {
  readonly metadata: { readonly name: string };
  readonly timestamp: string;
  readonly window: string;
  readonly containers?: readonly ContainerUsage[];
}
interface MetricValue {
  readonly value: string;
}

const listOf = (group: string, version: string, plural: string): Resource =>
  metadataOf({ group, version, kind: "MetricValue", plural, scope: "Namespaced", verbs: ["list"] });
const POD_METRICS = listOf("metrics.k8s.io", "v1beta1", "pods");

export interface Where {
  readonly client: Client;
  readonly namespace: string;
}

/** What the pods that `selector` names use of `resource`; of one container of each, if it is named. */
export async function resourceMetrics(
  { client, namespace }: Where,
  { resource, selector, container }: { resource: string; selector: string; container?: string | undefined },
): Promise<PodMetrics> {
  const items = await asked<PodUsage>("resource", "pods.metrics.k8s.io", () =>
    client.list(POD_METRICS, { namespace, labelSelector: selector }),
  );
  const found = new Map<string, PodMetric>();
  for (const { metadata, timestamp, window, containers = [] } of items) {
    const counted = container === undefined ? containers : containers.filter(({ name }) => name === container);
    const used = counted.map(({ usage }) => usage?.[resource]);
    if (used.length === 0 || used.includes(undefined)) continue;
    const value = used.reduce((sum, amount) => sum + quantityMilliValue(amount!), 0);
    found.set(metadata.name, { value, at: parseTime(timestamp).ms, window: parseDuration(window) });
  }
  return found;
}

/** What asking for a custom metric, of pods or of another object, comes to: their API is not read. */
export const noCustomMetrics = (): Error =>
  new Error(
    "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
  );

/** All series of an external metric, in thousandths. */
export async function externalMetric({ client, namespace }: Where, name: string, selector: string): Promise<number[]> {
  const resource = listOf("external.metrics.k8s.io", "v1beta1", name);
  const items = await asked<MetricValue>("external", `${name}.external.metrics.k8s.io`, () =>
    client.list(resource, { namespace, ...(selector && { labelSelector: selector }) }),
  );
  return items.map(({ value }) => quantityMilliValue(value));
}

async function asked<T>(
  api: string,
  what: string,
  list: () => Promise<{ readonly items: readonly unknown[] }>,
): Promise<readonly T[]> {
  let items: readonly unknown[];
  try {
    ({ items } = await list());
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const text = error.code === 404 ? `the server could not find the requested resource (get ${what})` : error.message;
    throw new Error(`unable to fetch metrics from ${api} metrics API: ${text}`, { cause: error });
  }
  if (items.length === 0) throw new Error(`no metrics returned from ${api} metrics API`);
  return items as readonly T[];
}
