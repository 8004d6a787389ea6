// Keeps this node's Node and Lease: registers, reports, renews. It refuses to judge the machine (facts.ts) and to word
// (status.ts).
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { isAbortOf } from "../../base/scope.ts";
import { formatMicroTime } from "../../base/timestamp.ts";
import type { Client } from "../../client/client.ts";
import type { EventRecorder } from "../../reconcile/events.ts";
import { Lease } from "../../resources/coordination/lease.ts";
import { Node } from "../../resources/core/node.ts";
import { isNodeReady } from "../../resources/core/node/readiness.ts";
import { hasReason } from "../../schema/meta/status.ts";
import type { KubeObject } from "../../schema/resource.ts";
import type { Cri } from "../cri.ts";
import type { NodeFacts, Pressure } from "./facts.ts";
import { NO_PRESSURE } from "./facts.ts";
import { newNode, nodeLabels, nodeStatus, sameButForHeartbeats } from "./status.ts";
import type { NodeView, RuntimeFacts } from "./status.ts";

const LEASE_NAMESPACE = "kube-node-lease";
const LEASE_DURATION_SECONDS = 40;
const LEASE_RENEW_MS = 10_000;
const STATUS_LOOK_MS = 10_000;
/** A status that did not change is written this often all the same. */
const STATUS_REPORT_MS = 300_000;
const RETRY_MS = 1000;

export interface NodeOptions {
  readonly client: Client;
  readonly cri: Cri;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRecorder;
  /** May differ from one look to the next (the images' disk grew, an address changed). */
  readonly facts: () => NodeFacts | Promise<NodeFacts>;
  readonly pressure?: (() => Pressure | Promise<Pressure>) | undefined;
  /** The Node as the API has it now. */
  readonly onNode?: ((node: Node) => void) | undefined;
}

/** Registers the node and keeps it until `signal` aborts. */
export async function keepNode(options: NodeOptions, signal: AbortSignal): Promise<void> {
  const node = await again(options, "the node is not registered", signal, () => register(options, signal));
  if (node === undefined) return;
  options.onNode?.(node);
  await Promise.all([keepStatus(options, node, signal), keepLease(options, node, signal)]);
}

/** Repeats what fails until it succeeds; undefined once aborted. */
async function again<T>(
  options: NodeOptions,
  what: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) break;
      options.log.warn(what, { error: String(error) });
      await pause(options.clock, RETRY_MS, signal);
    }
  }
  return undefined;
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!isAbortOf(signal, error)) throw error;
  }
}

async function viewOf({ facts, cri, pressure, clock }: NodeOptions, signal: AbortSignal): Promise<NodeView> {
  const [own, runtime, images, pressed] = await Promise.all([
    facts(),
    runtimeFacts(cri, signal),
    cri.images.listImages({}, { signal }).then(
      (answer) => answer.images,
      () => [],
    ),
    pressure?.() ?? NO_PRESSURE,
  ]);
  return { facts: own, runtime, images, pressure: pressed, now: clock.now() };
}

/** A runtime that does not answer makes the node NotReady, not silent. */
export async function runtimeFacts(cri: Cri, signal: AbortSignal): Promise<RuntimeFacts> {
  try {
    const version = await cri.runtime.version({ version: "0.1.0" }, { signal });
    const { status, features, runtimeHandlers } = await cri.runtime.status({}, { signal });
    const abilities = {
      ...(features && { features: { supplementalGroupsPolicy: features.supplementalGroupsPolicy } }),
      ...(runtimeHandlers.length > 0 && {
        runtimeHandlers: runtimeHandlers.map(({ name, features: own }) => ({
          name,
          features: {
            recursiveReadOnlyMounts: own?.recursiveReadOnlyMounts ?? false,
            userNamespaces: own?.userNamespaces ?? false,
          },
        })),
      }),
    };
    const bad = (status?.conditions ?? []).filter((one) => !one.status && /^(Runtime|Network)Ready$/.test(one.type));
    const faults = bad.map(({ type, reason, message }) => {
      const what = type === "NetworkReady" ? "container runtime network not ready" : "container runtime not ready";
      return `${what}: ${type}=false reason:${reason} message:${message}`;
    });
    return { name: version.runtimeName, version: version.runtimeVersion, faults, abilities };
  } catch (error) {
    signal.throwIfAborted();
    return { name: "unknown", version: "", faults: [`container runtime is down: ${String(error)}`] };
  }
}

async function register(options: NodeOptions, signal: AbortSignal): Promise<Node> {
  const { client, events } = options;
  const view = await viewOf(options, signal);
  events.record(nodeReference(view.facts.name), "Normal", "Starting", "Starting kubelet.");
  try {
    return await client.create(Node, newNode(view), { signal });
  } catch (error) {
    if (!hasReason(error, "AlreadyExists")) throw error;
  }
  const name = { name: view.facts.name };
  const node = await client.get(Node, name, { signal });
  const labels = { ...nodeLabels(view.facts), ...view.facts.labels };
  const missing = Object.entries(labels).filter(([key, value]) => node.metadata.labels?.[key] !== value);
  if (missing.length === 0) return node;
  const body = { metadata: { labels: Object.fromEntries(missing) } };
  return client.patch(Node, name, { type: "strategic", body }, { signal });
}

