// garbage-collector: objects whose owners are gone go too, in the background, in the foreground or not at all. It refuses
// to believe its own graph: before it deletes anything it asks the API about the object and about each absent owner.
import { keyedBackoff } from "../base/backoff.ts";
import { pause } from "../base/pause.ts";
import { isAbortOf } from "../base/scope.ts";
import { WorkQueue } from "../base/work-queue.ts";
import { revisionOf } from "../client/cache.ts";
import { whatIsDiscovered } from "../client/incomplete-discovery.ts";
import type { OwnerReference } from "../schema/meta/object-meta.ts";
import { hasReason } from "../schema/meta/status.ts";
import { apiVersionOf } from "../schema/resource.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import type { Loop, LoopContext } from "../reconcile/controller.ts";
import { OwnershipGraph } from "./garbage-collector/graph.ts";
import type { GraphNode } from "./garbage-collector/graph.ts";

const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";
const WORKERS = 20;
/** How often the server is asked for new kinds. */
const REDISCOVER_MS = 30_000;
/** How many absent owners are remembered. */
const REMEMBERED = 2000;
/** Kinds that neither own nor are owned, and change too often to be looked at. */
const IGNORED: ReadonlySet<string> = new Set(["/events", "events.k8s.io/events"]);

export const garbageCollector: Loop = {
  name: "garbage-collector",
  identity: "generic-garbage-collector",
  component: "garbage-collector-controller",
  reads: [],
  writes: [],
  discovers: true,
  async run(context) {
    const collector = new Collector(context);
    await Promise.all([collector.discover(), ...Array.from({ length: WORKERS }, () => collector.work())]);
  },
};

/** What an owner reference turned out to be. */
type Verdict = "solid" | "absent" | "waiting";

class Collector {
  readonly #context: LoopContext;
  readonly #graph = new OwnershipGraph();
  readonly #queue: WorkQueue<string>;
  readonly #kinds = new Map<string, Resource>();
  /** How each is listened to no more. */
  readonly #stops = new Map<string, () => void>();
  /** References whose owner was found not to be; uids never come back. The oldest are forgotten. */
  readonly #absent = new Set<string>();
  /** Resolves when the graph holds all that there was at the start. */
  readonly #filled = Promise.withResolvers<void>();

