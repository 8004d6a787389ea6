// What admission, authorizers and allocators read: the server's own watch cache, as frozen objects. It refuses to write.
import type { KubeObject, Resource } from "../../schema/resource.ts";
import type { Store } from "../../store/store.ts";
import type { Lookup } from "../admission/plugin.ts";
import { prefixOf, workedKept } from "../kinds.ts";
import type { Kinds, ServedKind } from "../kinds.ts";
import type { Kept } from "./kept.ts";
import { everything } from "./selection.ts";

/** A kind that this server does not serve has no objects. */
export function lookupOf(kinds: Kinds, store: Store): Lookup {
  const served = (resource: Resource): ServedKind | undefined => kinds.of(resource);
  const shown = <T extends KubeObject>(kind: ServedKind, kept: Kept): T => workedKept(kind, kept) as T;
  return {
    get<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string) {
      const kind = served(resource);
      const kept = kind?.cache?.get(kind.cache.keyOf(namespace, name));
      return kept && shown<T>(kind!, kept);
    },
    list<T extends KubeObject>(resource: Resource<T>, namespace = "") {
      const kind = served(resource);
      if (kind?.cache === undefined || kind.cache.size === 0) return [];
      return [...kind.cache.list(everything(namespace))].map((kept) => shown<T>(kind, kept));
    },
    byField<T extends KubeObject>(resource: Resource<T>, field: string, value: string) {
      const kind = served(resource);
      if (kind?.cache === undefined) return [];
      const selection = {
        ...everything(""),
        fields: [{ key: field, value }],
        matches: (kept: { fields: Readonly<Record<string, string>> | undefined }) => kept.fields?.[field] === value,
      };
      return [...kind.cache.list(selection)].map((kept) => shown<T>(kind, kept));
    },
    revision(resource) {
      return served(resource)?.cache?.changed ?? 0;
    },
    async read<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string) {
      const kind = served(resource);
      if (kind?.cache === undefined) return undefined;
      const key = prefixOf(kind.stored) + (namespace ? `${namespace}/` : "") + name;
      const { entry } = await store.get(key);
      return entry && shown<T>(kind, kind.cache.keep(entry, undefined));
    },
  };
}