/** Events about the node name it twice: its uid is its name. */
export const nodeReference = (name: string): KubeObject =>
  ({ apiVersion: "v1", kind: "Node", metadata: { name, uid: name } }) as KubeObject;

async function keepStatus(options: NodeOptions, node: Node, signal: AbortSignal): Promise<void> {
  let current = node;
  let reportedAt = -Infinity;
  while (!signal.aborted) {
    try {
      const next = await reportStatus(options, current, reportedAt, signal);
      if (next) {
        reportedAt = options.clock.monotonic();
        current = next;
      }
    } catch (error) {
      if (signal.aborted) return;
      options.log.warn("the node's status was not written", { error: String(error) });
      if (hasReason(error, "NotFound"))
        current = (await again(options, "the node is gone", signal, () => register(options, signal))) ?? current;
    }
    await pause(options.clock, STATUS_LOOK_MS, signal);
  }
}

/** Writes the status if it is news or time; answers the node then. */
async function reportStatus(
  options: NodeOptions,
  node: Node,
  reportedAt: number,
  signal: AbortSignal,
): Promise<Node | undefined> {
  const { client, clock, events, onNode } = options;
  const view = await viewOf(options, signal);
  const name = { name: view.facts.name };
  const before = await client.get(Node, name, { resourceVersion: "0", signal });
  onNode?.(before);
  const { bootID } = view.facts;
  const lastBoot = before.status.nodeInfo?.bootID ?? "";
  // Told by who writes the new id, so once.
  if (lastBoot !== "" && lastBoot !== bootID) {
    const message = `Node ${name.name} has been rebooted, boot id: ${bootID}`;
    events.record(nodeReference(name.name), "Warning", "Rebooted", message);
  }
  const status = nodeStatus(view, before.status);
  const same = sameButForHeartbeats(status, before.status);
  if (same && clock.monotonic() - reportedAt < STATUS_REPORT_MS) return undefined;
  // Addresses are all this node's: merging by type would keep one that it has no longer.
  const body = { status: { ...status, addresses: [...(status.addresses ?? []), { $patch: "replace" }] } };
  const written = await client.patch(Node, name, { type: "strategic", body }, { subresource: "status", signal });
  for (const { type, status: state, reason } of status.conditions ?? []) {
    const old = reportedAt === -Infinity ? undefined : before.status.conditions?.find((one) => one.type === type);
    if (old?.status === state || !/Pressure$/.test(type)) continue;
    events.record(
      nodeReference(name.name),
      "Normal",
      `Node${reason!.replace(/^Kubelet/, "")}`,
      `Node ${name.name} status is now: Node${reason!.replace(/^Kubelet/, "")}`,
    );
  }
  const wasReady = reportedAt === -Infinity ? undefined : isNodeReady(node);
  if (wasReady !== isNodeReady(written)) {
    const word = isNodeReady(written) ? "NodeReady" : "NodeNotReady";
    events.record(nodeReference(name.name), "Normal", word, `Node ${name.name} status is now: ${word}`);
  }
  onNode?.(written);
  return written;
}

/** A heartbeat that costs little: who watches it sees that the node lives. */
async function keepLease(options: NodeOptions, node: Node, signal: AbortSignal): Promise<void> {
  const { client, clock, log } = options;
  const name = node.metadata.name!;
  const at = { namespace: LEASE_NAMESPACE, name };
  while (!signal.aborted) {
    let wait = LEASE_RENEW_MS;
    try {
      await renew(client, clock, node, at, signal);
    } catch (error) {
      if (signal.aborted) return;
      log.warn("the node's lease was not renewed", { error: String(error) });
      wait = RETRY_MS;
    }
    await pause(clock, wait, signal);
  }
}

async function renew(
  client: Client,
  clock: Clock,
  node: Node,
  at: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<void> {
  const { name } = node.metadata;
  const renewTime = formatMicroTime(clock.now());
  const body = { spec: { holderIdentity: name, leaseDurationSeconds: LEASE_DURATION_SECONDS, renewTime } };
  try {
    await client.patch(Lease, at, { type: "merge", body }, { signal });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
    // The node may have been deleted and registered again since: a lease of the old one would be collected.
    const { metadata } = await client.get(Node, { name: name! }, { signal });
    const ownerReferences = [{ apiVersion: "v1", kind: "Node", name: name!, uid: metadata.uid! }];
    await client.create(Lease, { metadata: { ...at, ownerReferences }, ...body } as Lease, { signal });
  }
}
