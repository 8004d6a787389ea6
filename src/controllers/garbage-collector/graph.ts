// Who owns whom, by uid, as far as the caches tell. Pure memory. It refuses to ask the API and to decide what goes.
import type { OwnerReference } from "../../schema/meta/object-meta.ts";
import type { KubeObject, Resource } from "../../schema/resource.ts";

export interface GraphNode {
  readonly uid: string;
  /** In the version in which it was last seen. */
  resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string;
  owners: readonly OwnerReference[];
  /** Its deletion waits until its dependents are gone (foreground). */
  deletesDependents: boolean;
  /** Its deletion was asked for. */
  isLeaving: boolean;
  /** Owners that its last change took away. */
  lostOwners?: readonly OwnerReference[];
}

export class OwnershipGraph {
  readonly #nodes = new Map<string, GraphNode>();
  /** Uids of dependents by the owner's uid, whether the owner is known or not. */
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  dependentsOf(uid: string): readonly GraphNode[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#nodes.get(dependent) ?? []);
  }

  /** Enters an object or its change; `newOwners` are references that it did not have before. */
  put(
    resource: Resource,
    { metadata }: KubeObject,
  ): { readonly node: GraphNode; readonly newOwners: readonly OwnerReference[] } {
    const { uid = "", namespace, name = "", ownerReferences = [], deletionTimestamp, finalizers = [] } = metadata;
    const before = this.#nodes.get(uid);
    const node: GraphNode = before ?? {
      uid,
      resource,
      namespace,
      name,
      owners: [],
      deletesDependents: false,
      isLeaving: false,
    };
    if (!before) this.#nodes.set(uid, node);
    node.resource = resource;
    const had = new Set(node.owners.map((owner) => owner.uid));
    const has = new Set(ownerReferences.map((owner) => owner.uid));
    const lost = node.owners.filter((owner) => !has.has(owner.uid));
    for (const owner of lost) this.#leave(owner.uid, uid);
    for (const owner of has) this.#enter(owner, uid);
    // A reference that blocks no longer frees its owner as one that is gone.
    const freed = node.owners.filter(
      (o) => o.blockOwnerDeletion && ownerReferences.some((n) => n.uid === o.uid && !n.blockOwnerDeletion),
    );
    node.owners = ownerReferences;
    node.lostOwners = [...lost, ...freed];
    node.isLeaving = deletionTimestamp !== undefined;
    node.deletesDependents = deletionTimestamp !== undefined && finalizers.includes("foregroundDeletion");
    return { node, newOwners: ownerReferences.filter((owner) => !had.has(owner.uid)) };
  }

  remove(uid: string): GraphNode | undefined {
    const node = this.#nodes.get(uid);
    this.#nodes.delete(uid);
    for (const owner of node?.owners ?? []) this.#leave(owner.uid, uid);
    return node;
  }

  #enter(owner: string, dependent: string): void {
    const set = this.#dependents.get(owner);
    if (set) set.add(dependent);
    else this.#dependents.set(owner, new Set([dependent]));
  }

  #leave(owner: string, dependent: string): void {
    const set = this.#dependents.get(owner);
    if (set?.delete(dependent) && set.size === 0) this.#dependents.delete(owner);
  }
}
