// The shell: what is written, and what happens when writing fails or the world changes meanwhile. Time is virtual.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { CacheSet } from "../client/cache-set.ts";
import type { Client, ObjectName, WatchEvent, WatchOptions } from "../client/client.ts";
import type { Binding } from "../resources/core/binding.ts";
import type { Pod } from "../resources/core/pod.ts";
import { StatusError, notFound, serviceUnavailable } from "../schema/meta/status.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import { runScheduler } from "./scheduler.ts";
import { aClaim, aNode, aPod, aStored, aVolume, claiming } from "./situation.suite.ts";

const POD_BINDING_CONFLICT = () =>
  new StatusError({ code: 409, reason: "Conflict", message: "pod is already assigned to a node" });

/** An API in a Map: enough of one for a scheduler. Status patches replace the fields of the status. */
class Api {
  readonly objects = new Map<string, KubeObject>();
  readonly written: string[] = [];
  /** Asked before each write; what it returns is thrown. */
  fails: (write: string) => Error | undefined = () => undefined;
  /** What a patch of a status takes. */
  takes: () => Promise<void> = () => Promise.resolve();
  /** While false, watches say nothing. */
  isTelling = true;
  #revision = 1;
  readonly #watchers = new Set<(plural: string, event: WatchEvent<KubeObject>) => void>();

  put<T extends KubeObject>(object: T): void {
    const plural = object.kind === "StorageClass" ? "storageclasses" : `${object.kind!.toLowerCase()}s`;
    const key = `${plural}/${object.metadata.name}`;
    const type = this.objects.has(key) ? "MODIFIED" : "ADDED";
    const next = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(++this.#revision) },
    } as KubeObject;
    this.objects.set(key, next);
    this.#tell(plural, { type, object: next });
  }

  remove(plural: "nodes" | "pods", name: string): void {
    const object = this.objects.get(`${plural}/${name}`)!;
    this.objects.delete(`${plural}/${name}`);
    const metadata = { ...object.metadata, resourceVersion: String(++this.#revision) };
    this.#tell(plural, { type: "DELETED", object: { ...object, metadata } });
  }

  pod(name: string): Pod {
    return this.objects.get(`pods/${name}`) as Pod;
  }

  #tell(plural: string, event: WatchEvent<KubeObject>): void {
    if (this.isTelling) for (const watcher of this.#watchers) watcher(plural, event);
  }

  #write(what: string): void {
    const failure = this.fails(what);
    this.written.push(failure ? `${what} failed` : what);
    if (failure) throw failure;
  }

  #found({ plural, group }: Resource, { name }: ObjectName): Pod {
    const pod = this.objects.get(`${plural}/${name}`);
    if (!pod) throw notFound({ group, resource: plural }, name);
    return pod as Pod;
  }

  async *#watch({ plural }: Resource, { signal }: WatchOptions): AsyncGenerator<WatchEvent<KubeObject>> {
    const events: WatchEvent<KubeObject>[] = [];
    let more = Promise.withResolvers<void>();
    for (const [key, object] of this.objects) if (key.startsWith(`${plural}/`)) events.push({ type: "ADDED", object });
    events.push({ type: "BOOKMARK", resourceVersion: String(this.#revision), initialEnd: true });
    this.#watchers.add((of, event) => {
      if (of !== plural) return;
      events.push(event);
      more.resolve();
    });
    signal?.addEventListener("abort", () => more.resolve(), { once: true });
    while (!signal?.aborted) {
      for (const event of events.splice(0)) yield event;
      await more.promise;
      more = Promise.withResolvers();
    }
  }

  get client(): Client {
    const client = {
      user: "system:kube-scheduler",
      because: () => client,
      watch: (resource: Resource, options: WatchOptions) => this.#watch(resource, options),
      get: async (resource: Resource, name: ObjectName) => this.#found(resource, name),
      update: async (resource: Resource, object: KubeObject) => {
        await Promise.resolve();
        this.#write(`update ${resource.plural} ${object.metadata.name}`);
        this.put(object);
        return this.objects.get(`${resource.plural}/${object.metadata.name}`);
      },
      create: async (_resource: Resource, event: { reason: string; note: string; regarding: { name: string } }) => {
        this.#write(`event ${event.regarding.name} ${event.reason}`);
        return event;
      },
      command: async (resource: Resource, name: ObjectName, subresource: string, body: Binding) => {
        await Promise.resolve();
        this.#write(`${subresource} ${name.name} ${body.target.name}`);
        const pod = this.#found(resource, name);
        this.put({ ...pod, spec: { ...pod.spec, nodeName: body.target.name! } });
        return body;
      },
      patch: async (resource: Resource, name: ObjectName, { body }: { body: { status: Partial<Pod["status"]> } }) => {
        await this.takes();
        const [{ reason = "" } = {}] = body.status.conditions ?? [];
        const nominated = "nominatedNodeName" in body.status ? ` nominated=${body.status.nominatedNodeName}` : "";
        this.#write(`status ${name.name} ${reason}${nominated}`);
        const pod = this.#found(resource, name);
        const { nominatedNodeName, ...rest } = { ...pod.status, ...body.status };
        this.put({ ...pod, status: { ...rest, ...(nominatedNodeName && { nominatedNodeName }) } });
        return pod;
      },
      delete: async (_resource: Resource, name: ObjectName) => {
        await Promise.resolve();
        this.#write(`delete ${name.name}`);
        this.remove("pods", name.name);
        return {};
      },
    };
    return client as unknown as Client;
  }
}

