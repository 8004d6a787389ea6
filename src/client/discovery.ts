// What an API server serves, asked of the server itself (aggregated discovery, v2). It refuses to cache: who needs the
// answer twice keeps it.
import { internalError } from "../schema/meta/status.ts";
import type { Resource, Verb } from "../schema/resource.ts";
import type { HttpsClient } from "./https.ts";
import { IncompleteDiscoveryError } from "./incomplete-discovery.ts";
import { metadataOf } from "./metadata-only.ts";

const ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** The document, as far as it is read. */
interface GroupDiscoveryList {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      /** `Stale`: the server behind an APIService does not answer. */
      readonly freshness?: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind?: { readonly kind: string };
        readonly scope: "Namespaced" | "Cluster";
        readonly verbs: readonly string[];
      }[];
    }[];
  }[];
}

/**
 * Every kind that the server serves, each in the version that the server prefers: as `known` has it where group, version
 * and plural agree, else as its metadata alone. Throws a StatusError when discovery fails, and an IncompleteDiscoveryError
 * when servers behind APIServices do not answer.
 */
export async function discoverKinds(
  client: HttpsClient,
  known: readonly Resource[],
  signal?: AbortSignal,
): Promise<readonly Resource[]> {
  const ours = new Map(known.map((r) => [`${r.group}/${r.version}/${r.plural}`, r]));
  const found = new Map<string, Resource>();
  const stale: string[] = [];
  for (const path of ["/api", "/apis"]) {
    const { status, body } = await client.raw("GET", path, { accept: ACCEPT, ...(signal && { signal }) });
    if (status !== 200) throw internalError(`discovery at ${path} answered ${status}`);
    for (const { metadata, versions = [] } of (JSON.parse(body) as GroupDiscoveryList).items ?? []) {
      const group = metadata?.name ?? "";
      for (const { version, freshness, resources = [] } of versions) {
        if (freshness === "Stale") {
          stale.push(`${group}/${version}`);
          continue;
        }
        for (const { resource: plural, responseKind, scope, verbs } of resources) {
          const key = `${group}/${plural}`;
          // Versions come preferred first.
          if (found.has(key) || responseKind === undefined) continue;
          const kind = { group, version, kind: responseKind.kind, plural, scope, verbs: verbs as readonly Verb[] };
          found.set(key, ours.get(`${group}/${version}/${plural}`) ?? metadataOf(kind));
        }
      }
    }
  }
  if (stale.length > 0) throw new IncompleteDiscoveryError([...found.values()], stale);
  return [...found.values()];
}
