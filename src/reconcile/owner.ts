// Who owns what: making controller references, and claiming pods by selector as upstream's ref managers do.
// It refuses to decide what to do with what was claimed.
import type { Client } from "../client/client.ts";
import type { OwnerReference } from "../schema/meta/object-meta.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import { apiVersionOf } from "../schema/resource.ts";

/** The reference that makes `owner` the controller of whatever carries it. */
export function controllerReference(resource: Resource, owner: KubeObject): OwnerReference {
  const { name = "", uid = "" } = owner.metadata;
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The controlling owner of an object, if it has one. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((o) => o.controller);

export const isOwnedBy = (object: KubeObject, owner: KubeObject): boolean =>
  controllerOf(object)?.uid === owner.metadata.uid;

export interface Claim<T extends KubeObject> {
  readonly client: Client;
  /** The kind and the object that claims. */
  readonly ownerResource: Resource;
  readonly owner: KubeObject;
  /** What may be claimed. */
  readonly resource: Resource<T>;
  /** Candidates in the owner's namespace, owned or not. */
  readonly candidates: readonly T[];
  readonly matches: (object: T) => boolean;
  /** Whether an orphan may be taken at all; finished pods, say, may not. */
  readonly adoptable?: (object: T) => boolean;
  /** Put on what is adopted, and taken from what is released. */
  readonly finalizer?: string;
}

/**
 * The candidates that belong to the owner: those it controls and that match, and matching orphans, which are adopted
 * first. What it controls and no longer matches is released. Before the first adoption the owner is read again, so
 * that an owner deleted meanwhile (or replaced under its name) adopts nothing.
 */
export async function claim<T extends KubeObject>(c: Claim<T>): Promise<T[]> {
  const mine: T[] = [];
  let mayAdopt: Promise<boolean> | undefined;
  const dying = c.owner.metadata.deletionTimestamp !== undefined;
  for (const object of c.candidates) {
    const owner = controllerOf(object);
    if (owner && owner.uid !== c.owner.metadata.uid) continue;
    if (owner) {
      if (c.matches(object)) mine.push(object);
      else if (!dying) await release(c, object);
      continue;
    }
    if (dying || object.metadata.deletionTimestamp || !c.matches(object) || !(c.adoptable?.(object) ?? true)) continue;
    mayAdopt ??= ownerStillLives(c);
    if (!(await mayAdopt)) continue;
    const adopted = await adopt(c, object);
    if (adopted) mine.push(adopted);
  }
  return mine;
}

async function ownerStillLives<T extends KubeObject>({ client, ownerResource, owner }: Claim<T>): Promise<boolean> {
  try {
    const { namespace, name = "" } = owner.metadata;
    const fresh = await client.get(ownerResource, { namespace, name });
    return fresh.metadata.uid === owner.metadata.uid && !fresh.metadata.deletionTimestamp;
  } catch (error) {
    if (hasReason(error, "NotFound")) return false;
    throw error;
  }
}

/** Adds our reference, provided that the object is still the one we saw. Undefined when it has gone. */
async function adopt<T extends KubeObject>(c: Claim<T>, object: T): Promise<T | undefined> {
  const { namespace, name = "", uid } = object.metadata;
  const ownerReferences = [controllerReference(c.ownerResource, c.owner)];
  const body = { metadata: { uid, ownerReferences, ...(c.finalizer && { finalizers: [c.finalizer] }) } };
  return settle(() => c.client.patch(c.resource, { namespace, name }, { type: "strategic", body }));
}

async function release<T extends KubeObject>(c: Claim<T>, object: T): Promise<void> {
  const { namespace, name = "", uid } = object.metadata;
  const ownerReferences = [{ $patch: "delete", uid: c.owner.metadata.uid }];
  const freed = c.finalizer && { "$deleteFromPrimitiveList/finalizers": [c.finalizer] };
  const body = { metadata: { uid, ownerReferences, ...freed } };
  await settle(() => c.client.patch(c.resource, { namespace, name }, { type: "strategic", body }));
}

/**
 * What is gone is no failure here: there is nothing left to claim. A conflict is one: somebody was faster, or there is
 * another object under the name, and whoever claims has to look again.
 */
async function settle<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    if (hasReason(error, "NotFound", "Invalid")) return undefined;
    throw error;
  }
}