/** Runs a scheduler over the API while `story` goes on. */
async function play(api: Api, story: (clock: VirtualClock) => Promise<void>): Promise<void> {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const stop = new AbortController();
  const { client } = api;
  const rest = { client, clock, random: seededRandom(1), log: silentLog };
  const caches = new CacheSet(rest);
  const running = Promise.all([caches.run(stop.signal), runScheduler({ ...rest, caches }, stop.signal)]);
  await clock.advance(10);
  await story(clock);
  stop.abort(new Error("the story is over"));
  await clock.advance(10);
  await running;
}

const writes = (api: Api) => api.written.splice(0).filter((one) => !one.startsWith("event"));

describe("placing", () => {
  test("a pod is bound, and that is told", async () => {
    const api = new Api();
    api.put(aNode("a"));
    await play(api, async (clock) => {
      api.put(aPod("p", { cpu: "1" }));
      await clock.advance(10);
      assert.equal(api.pod("p").spec.nodeName, "a");
      assert.deepEqual(api.written, ["binding p a", "event p Scheduled"]);
    });
  });

  test("another scheduler's pods and gated ones are left alone", async () => {
    const api = new Api();
    api.put(aNode("a"));
    api.put(aPod("p", { spec: { schedulerName: "mine" } }));
    api.put(aPod("q", { spec: { schedulingGates: [{ name: "later" }] } }));
    await play(api, async (clock) => {
      await clock.advance(1000);
      assert.deepEqual(api.written, []);
      api.put(aPod("q", { metadata: { generation: 2 } }));
      await clock.advance(10);
      assert.deepEqual(writes(api), ["binding q a"]);
    });
  });

  test("a pod that fits nowhere is told why once, and tried again only when that helps", async () => {
    const api = new Api();
    api.put(aNode("a", { cpu: "1" }));
    await play(api, async (clock) => {
      api.put(aPod("p", { cpu: "2" }));
      await clock.advance(200_000);
      assert.deepEqual(api.written.splice(0), ["event p FailedScheduling", "status p Unschedulable"]);
      api.put(aNode("a", { cpu: "1", labels: { other: "label" } }));
      await clock.advance(20_000);
      assert.deepEqual(api.written, []);
      api.put(aNode("a", { cpu: "4" }));
      await clock.advance(10);
      assert.deepEqual(writes(api), ["binding p a"]);
    });
  });
});

describe("refusals", () => {
  test("are written side by side: no pod waits for what is told of another", async () => {
    const api = new Api();
    api.put(aNode("a", { cpu: "1" }));
    await play(api, async (clock) => {
      api.takes = () => clock.sleep(1000);
      for (let i = 0; i < 20; i++) api.put(aPod(`big-${i}`, { cpu: "2" }));
      api.put(aPod("small", { cpu: "1" }));
      await clock.advance(10);
      assert.equal(api.pod("small").spec.nodeName, "a");
      await clock.advance(1000);
      assert.equal(writes(api).filter((one) => one.startsWith("status big-")).length, 20);
    });
  });

  test("are written before what comes of the next try", async () => {
    const api = new Api();
    await play(api, async (clock) => {
      api.takes = () => clock.sleep(5000);
      api.put(aPod("p", { cpu: "1" }));
      await clock.advance(10);
      api.put(aNode("a"));
      await clock.advance(10_000);
      assert.deepEqual(writes(api), ["status p Unschedulable", "binding p a"]);
    });
  });
});