  constructor(context: LoopContext) {
    this.#context = context;
    this.#queue = new WorkQueue({
      clock: context.clock,
      backoff: keyedBackoff<string>({ initialMs: 5, maxMs: 1_000_000 }, context.random),
    });
  }

  /** Watches every kind that can be listed, watched and deleted; again and again, for kinds come and go. */
  async discover(): Promise<void> {
    const { clock, signal, log } = this.#context;
    while (!signal.aborted) {
      try {
        const { kinds, incomplete } = await whatIsDiscovered(this.#context.discovered);
        if (incomplete) log.warn("discovery is incomplete", { error: incomplete.message });
        const collectable = new Map(
          kinds.filter((r) => this.#isCollectable(r)).map((r) => [kindKey(apiVersionOf(r), r.kind), r]),
        );
        // A server that does not answer now will again, and has kept what it has.
        for (const [key, resource] of this.#kinds)
          if (!collectable.has(key) && !incomplete?.stale.includes(apiVersionOf(resource))) this.#forget(key, resource);
        const fresh = [...collectable].filter(([key]) => !this.#kinds.has(key));
        for (const [key, resource] of fresh) this.#follow(key, resource);
        await this.#synced(fresh.map(([, resource]) => resource));
        this.#filled.resolve();
      } catch (error) {
        log.warn("discovery failed", { error: String(error) });
      }
      await pause(clock, REDISCOVER_MS, signal);
    }
    this.#queue.clear();
  }

  /** Until the caches of these kinds are filled, or long enough: one server that hangs must not stop the rest. */
  async #synced(kinds: readonly Resource[]): Promise<void> {
    const { clock, signal, cache } = this.#context;
    const done = new AbortController();
    const late = pause(clock, REDISCOVER_MS, AbortSignal.any([signal, done.signal]));
    await Promise.race([Promise.all(kinds.map((r) => cache(r).synced)), late]);
    done.abort();
  }

  #isCollectable(r: Resource): boolean {
    return (
      !IGNORED.has(`${r.group}/${r.plural}`) &&
      (["list", "watch", "delete"] as const).every((verb) => r.verbs.includes(verb))
    );
  }

  #follow(key: string, resource: Resource): void {
    this.#kinds.set(key, resource);
    const stop = this.#context
      .cache(resource)
      .listen(({ object, deleted }) => (deleted ? this.#gone(object) : this.#seen(resource, object)));
    this.#stops.set(key, stop);
    this.#context.signal.addEventListener("abort", stop, { once: true });
  }

  #forget(key: string, resource: Resource): void {
    const stop = this.#stops.get(key);
    if (stop !== undefined) {
      stop();
      this.#context.signal.removeEventListener("abort", stop);
    }
    this.#stops.delete(key);
    this.#kinds.delete(key);
    this.#context.forget(resource);
  }

  #seen(resource: Resource, object: KubeObject): void {
    const { uid = "", ownerReferences = [], deletionTimestamp, finalizers = [] } = object.metadata;
    const { node, newOwners } = this.#graph.put(resource, object);
    for (const owner of newOwners) {
      const known = this.#graph.get(owner.uid);
      // Owners that the graph does not hold are asked for; so are those that are elsewhere than the reference says.
      if (!known || !isAt(known, owner, node)) this.#queue.add(uid);
      else if (known.deletesDependents) this.#queue.add(uid);
      if (known) this.#reportForeignNamespace(known, owner, node);
    }
    if (deletionTimestamp && (finalizers.includes(ORPHAN) || finalizers.includes(FOREGROUND))) this.#queue.add(uid);
    if (node.deletesDependents) for (const dependent of this.#graph.dependentsOf(uid)) this.#queue.add(dependent.uid);
    if (node.lostOwners) this.#enqueueWaitingOwners(node.lostOwners);
    if (ownerReferences.length > 0 && newOwners.length === 0) return;
    // Those that came before their owner may have named it wrongly.
    for (const dependent of this.#graph.dependentsOf(uid)) {
      const reference = dependent.owners.find((owner) => owner.uid === uid)!;
      if (!isAt(node, reference, dependent)) this.#queue.add(dependent.uid);
      this.#reportForeignNamespace(node, reference, dependent);
    }
  }

  #gone(object: KubeObject): void {
    const { uid = "" } = object.metadata;
    const node = this.#graph.remove(uid);
    for (const dependent of this.#graph.dependentsOf(uid)) this.#queue.add(dependent.uid);
    this.#enqueueWaitingOwners(node?.owners ?? []);
  }

  #enqueueWaitingOwners(owners: readonly OwnerReference[]): void {
    for (const { uid } of owners) if (this.#graph.get(uid)?.deletesDependents) this.#queue.add(uid);
  }

  #reportForeignNamespace(owner: GraphNode, reference: OwnerReference, dependent: GraphNode): void {
    if (owner.resource.scope !== "Namespaced" || !dependent.namespace || owner.namespace === dependent.namespace)
      return;
    const { apiVersion, kind, name, uid } = reference;
    const shown = `[${apiVersion}/${kind}, namespace: ${dependent.namespace}, name: ${name}, uid: ${uid}]`;
    const message = `ownerRef ${shown} does not exist in namespace "${dependent.namespace}"`;
    const { namespace, name: dependentName, uid: dependentUid } = dependent;
    const about = {
      apiVersion: apiVersionOf(dependent.resource),
      kind: dependent.resource.kind,
      metadata: { namespace, name: dependentName, uid: dependentUid },
    };
    this.#context.events.record(about as KubeObject, "Warning", "OwnerRefInvalidNamespace", message);
  }

  async work(): Promise<void> {
    const { signal, log } = this.#context;
    await Promise.race([this.#filled.promise, aborted(signal)]);
    for (;;) {
      let uid: string;
      try {
        uid = await this.#queue.take(signal);
      } catch (error) {
        if (isAbortOf(signal, error)) return;
        throw error;
      }
      try {
        await this.#settle(uid);
        this.#queue.forget(uid);
      } catch (error) {
        if (signal.aborted) return;
        const delayMs = this.#queue.retry(uid);
        log.debug("garbage collection tries again", { uid, delayMs, error: String(error) });
      } finally {
        this.#queue.done(uid);
      }
    }
  }

  /** Does what is due for one object. */
  async #settle(uid: string): Promise<void> {
    const node = this.#graph.get(uid);
    if (!node || (!node.isLeaving && node.owners.every((owner) => this.#isAlive(owner, node)))) return;
    const live = await this.#live(node);
    // Gone, or another one of that name: the watch will say so too.
    if (!live || live.metadata.uid !== uid) return;
    const { deletionTimestamp, finalizers = [], ownerReferences = [] } = live.metadata;
    if (deletionTimestamp) {
      if (finalizers.includes(ORPHAN)) return this.#orphan(node, live);
      if (finalizers.includes(FOREGROUND)) return this.#awaitDependents(node, live);
      return;
    }
    if (ownerReferences.length === 0) return;
    const verdicts = new Map<OwnerReference, Verdict>();
    for (const owner of ownerReferences) verdicts.set(owner, await this.#judge(owner, node));
    const solid = ownerReferences.filter((owner) => verdicts.get(owner) === "solid");
    const waits = ownerReferences.some((owner) => verdicts.get(owner) === "waiting");
    if (solid.length > 0) {
      if (solid.length < ownerReferences.length) await this.#setOwners(node, live, solid);
    } else if (waits && this.#graph.dependentsOf(uid).length > 0) {
      await this.#unblockCircle(node, live);
      await this.#delete(node, live, "Foreground");
    } else
      await this.#delete(
        node,
        live,
        finalizers.includes(ORPHAN) ? "Orphan" : finalizers.includes(FOREGROUND) ? "Foreground" : "Background",
      );
  }

  /** The graph holds the owner, and it does not wait for its dependents: nothing to ask. */
  #isAlive(owner: OwnerReference, node: GraphNode): boolean {
    const known = this.#graph.get(owner.uid);
    return known !== undefined && isAt(known, owner, node) && !known.deletesDependents;
  }

  async #live({
    resource,
    namespace,
    name,
  }: Pick<GraphNode, "resource" | "namespace" | "name">): Promise<KubeObject | undefined> {
    const { client, signal } = this.#context;
    try {
      return await client.get(
        resource,
        { namespace: resource.scope === "Namespaced" ? namespace : undefined, name },
        { signal },
      );
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  async #judge(owner: OwnerReference, node: GraphNode): Promise<Verdict> {
    const place = `${owner.uid}|${owner.apiVersion}|${owner.kind}|${owner.name}|${node.namespace ?? ""}`;
    if (this.#absent.has(place)) return "absent";
    const resource = this.#kindOf(owner);
    if (!resource) throw new Error(`no matches for kind "${owner.kind}" in version "${owner.apiVersion}"`);
    // An object without a namespace cannot say in which one its owner is: it is left alone.
    if (resource.scope === "Namespaced" && !node.namespace) return "solid";
    const live = await this.#live({ resource, namespace: node.namespace, name: owner.name });
    if (!live || live.metadata.uid !== owner.uid) {
      this.#absent.add(place);
      if (this.#absent.size > REMEMBERED) this.#absent.delete(this.#absent.values().next().value!);
      return "absent";
    }
    if (!this.#graph.get(owner.uid)) this.#lookAgain(node.uid, resource, live);
    return live.metadata.deletionTimestamp && live.metadata.finalizers?.includes(FOREGROUND) ? "waiting" : "solid";
  }

  /** A reference may name another version than the one that is watched: the objects are the same. */
  #kindOf({ apiVersion, kind }: OwnerReference): Resource | undefined {
    const group = groupOf(apiVersion);
    return (
      this.#kinds.get(kindKey(apiVersion, kind)) ??
      this.#kinds.values().find((one) => one.kind === kind && one.group === group)
    );
  }

  /**
   * An owner that is there, though the graph does not hold it: it may be gone again before the cache comes to hold it,
   * if that lists anew meanwhile, and then nobody tells. Whoever names it is looked at once more.
   */
  #lookAgain(uid: string, resource: Resource, { metadata: { resourceVersion } }: KubeObject): void {
    const { signal } = this.#context;
    this.#context
      .cache(resource)
      .reached(revisionOf(resourceVersion), signal)
      .then(
        () => this.#queue.add(uid),
        (error: unknown) => {
          if (!isAbortOf(signal, error)) throw error;
        },
      );
  }

  /** Takes the object out of its dependents' references, then lets it go. */
  async #orphan(node: GraphNode, live: KubeObject): Promise<void> {
    for (const dependent of this.#graph.dependentsOf(node.uid)) {
      const found = await this.#live(dependent);
      const owners = found?.metadata.ownerReferences ?? [];
      if (!found || found.metadata.uid !== dependent.uid || !owners.some(({ uid }) => uid === node.uid)) continue;
      await this.#setOwners(
        dependent,
        found,
        owners.filter(({ uid }) => uid !== node.uid),
      );
    }
    await this.#dropFinalizer(node, live, ORPHAN);
  }

  /** Lets the object go once nothing that blocks it depends on it. */
  async #awaitDependents(node: GraphNode, live: KubeObject): Promise<void> {
    const blocking = this.#graph
      .dependentsOf(node.uid)
      .filter((d) => d.owners.some((o) => o.uid === node.uid && o.blockOwnerDeletion));
    if (blocking.length === 0) return this.#dropFinalizer(node, live, FOREGROUND);
    for (const dependent of blocking) if (!dependent.deletesDependents) this.#queue.add(dependent.uid);
  }

  /** Among objects that wait for each other in a circle, one must stop blocking. */
  async #unblockCircle(node: GraphNode, live: KubeObject): Promise<void> {
    if (!this.#graph.dependentsOf(node.uid).some((dependent) => dependent.deletesDependents)) return;
    const owners = (live.metadata.ownerReferences ?? []).map((owner) =>
      owner.blockOwnerDeletion ? { ...owner, blockOwnerDeletion: false } : owner,
    );
    await this.#patch(node, { uid: node.uid, ownerReferences: owners });
  }

  #setOwners(
    node: GraphNode,
    { metadata: { uid, resourceVersion } }: KubeObject,
    owners: readonly OwnerReference[],
  ): Promise<void> {
    return this.#patch(node, { uid, resourceVersion, ownerReferences: owners.length > 0 ? owners : null });
  }

  #dropFinalizer(
    node: GraphNode,
    { metadata: { uid, resourceVersion, finalizers = [] } }: KubeObject,
    gone: string,
  ): Promise<void> {
    const left = finalizers.filter((finalizer) => finalizer !== gone);
    return this.#patch(node, { uid, resourceVersion, finalizers: left.length > 0 ? left : null });
  }

  /** Of metadata alone, and only if nobody was faster. */
  async #patch({ resource, namespace, name }: GraphNode, metadata: Readonly<Record<string, unknown>>): Promise<void> {
    try {
      await this.#context.client.patch(resource, { namespace, name }, { type: "merge", body: { metadata } });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }

  async #delete(
    { resource, namespace, name }: GraphNode,
    live: KubeObject,
    propagationPolicy: "Background" | "Foreground" | "Orphan",
  ): Promise<void> {
    const { uid, resourceVersion } = live.metadata;
    try {
      await this.#context.client.delete(
        resource,
        { namespace, name },
        { propagationPolicy, preconditions: { uid, resourceVersion } },
      );
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}

const kindKey = (apiVersion: string, kind: string) => `${apiVersion}|${kind}`;

const groupOf = (apiVersion: string) => apiVersion.slice(0, Math.max(0, apiVersion.indexOf("/")));

/** Whether the owner is where the reference says. */
const isAt = (owner: GraphNode, reference: OwnerReference, dependent: GraphNode): boolean =>
  owner.name === reference.name &&
  owner.resource.kind === reference.kind &&
  apiVersionOf(owner.resource) === reference.apiVersion &&
  (owner.resource.scope === "Cluster" || owner.namespace === dependent.namespace);

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
