// What other servers say that they serve, for our own discovery: kept from the last time each was asked. It refuses to ask
// (upkeep/api-availability.ts does, which has to see the same document).
import { isJsonObject } from "../../schema/freeze.ts";

/** A resource as aggregated discovery shows it. */
export interface RemoteResource {
  readonly resource: string;
  readonly responseKind: ResponseKind;
  readonly scope: "Namespaced" | "Cluster";
  readonly singularResource: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly {
    readonly subresource: string;
    readonly responseKind: ResponseKind;
    readonly verbs: readonly string[];
  }[];
}

interface ResponseKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface RemoteVersion {
  readonly resources: readonly RemoteResource[];
  /** Stale: the server does not answer; these are the resources that it had. */
  readonly freshness: "Current" | "Stale";
}

const NOTHING: RemoteVersion = { resources: [], freshness: "Stale" };

export class RemoteDiscovery {
  readonly #versions = new Map<string, RemoteVersion>();
  /** Rises with each change. */
  generation = 0;

  /** `apps/v1`. What was never asked for is stale. */
  get(groupVersion: string): RemoteVersion {
    return this.#versions.get(groupVersion) ?? NOTHING;
  }

  /** The server has answered with this APIResourceList. */
  heard(groupVersion: string, body: string): void {
    this.#set(groupVersion, { resources: resourcesIn(body, groupVersion), freshness: "Current" });
  }

  /** The server does not answer. */
  lost(groupVersion: string): void {
    this.#set(groupVersion, { ...this.get(groupVersion), freshness: "Stale" });
  }

  forget(groupVersion: string): void {
    if (this.#versions.delete(groupVersion)) this.generation++;
  }

  #set(groupVersion: string, version: RemoteVersion): void {
    if (JSON.stringify(version) === JSON.stringify(this.#versions.get(groupVersion))) return;
    this.#versions.set(groupVersion, version);
    this.generation++;
  }
}

interface Listed {
  readonly name: string;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly singularName?: string;
  readonly namespaced?: boolean;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

/** The resources of an APIResourceList; none for what is no such list. */
function resourcesIn(body: string, groupVersion: string): readonly RemoteResource[] {
  const [group = "", version = ""] = groupVersion.split("/");
  const all = listedIn(body);
  const kindOf = (one: Listed): ResponseKind => ({
    group: one.group ?? group,
    version: one.version ?? version,
    kind: one.kind,
  });
  const parts = all.filter(({ name }) => name.includes("/"));
  return all
    .filter(({ name }) => !name.includes("/"))
    .map((one) => {
      const subresources = parts
        .filter(({ name }) => name.startsWith(`${one.name}/`))
        .map((part) => ({
          subresource: part.name.slice(one.name.length + 1),
          responseKind: kindOf(part),
          verbs: part.verbs ?? [],
        }));
      return {
        resource: one.name,
        responseKind: kindOf(one),
        scope: one.namespaced ? "Namespaced" : "Cluster",
        singularResource: one.singularName ?? "",
        verbs: one.verbs ?? [],
        ...(one.shortNames?.length && { shortNames: one.shortNames }),
        ...(one.categories?.length && { categories: one.categories }),
        ...(subresources.length > 0 && { subresources }),
      };
    });
}

function listedIn(body: string): readonly Listed[] {
  try {
    const value: unknown = JSON.parse(body);
    const resources = isJsonObject(value) ? value["resources"] : undefined;
    return Array.isArray(resources)
      ? (resources as readonly Listed[]).filter((one) => typeof one?.name === "string")
      : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
