// A watcher that nobody disturbs sees every change, once, in order, and its lists are the store at that revision. It
// refuses to be clever: it lists, watches, and begins again where it was.
import { StatusError, hasReason } from "../../../src/schema/meta/status.ts";
import { Deployment } from "../../../src/resources/apps/deployment.ts";
import { ReplicaSet } from "../../../src/resources/apps/replica-set.ts";
import { ConfigMap } from "../../../src/resources/core/config-map.ts";
import { Pod } from "../../../src/resources/core/pod.ts";
import type { KubeObject, Resource } from "../../../src/schema/resource.ts";
import type { Fact } from "../truth.ts";
import type { World } from "../world.ts";
import type { Finding, Invariant, Judge } from "./invariant.ts";

/** So long may a change take to a watcher whose server runs. */
const LATE_MS = 3000;

export const shadowWatch: Invariant = {
  name: "shadow watch",
  judge(world) {
    const shadows = [Pod, ReplicaSet, Deployment, ConfigMap].map(
      (resource) => new Shadow(world, resource as unknown as Resource),
    );
    const first = (ask: (shadow: Shadow) => Finding): Finding => {
      for (const shadow of shadows) {
        const found = ask(shadow);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    return {
      onStep: () => first((shadow) => shadow.late()),
      unsettled: () => first((shadow) => shadow.behind()),
    } satisfies Judge;
  },
};

class Shadow {
  readonly #world: World;
  readonly #resource: Resource;
  readonly #kind: string;
  /** How many of the kind's facts were seen; undefined before the first list. */
  #seen: number | undefined;
  #generation = 0;
  #since = 0;

  constructor(world: World, resource: Resource) {
    this.#world = world;
    this.#resource = resource;
    this.#kind = `${resource.group || "core"}/${resource.plural}`;
    void this.#run();
  }

  get #facts(): readonly Fact[] {
    return this.#world.cluster.truth.facts(this.#kind);
  }

  /** A change that should have come by now. */
  late(): Finding {
    const { cluster } = this.#world;
    if (this.#seen === undefined || !cluster.apiserver.alive) return undefined;
    if (this.#generation !== cluster.generation()) {
      this.#generation = cluster.generation();
      this.#since = cluster.clock.now();
    }
    const next = this.#facts[this.#seen];
    const waiting = next && cluster.clock.now() - Math.max(next.at, this.#since);
    return waiting !== undefined && waiting > LATE_MS
      ? `the watch of ${this.#kind} did not tell of ${text(next!)} for ${waiting} ms`
      : undefined;
  }

  behind(): Finding {
    return this.#seen === this.#facts.length ? undefined : `the watch of ${this.#kind} is behind`;
  }

  async #run(): Promise<void> {
    const { cluster } = this.#world;
    for (;;) {
      const client = cluster.observer();
      try {
        if (client) {
          const { metadata, items } = await client.list(this.#resource);
          this.#listed(Number(metadata.resourceVersion), items);
          await this.#follow(metadata.resourceVersion);
        }
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        const expected = hasReason(error, "Expired", "ServiceUnavailable", "InternalError", "Timeout");
        if (!expected) this.#world.violated(shadowWatch.name, `watching ${this.#kind}: ${String(error)}`);
      }
      await cluster.clock.sleep(100);
    }
  }

  #listed(revision: number, items: readonly KubeObject[]): void {
    const held = new Map<string, number>();
    let seen = 0;
    for (const fact of this.#facts) {
      if (fact.revision > revision) break;
      seen++;
      if (fact.object) held.set(fact.key, fact.revision);
      else held.delete(fact.key);
    }
    this.#seen = seen;
    const same =
      items.length === held.size &&
      items.every((item) => held.get(keyOf(this.#kind, item)) === Number(item.metadata.resourceVersion));
    if (same) return;
    const shown = items.map((item) => `${keyOf(this.#kind, item)}@${item.metadata.resourceVersion}`);
    this.#world.violated(
      shadowWatch.name,
      `the list of ${this.#kind} at ${revision} is ${shown.join(" ")}, the store holds ${[...held].map((pair) => pair.join("@")).join(" ")}`,
    );
  }

  async #follow(from: string): Promise<void> {
    const { cluster } = this.#world;
    let resourceVersion = from;
    for (;;) {
      const client = cluster.observer();
      if (!client) {
        await cluster.clock.sleep(100);
        continue;
      }
      for await (const event of client.watch(this.#resource, { resourceVersion })) {
        if (event.type === "BOOKMARK") continue;
        const fact = this.#facts[this.#seen!];
        const { metadata } = event.object;
        const isNext =
          fact &&
          fact.key === keyOf(this.#kind, event.object) &&
          fact.revision === Number(metadata.resourceVersion) &&
          event.type === typeOf(fact);
        if (!isNext)
          return this.#world.violated(
            shadowWatch.name,
            `a watch of ${this.#kind} tells ${event.type} ${metadata.namespace}/${metadata.name}@${metadata.resourceVersion}, the next change is ${fact ? text(fact) : "none"}`,
          );
        this.#seen!++;
        resourceVersion = metadata.resourceVersion!;
      }
      await cluster.clock.sleep(100);
    }
  }
}

const keyOf = (kind: string, { metadata: { namespace, name } }: KubeObject): string =>
  `${kind}/${namespace ? `${namespace}/` : ""}${name}`;

const typeOf = ({ object, old }: Fact): string =>
  object === undefined ? "DELETED" : old === undefined ? "ADDED" : "MODIFIED";

const text = (fact: Fact): string => `${typeOf(fact)} ${fact.key}@${fact.revision}`;
