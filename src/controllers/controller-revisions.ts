// The past and present templates of a StatefulSet or DaemonSet, as ControllerRevisions: finding, making and forgetting them.
// It refuses to decide which pod gets which.
import { ControllerRevision } from "../resources/apps/controller-revision.ts";
import type { PodTemplateSpec } from "../resources/core/pod-template-spec.ts";
import { templateHash } from "../resources/core/pod/template-hash.ts";
import { equalJson } from "../schema/equality.ts";
import { hasReason } from "../schema/meta/status.ts";
import type { JsonObject } from "../schema/node.ts";
import { sortedKeys } from "../schema/write.ts";
import type { KubeObject, Resource } from "../schema/resource.ts";
import type { ReconcileContext } from "../reconcile/controller.ts";
import { controllerOf, controllerReference, isOwnedBy } from "../reconcile/owner.ts";

/** What both kinds have in common. */
export interface Revised extends KubeObject {
  readonly spec: { readonly template: PodTemplateSpec; readonly revisionHistoryLimit?: number | undefined };
  readonly status: { readonly collisionCount?: number | undefined; readonly currentRevision?: string | undefined };
}

export interface RevisedKind {
  readonly resource: Resource;
  /** The label of a revision that holds its hash. */
  readonly hashLabel: string;
}

export interface Revisions {
  /** The one that pods are moved from. */
  readonly current: ControllerRevision;
  /** The one of the present template. */
  readonly update: ControllerRevision;
  readonly all: readonly ControllerRevision[];
  readonly collisionCount: number;
}

/** Clients compare what a revision keeps byte for byte with a template that they write with sorted names. */
const dataOf = (set: Revised) =>
  sorted({ spec: { template: { ...set.spec.template, $patch: "replace" } } }) as JsonObject;

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(sortedKeys(members).map((name) => [name, sorted(members[name])]));
}

/** The template that a revision keeps. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec {
  const { $patch: _, ...template } = (data as { spec: { template: PodTemplateSpec & { $patch?: string } } }).spec
    .template;
  return template;
}

const nameOf = (revision: ControllerRevision): string => revision.metadata.name ?? "";

/** Finds the revision of the present template, or makes it. One that comes back becomes the newest again. */
export async function syncRevisions(set: Revised, kind: RevisedKind, context: ReconcileContext): Promise<Revisions> {
  const owned = context.cache(ControllerRevision).ownedBy(set.metadata.uid ?? "");
  const all = owned.toSorted((a, b) => (a.revision ?? 0) - (b.revision ?? 0));
  const newest = all.at(-1);
  const data = dataOf(set);
  const equal = all.findLast((revision) => equalJson(revision.data, data));
  let collisionCount = set.status.collisionCount ?? 0;
  let update: ControllerRevision;
  if (equal === undefined) {
    const made = await makeRevision(set, kind, { revision: (newest?.revision ?? 0) + 1, collisionCount }, context);
    ({ collisionCount } = made);
    update = made.revision;
  } else if (equal === newest) update = equal;
  else update = await context.client.update(ControllerRevision, { ...equal, revision: (newest!.revision ?? 0) + 1 });
  const current = all.find((revision) => nameOf(revision) === set.status.currentRevision) ?? update;
  return { current, update, all: [...all.filter((one) => nameOf(one) !== nameOf(update)), update], collisionCount };
}

/** Another object under the name that the hash gives makes another hash be tried. */
async function makeRevision(
  set: Revised,
  { resource, hashLabel }: RevisedKind,
  { revision, collisionCount: before }: { readonly revision: number; readonly collisionCount: number },
  { client }: ReconcileContext,
) {
  for (let collisionCount = before; ; collisionCount++) {
    const hash = templateHash(set.spec.template, collisionCount);
    const { namespace, name: setName } = set.metadata;
    const metadata = {
      namespace,
      name: `${setName}-${hash}`,
      labels: { ...set.spec.template.metadata?.labels, [hashLabel]: hash },
      ownerReferences: [controllerReference(resource, set)],
    };
    try {
      return {
        revision: await client.create(ControllerRevision, { metadata, data: dataOf(set), revision }),
        collisionCount,
      };
    } catch (error) {
      if (!hasReason(error, "AlreadyExists")) throw error;
      const found = await client.get(ControllerRevision, { namespace, name: metadata.name });
      if (!equalJson(found.data, dataOf(set))) continue;
      if (isOwnedBy(found, set)) return { revision: found, collisionCount };
      if (controllerOf(found)) continue;
      // An owner that was deleted without its dependents left it behind.
      const body = { metadata: { uid: found.metadata.uid, ownerReferences: [controllerReference(resource, set)] } };
      const name = { namespace, name: metadata.name };
      return { revision: await client.patch(ControllerRevision, name, { type: "strategic", body }), collisionCount };
    }
  }
}

/** Deletes the oldest revisions beyond the limit, of those that no pod has and no rollout needs. */
export async function forgetRevisions(
  set: Revised,
  { all, current, update }: Revisions,
  used: ReadonlySet<string>,
  { client }: ReconcileContext,
): Promise<void> {
  const unused = all.filter((one) => one !== current && one !== update && !used.has(nameOf(one)));
  for (const { metadata } of unused.slice(0, Math.max(unused.length - (set.spec.revisionHistoryLimit ?? 10), 0))) {
    try {
      await client.delete(
        ControllerRevision,
        { namespace: metadata.namespace, name: metadata.name ?? "" },
        { preconditions: { uid: metadata.uid } },
      );
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}
