// What is stored in any version of a kind, as one of them: asked for once for each kept object, remembered as long as that is
// kept. It refuses to know who converts.
import { applyDefaults } from "../../schema/default.ts";
import { decodeValue } from "../../schema/decode.ts";
import type { AnyObjectNode, JsonObject } from "../../schema/node.ts";
import type { KubeObject } from "../../schema/resource.ts";
import { writeJson } from "../../schema/write.ts";
import type { Kept } from "../watch-cache/kept.ts";

/** Objects of any version in another one, in the same order. Rejects with a StatusError. */
export type ConvertObjects = (objects: readonly JsonObject[], apiVersion: string) => Promise<readonly JsonObject[]>;

/** One version of a kind. */
export interface Version {
  readonly apiVersion: string;
  readonly schema: AnyObjectNode;
}

/** All versions of a kind, those too that nobody serves: objects may be stored in each. */
export interface Versions {
  readonly all: readonly Version[];
  readonly convert: ConvertObjects;
}

export class Conversion {
  readonly #versions: Versions;
  readonly #own: Version;
  readonly #stored: Version;
  readonly #known = new WeakMap<Kept, KubeObject>();
  /** Those that were asked for already. */
  readonly #pending = new WeakMap<Kept, Promise<void>>();

  /** To and from `own`, for objects that are written as `stored`. */
  constructor(versions: Versions, own: Version, stored: Version) {
    this.#versions = versions;
    this.#own = own;
    this.#stored = stored;
  }

  /** Resolves when all of these can be {@link shown}; undefined when they can be already. */
  ready(all: readonly Kept[]): Promise<unknown> | undefined {
    const { apiVersion } = this.#own;
    const others = all.filter((kept) => kept.form.apiVersion !== apiVersion && !this.#known.has(kept));
    if (others.length === 0) return undefined;
    const fresh = others.filter((kept) => !this.#pending.has(kept));
    if (fresh.length > 0) {
      const asked = this.#ask(fresh).finally(() => {
        for (const kept of fresh) this.#pending.delete(kept);
      });
      for (const kept of fresh) this.#pending.set(kept, asked);
    }
    const waiting = new Set<Promise<void>>();
    for (const kept of others) {
      const pending = this.#pending.get(kept);
      if (pending !== undefined) waiting.add(pending);
    }
    return Promise.all(waiting);
  }

  async #ask(kept: readonly Kept[]): Promise<void> {
    const objects = kept.map(({ line }) => JSON.parse(line.toString("utf8")) as JsonObject);
    const converted = await this.#versions.convert(objects, this.#own.apiVersion);
    for (const [i, one] of kept.entries()) this.#known.set(one, read(this.#own, converted[i]!));
  }

  /** A kept object in this version, with its resourceVersion. It must be {@link ready}. */
  shown(kept: Kept): KubeObject {
    if (kept.form.apiVersion === this.#own.apiVersion) return kept.object;
    const found = this.#known.get(kept);
    if (found === undefined) throw new Error(`${kept.key} was not converted to ${this.#own.apiVersion}`);
    return found;
  }

  /** An object of this version as it is stored; the same one where that is this version. */
  toStored(object: KubeObject): KubeObject | Promise<KubeObject> {
    return this.to(this.#stored, object);
  }

  /** An object of this version in another one. */
  to(version: Version, object: KubeObject): KubeObject | Promise<KubeObject> {
    if (version.apiVersion === this.#own.apiVersion) return object;
    const value = JSON.parse(writeJson(this.#own.schema, object)) as JsonObject;
    return this.#versions.convert([value], version.apiVersion).then(([converted]) => read(version, converted!));
  }
}

/** Pruned, in declared order, with today's defaults. */
function read({ schema }: Version, value: JsonObject): KubeObject {
  return applyDefaults(schema, decodeValue(schema, value).value) as unknown as KubeObject;
}
