// Objects besides nodes and pods that decide where pods go: labels of namespaces, and who selects pods as its own.
// Pure values.
import { NOTHING } from "../schema/label-selector.ts";
import type { Labels, LabelQuery } from "../schema/label-selector.ts";
import type { Pod } from "../resources/core/pod.ts";
import type { Storage } from "./storage.ts";
import { NO_STORAGE } from "./storage.ts";

/** A Service, or a workload that keeps a number of pods. */
export interface Selecting {
  readonly kind: "Service" | "ReplicationController" | "ReplicaSet" | "StatefulSet";
  readonly uid: string;
  readonly query: LabelQuery;
}

export interface Related {
  /** namespace → its labels. */
  readonly namespaces: ReadonlyMap<string, Labels>;
  /** namespace → uid → who selects pods there. */
  readonly selecting: ReadonlyMap<string, ReadonlyMap<string, Selecting>>;
  /** Volumes, claims to them, and who makes them. */
  readonly storage: Storage;
}

export const NO_RELATED: Related = { namespaces: new Map(), selecting: new Map(), storage: NO_STORAGE };

/** The selectors that all pods of this pod's services and of its controller match; none: it belongs to nobody. */
export function kindred(pod: Pod, { selecting }: Related): readonly LabelQuery[] {
  const here = selecting.get(pod.metadata.namespace ?? "");
  if (!here) return [];
  const queries: LabelQuery[] = [];
  for (const { kind, query } of here.values()) {
    if (kind === "Service" && query !== NOTHING && query.matches(pod.metadata.labels)) queries.push(query);
  }
  for (const owner of pod.metadata.ownerReferences ?? []) {
    const found = owner.controller ? here.get(owner.uid) : undefined;
    if (found && !found.query.isEmpty) queries.push(found.query);
  }
  return queries;
}
