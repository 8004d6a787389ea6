// Every kind that can be had through this server, for its own components: what it serves itself, and what other servers
// have said that they serve. It refuses to ask those servers.
import { IncompleteDiscoveryError } from "../../client/incomplete-discovery.ts";
import { metadataOf } from "../../client/metadata-only.ts";
import type { Resource, Verb } from "../../schema/resource.ts";
import { allGroups } from "../endpoints/discovery.ts";
import type { Parts } from "../parts.ts";

/**
 * Each in the version that is preferred; those of other servers as their metadata alone, and the same value as long as
 * nothing changes. Throws an IncompleteDiscoveryError when one of those servers does not answer.
 */
export class Discovered {
  readonly #parts: Parts;
  readonly #remote = new Map<string, Resource>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  kinds(): readonly Resource[] {
    const { kinds, aggregation } = this.#parts;
    const found = new Map<string, Resource>();
    const stale: string[] = [];
    const add = (resource: Resource) => {
      const key = `${resource.group}/${resource.plural}`;
      // Versions come preferred first.
      if (!found.has(key)) found.set(key, resource);
    };
    for (const [group, versions] of allGroups(this.#parts, "group")) {
      for (const [version, local] of versions) {
        const groupVersion = `${group}/${version}`;
        if (!aggregation?.services.remotes.has(groupVersion)) {
          for (const { plural } of local) add(kinds.find(group, version, plural)!.resource);
          continue;
        }
        const { freshness, resources } = aggregation.discovery.get(groupVersion);
        if (freshness === "Stale") stale.push(groupVersion);
        else for (const { resource, ...one } of resources) add(this.#metadataOf(group, version, resource, one));
      }
    }
    if (stale.length > 0) throw new IncompleteDiscoveryError([...found.values()], stale);
    return [...found.values()];
  }

  #metadataOf(
    group: string,
    version: string,
    plural: string,
    about: Pick<Resource, "scope"> & {
      readonly verbs: readonly string[];
      readonly responseKind: { readonly kind: string };
    },
  ): Resource {
    const { kind } = about.responseKind;
    const said = { group, version, kind, plural, scope: about.scope, verbs: about.verbs as readonly Verb[] };
    const key = JSON.stringify(said);
    let known = this.#remote.get(key);
    if (known === undefined) this.#remote.set(key, (known = metadataOf(said)));
    return known;
  }
}