describe("failures", () => {
  test("a binding that fails frees the room and is tried again after the back-off", async () => {
    const api = new Api();
    api.put(aNode("a", { cpu: "2" }));
    let left = 2;
    api.fails = (write) => (write.startsWith("binding p") && left-- > 0 ? serviceUnavailable("away") : undefined);
    await play(api, async (clock) => {
      api.put(aPod("p", { cpu: "2" }));
      await clock.advance(10);
      assert.deepEqual(writes(api), ["binding p a failed", "status p SchedulerError"]);
      // Its room is free for others meanwhile.
      api.put(aPod("q", { cpu: "2" }));
      await clock.advance(10);
      assert.equal(api.pod("q").spec.nodeName, "a");
      api.remove("pods", "q");
      await clock.advance(5000);
      assert.equal(api.pod("p").spec.nodeName, "a");
    });
  });

  test("a pod that somebody else bound meanwhile is counted where it is", async () => {
    const api = new Api();
    api.put(aNode("a", { cpu: "2" }));
    api.put(aNode("b", { cpu: "2", spec: { unschedulable: true } }));
    api.fails = (write) => {
      if (write !== "binding p a") return undefined;
      const pod = api.pod("p");
      api.put({ ...pod, spec: { ...pod.spec, nodeName: "b" } });
      return POD_BINDING_CONFLICT();
    };
    await play(api, async (clock) => {
      api.put(aPod("p", { cpu: "2" }));
      await clock.advance(10);
      api.put(aPod("q", { cpu: "2" }));
      await clock.advance(20_000);
      assert.equal(api.pod("q").spec.nodeName, "a");
      assert.equal(api.written.filter((one) => one.startsWith("binding p")).length, 1);
    });
  });

  test("a pod deleted while it is being bound is forgotten", async () => {
    const api = new Api();
    api.put(aNode("a", { cpu: "2" }));
    api.fails = (write) => {
      if (write === "binding p a") api.remove("pods", "p");
      return undefined;
    };
    await play(api, async (clock) => {
      api.put(aPod("p", { cpu: "2" }));
      await clock.advance(10);
      api.put(aPod("q", { cpu: "2" }));
      await clock.advance(20_000);
      assert.equal(api.pod("q").spec.nodeName, "a");
      assert.deepEqual(writes(api), ["binding p a", "binding q a"]);
    });
  });

  test("a condition that cannot be written is written with the next try", async () => {
    const api = new Api();
    let left = 1;
    api.fails = (write) => (write.startsWith("status") && left-- > 0 ? serviceUnavailable("away") : undefined);
    await play(api, async (clock) => {
      api.put(aPod("p"));
      await clock.advance(10);
      assert.deepEqual(writes(api), ["status p Unschedulable failed"]);
      await clock.advance(1000);
      assert.deepEqual(writes(api), ["status p Unschedulable"]);
    });
  });

  test("a binding that the watch never shows is asked for, and its room is given back when there is none", async () => {
    const api = new Api();
    api.put(aNode("a", { cpu: "2" }));
    await play(api, async (clock) => {
      api.put(aPod("p", { cpu: "2" }));
      api.isTelling = false;
      await clock.advance(10);
      assert.equal(api.pod("p").spec.nodeName, "a");
      api.remove("pods", "p");
      api.isTelling = true;
      api.put(aPod("q", { cpu: "2" }));
      await clock.advance(20_000);
      assert.equal(api.pod("q").spec.nodeName, undefined);
      await clock.advance(60_000);
      assert.equal(api.pod("q").spec.nodeName, "a");
    });
  });
});

describe("nodes that go", () => {
  test("pods of a removed node take room on the next one of its name until they are gone", async () => {
    const api = new Api();
    api.put(aNode("a", { cpu: "2" }));
    api.put(aPod("x", { cpu: "2", on: "a" }));
    await play(api, async (clock) => {
      api.remove("nodes", "a");
      api.put(aPod("p", { cpu: "2" }));
      await clock.advance(10);
      api.put(aNode("a", { cpu: "2", uid: "other" }));
      await clock.advance(20_000);
      assert.equal(api.pod("p").spec.nodeName, undefined);
      api.remove("pods", "x");
      await clock.advance(20_000);
      assert.equal(api.pod("p").spec.nodeName, "a");
    });
  });
});

