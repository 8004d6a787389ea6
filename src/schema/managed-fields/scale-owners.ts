// Owners of `spec.replicas` seen through the scale subresource: an owner of the object's replicas owns those of the
// Scale,
// and back. It refuses to know more of an object than that one path.
import type { ManagedFieldsEntry } from "../meta/object-meta.ts";
import { stepsOf } from "../pointer.ts";
import { readOwners, writeOwners } from "./entries.ts";
import type { Owner } from "./entries.ts";
import { difference, has, setOf } from "./field-set.ts";
import type { PathElement } from "./path-element.ts";

const SCALE_VERSION = "autoscaling/v1";
const SCALE_PATH = ["f:spec", "f:replicas"];

/** apiVersion of the parent → dotted path of its replicas there. */
export type ReplicasPaths = Readonly<Record<string, string>>;

const pathIn = (paths: ReplicasPaths, apiVersion: string): readonly PathElement[] | undefined => {
  const path = Object.hasOwn(paths, apiVersion) ? paths[apiVersion] : undefined;
  return path === undefined ? undefined : stepsOf(path).map((step) => `f:${step}`);
};

/** The entries of the Scale that stands for a parent with `entries`. */
export function scaleEntries(
  entries: readonly ManagedFieldsEntry[] | undefined,
  paths: ReplicasPaths,
): readonly ManagedFieldsEntry[] {
  const owners = new Map<string, Owner>();
  for (const [id, owner] of readOwners(entries)) {
    const path = pathIn(paths, owner.apiVersion);
    if (path && has(owner.set, path)) owners.set(id, { ...owner, apiVersion: SCALE_VERSION, set: setOf(SCALE_PATH) });
  }
  return writeOwners(owners);
}

/** The parent's entries after its Scale got `scale`. `apiVersion` is the parent's version of the request. */
export function parentEntries(
  entries: readonly ManagedFieldsEntry[] | undefined,
  scale: readonly ManagedFieldsEntry[] | undefined,
  paths: ReplicasPaths,
  apiVersion: string,
): readonly ManagedFieldsEntry[] {
  const result = new Map<string, Owner>();
  const scaling = new Map([...readOwners(scale).values()].map((owner) => [scaleKey(owner), owner]));
  for (const [id, owner] of readOwners(entries)) {
    if (!Object.hasOwn(paths, owner.apiVersion)) continue;
    const path = pathIn(paths, owner.apiVersion);
    if (!path || !has(owner.set, path)) {
      result.set(id, owner);
      continue;
    }
    if (scaling.delete(scaleKey(owner))) {
      result.set(id, owner);
      continue;
    }
    const set = difference(owner.set, setOf(path));
    if (set.size > 0) result.set(id, { ...owner, set });
  }
  const path = pathIn(paths, apiVersion);
  for (const [id, owner] of scaling) {
    if (!path || !has(owner.set, SCALE_PATH)) continue;
    const { time: _none, ...rest } = owner;
    result.set(`scale ${id}`, { ...rest, time: undefined, apiVersion, set: setOf(path) });
  }
  return writeOwners(result);
}

/** An owner on both sides: the version differs between Scale and parent. */
const scaleKey = ({ manager, operation, subresource }: Owner) => JSON.stringify([manager, operation, subresource]);
