// namespace: empties a namespace that is going, pods first, tells in its status what is left, and lets it go at last. It
// refuses to touch finalizers of the objects in it.
import { whatIsDiscovered } from "../client/incomplete-discovery.ts";
import { Namespace, KUBERNETES_FINALIZER } from "../resources/core/namespace.ts";
import { Pod } from "../resources/core/pod.ts";
import { isTerminal } from "../resources/core/pod/readiness.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import { resourceText } from "../schema/meta/status.ts";
import { controller } from "../reconcile/controller.ts";
import type { Controller, ReconcileContext } from "../reconcile/controller.ts";
import { conditionsOf } from "./namespace/conditions.ts";
import type { Remains } from "./namespace/conditions.ts";

/** How long to wait for content that finalizers hold, in seconds. */
const FINALIZER_SECONDS = 15;
/** Content is looked at again no later than after so many milliseconds. */
const LOOK_AGAIN_MS = 3000;

type Tools = Pick<ReconcileContext, "client" | "signal">;

export const namespaceDeletion: Controller = controller<Namespace>({
  name: "namespace",
  identity: "namespace-controller",
  of: Namespace,
  writes: [
    { resource: Namespace, verbs: ["update"], subresource: "finalize" },
    { resource: Namespace, verbs: ["update"], subresource: "status" },
  ],
  discovers: true,
  workers: 10,
  async reconcile(seen, context) {
    if (!seen.metadata.deletionTimestamp || (seen.spec.finalizers ?? []).length === 0) return;
    const { client } = context;
    const name = seen.metadata.name ?? "";
    const live = await unless404(client.get(Namespace, { name }));
    if (!live || live.metadata.uid !== seen.metadata.uid || (live.spec.finalizers ?? []).length === 0) return;
    const remains = await empty(name, context);
    const { waitSeconds } = remains;
    const conditions = conditionsOf(live.status.conditions, remains, context.now);
    let current = live;
    if (conditions !== live.status.conditions || live.status.phase !== "Terminating") {
      const status = { ...live.status, phase: "Terminating" as const, conditions };
      current = await client.update(Namespace, { ...live, status }, { subresource: "status" });
    }
    const failures = [...(remains.discovery === undefined ? [] : [remains.discovery]), ...remains.failures];
    if (failures.length > 0) throw new Error(`namespace ${name}: ${failures.join("; ")}`);
    if (waitSeconds > 0) return { afterMs: Math.min((waitSeconds / 2 + 1) * 1000, LOOK_AGAIN_MS) };
    const { finalizers: before = [], ...spec } = current.spec;
    const finalizers = before.filter((finalizer) => finalizer !== KUBERNETES_FINALIZER);
    await unless404(
      client.update(Namespace, { ...current, spec: { ...spec, finalizers } }, { subresource: "finalize" }),
    );
    return;
  },
});

async function unless404<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  }
}

/** Asks for the deletion of everything in the namespace; while pods are left, of nothing else. */
async function empty(namespace: string, context: ReconcileContext): Promise<Remains> {
  const remains: Remains = { failures: [], counts: new Map(), finalizers: new Map(), waitSeconds: 0 };
  let kinds: readonly Resource[];
  try {
    const { kinds: found, incomplete } = await whatIsDiscovered(context.discovered);
    kinds = found;
    if (incomplete)
      remains.discovery = `Discovery failed for some groups, ${incomplete.stale.length} failing: ${incomplete.message}`;
  } catch (error) {
    remains.discovery = textOf(error);
    kinds = [];
  }
  const deletable = kinds.filter(
    (r) => r.scope === "Namespaced" && r.verbs.includes("delete") && r.verbs.includes("list"),
  );
  const pods = deletable.filter((r) => r.group === "" && r.plural === "pods");
  for (const resource of pods) await emptyKind(resource, namespace, remains, context);
  if (remains.counts.size === 0 && remains.failures.length === 0) {
    for (const resource of deletable)
      if (!pods.includes(resource)) await emptyKind(resource, namespace, remains, context);
  }
  if (remains.waitSeconds === 0 && remains.counts.size > 0) remains.waitSeconds = FINALIZER_SECONDS;
  return remains;
}

async function emptyKind(
  resource: Resource,
  namespace: string,
  remains: Remains,
  { client, signal }: Tools,
): Promise<void> {
  try {
    const before = (await client.list(resource, { namespace, signal })).items;
    if (before.length === 0) return;
    if (resource.verbs.includes("deletecollection"))
      await client.deleteCollection(resource, { namespace, signal }, { propagationPolicy: "Background" });
    else
      for (const one of before)
        await unless404(
          client.delete(resource, { namespace, name: one.metadata.name ?? "" }, { propagationPolicy: "Background" }),
        );
    const { items } = await client.list(resource, { namespace, signal });
    if (items.length === 0) return;
    remains.counts.set(
      `${resourceText({ group: resource.group, resource: resource.plural })}${resource.group ? "" : "."}`,
      items.length,
    );
    for (const finalizer of items.flatMap((item) => item.metadata.finalizers ?? [])) {
      remains.finalizers.set(finalizer, (remains.finalizers.get(finalizer) ?? 0) + 1);
    }
    remains.waitSeconds = Math.max(remains.waitSeconds, graceOf(resource, items));
  } catch (error) {
    // A kind whose server is gone, or that went while this ran.
    if (hasReason(error, "NotFound", "MethodNotAllowed")) return;
    remains.failures.push(textOf(error));
  }
}

/** The longest time that these objects were given to end, in seconds. Only pods are given any. */
function graceOf(resource: Resource, items: readonly KubeObject[]): number {
  if (resource.group !== "" || resource.plural !== Pod.plural) return 0;
  const running = (items as readonly Pod[]).filter((pod) => !isTerminal(pod));
  return Math.max(0, ...running.map((pod) => pod.metadata.deletionGracePeriodSeconds ?? 0));
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