describe("preemption", () => {
  test("the victim is told why, deleted, and the pod goes to the room kept for it", async () => {
    const api = new Api();
    api.put(aNode("a", { cpu: "2" }));
    api.put(aPod("x", { cpu: "2", on: "a" }));
    await play(api, async (clock) => {
      api.put(aPod("p", { cpu: "2", priority: 10 }));
      await clock.advance(10);
      assert.deepEqual(writes(api), [
        "status x PreemptionByScheduler",
        "delete x",
        "status p Unschedulable nominated=a",
      ]);
      await clock.advance(2000);
      assert.deepEqual(writes(api), ["binding p a"]);
    });
  });

  test("an eviction that fails gives up the room, and is tried again", async () => {
    const api = new Api();
    api.put(aNode("a", { cpu: "2" }));
    api.put(aPod("x", { cpu: "2", on: "a" }));
    let left = 1;
    api.fails = (write) => (write === "delete x" && left-- > 0 ? serviceUnavailable("away") : undefined);
    await play(api, async (clock) => {
      api.put(aPod("p", { cpu: "2", priority: 10 }));
      await clock.advance(20_000);
      assert.equal(api.pod("p").spec.nodeName, "a");
      assert.equal(api.objects.has("pods/x"), false);
    });
  });

  test("a victim that cannot be told why is not deleted; it is tried again", async () => {
    const api = new Api();
    api.put(aNode("a", { cpu: "2" }));
    api.put(aPod("x", { cpu: "2", on: "a" }));
    let left = 1;
    api.fails = (write) => {
      if (write !== "status x PreemptionByScheduler" || left-- <= 0) return undefined;
      return new StatusError({ code: 409, reason: "Conflict", message: "the object has been modified" });
    };
    await play(api, async (clock) => {
      api.put(aPod("p", { cpu: "2", priority: 10 }));
      await clock.advance(10);
      assert.ok(api.objects.has("pods/x"));
      assert.equal(api.written.includes("delete x"), false);
      await clock.advance(20_000);
      assert.equal(api.pod("p").spec.nodeName, "a");
      assert.equal(api.objects.has("pods/x"), false);
    });
  });
});

describe("volumes", () => {
  const claim = (spec = {}, rest = {}) => aClaim("c", { storageClassName: "local", ...spec }, rest);
  const storage = (provisioner: string) =>
    aStored("StorageClass", "local", { provisioner, volumeBindingMode: "WaitForFirstConsumer" });
  const bound = (volumeName: string, more = {}) =>
    claim({ volumeName }, { metadata: { annotations: { "pv.kubernetes.io/bind-completed": "yes", ...more } } });
  const SELECTED = "volume.kubernetes.io/selected-node";

  test("a volume is claimed, the node told, and the pod bound once its claim is", async () => {
    const api = new Api();
    for (const one of [aNode("a"), storage("kubernetes.io/no-provisioner"), claim()]) api.put(one);
    api.put(aVolume("v", { storageClassName: "local" }));
    await play(api, async (clock) => {
      api.put(aPod("p", claiming("c")));
      await clock.advance(10);
      assert.deepEqual(writes(api), ["status p  nominated=a", "update persistentvolumes v"]);
      const { spec } = api.objects.get("persistentvolumes/v") as unknown as { spec: { claimRef: object } };
      assert.deepEqual(spec.claimRef, {
        kind: "PersistentVolumeClaim",
        apiVersion: "v1",
        namespace: "demo",
        name: "c",
        uid: "PersistentVolumeClaim-c",
        resourceVersion: "4",
      });
      // A claim that is told of in the meantime does not get the same volume.
      api.put(aClaim("d", { storageClassName: "local" }));
      api.put(aPod("q", claiming("d")));
      await clock.advance(5000);
      assert.equal(api.pod("q").spec.nodeName, undefined);
      assert.equal(api.pod("p").spec.nodeName, undefined);
      api.put(bound("v"));
      await clock.advance(200);
      assert.equal(api.pod("p").spec.nodeName, "a");
    });
  });

  test("a provisioner is told the node; when it takes that away the pod is tried anew", async () => {
    const api = new Api();
    for (const one of [aNode("a"), storage("example.com/x"), claim()]) api.put(one);
    await play(api, async (clock) => {
      api.put(aPod("p", claiming("c")));
      await clock.advance(10);
      const told = () => api.objects.get("persistentvolumeclaims/c")?.metadata.annotations?.[SELECTED];
      assert.equal(told(), "a");
      api.put(claim());
      await clock.advance(200);
      assert.equal(told(), undefined);
      assert.match(JSON.stringify(api.pod("p").status.conditions), /selectedNode annotation reset for PVC/);
      await clock.advance(2000);
      assert.equal(told(), "a");
      api.put(bound("v", { [SELECTED]: "a" }));
      await clock.advance(200);
      assert.equal(api.pod("p").spec.nodeName, "a");
    });
  });

  test("a pod deleted meanwhile is waited for no longer, and its volume is free again", async () => {
    const api = new Api();
    for (const one of [aNode("a"), storage("kubernetes.io/no-provisioner"), claim()]) api.put(one);
    api.put(aVolume("v", { storageClassName: "local" }));
    api.fails = (write) => (write.startsWith("update") ? serviceUnavailable("away") : undefined);
    await play(api, async (clock) => {
      api.put(aPod("p", claiming("c")));
      await clock.advance(10);
      api.remove("pods", "p");
      api.fails = () => undefined;
      api.put(aClaim("d", { storageClassName: "local" }));
      api.put(aPod("q", claiming("d")));
      await clock.advance(10);
      assert.equal(api.pod("q").status.nominatedNodeName, "a");
    });
  });
});
