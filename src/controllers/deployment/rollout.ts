// One call of the deployment controller: the Deployment as last written, its ReplicaSets, and the writes that a rollout
// is made of. It refuses to decide the order: deployment.ts does.
import type { Deployment as DeploymentObject } from "../../resources/apps/deployment.ts";
import { Deployment } from "../../resources/apps/deployment.ts";
import type { DeploymentStatus } from "../../resources/apps/deployment-object.ts";
import { ReplicaSet } from "../../resources/apps/replica-set.ts";
import { PodTemplateSpec } from "../../resources/core/pod-template-spec.ts";
import { templateHash } from "../../resources/core/pod/template-hash.ts";
import { equalJson, semanticEqual } from "../../schema/equality.ts";
import type { LabelSelector } from "../../schema/meta/label-selector-type.ts";
import { StatusError, hasReason } from "../../schema/meta/status.ts";
import type { ReconcileContext } from "../../reconcile/controller.ts";
import { controllerReference, isOwnedBy } from "../../reconcile/owner.ts";
import { isNamespaceGoing } from "../pod-control.ts";
import { REVISION, byRevision, hasSizes, revisionAfter, withRevision, withSizes } from "./annotations.ts";
import { byAge, isActiveSet, maxSurge, newSetSize, replicasOf } from "./sizes.ts";
import { conditionOf, hasDeadline, progressing, stating } from "./status.ts";

const HASH_LABEL = "pod-template-hash";

const hashless = (template: PodTemplateSpec): PodTemplateSpec => {
  const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
};

/** Whether two templates are the same but for the hash label. */
const sameTemplate = (a: PodTemplateSpec, b: PodTemplateSpec): boolean =>
  semanticEqual(PodTemplateSpec, hashless(a), hashless(b));

const withHash = (selector: LabelSelector, hash: string): LabelSelector => ({
  ...selector,
  matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash },
});

export class Rollout {
  deployment: DeploymentObject;
  readonly #context: ReconcileContext;
  /** All sets of the Deployment, as last written. */
  #sets: readonly ReplicaSet[];
  newest: ReplicaSet | undefined;

  constructor(deployment: DeploymentObject, sets: readonly ReplicaSet[], context: ReconcileContext) {
    this.deployment = deployment;
    this.#context = context;
    this.#sets = sets.toSorted(byAge);
    this.newest = this.#sets.find((set) => sameTemplate(set.spec.template, deployment.spec.template));
  }

  get sets(): readonly ReplicaSet[] {
    return this.#sets;
  }

  /** All but the newest, oldest first. */
  get old(): readonly ReplicaSet[] {
    return this.#sets.filter((set) => set !== this.newest);
  }

  get activeOld(): readonly ReplicaSet[] {
    return this.old.filter(isActiveSet);
  }

  #replace(before: ReplicaSet, after: ReplicaSet): void {
    this.#sets = this.#sets.map((set) => (set === before ? after : set));
    if (this.newest === before) this.newest = after;
  }

  /** Writes status and annotations, if they differ. */
  async writeStatus(status: DeploymentStatus, annotations = this.deployment.metadata.annotations): Promise<void> {
    const { deployment } = this;
    const same = equalJson(annotations ?? {}, deployment.metadata.annotations ?? {});
    if (same && equalJson(status, deployment.status)) return;
    const next = { ...deployment, metadata: { ...deployment.metadata, ...(annotations && { annotations }) }, status };
    this.deployment = await this.#context.client.update(Deployment, next, { subresource: "status" });
  }

  /** Gives the set of the present template its revision and annotations. Makes it if there is none and `make` says so. */
  async syncRevision(make: boolean): Promise<void> {
    const revision = revisionAfter(this.old);
    if (this.newest) await this.#syncExisting(this.newest, revision);
    else if (make) await this.#makeNewest(revision);
  }

  async #syncExisting(newest: ReplicaSet, revision: bigint): Promise<void> {
    const { deployment } = this;
    const { client, now } = this.#context;
    const annotations = withRevision(newest.metadata.annotations, deployment, revision);
    const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
    if (
      !equalJson(annotations, newest.metadata.annotations ?? {}) ||
      (newest.spec.minReadySeconds ?? 0) !== minReadySeconds
    ) {
      const { minReadySeconds: _, ...spec } = newest.spec;
      const wanted = {
        ...newest,
        metadata: { ...newest.metadata, annotations },
        spec: minReadySeconds ? { ...spec, minReadySeconds } : spec,
      };
      this.#replace(newest, await client.update(ReplicaSet, wanted));
      return;
    }
    let { status } = deployment;
    if (hasDeadline(deployment) && !conditionOf(status, "Progressing")) {
      status = stating(
        status,
        progressing("True", "FoundNewReplicaSet", `Found new replica set "${newest.metadata.name}"`),
        now,
      );
    }
    await this.writeStatus(status, this.#withRevision(annotations[REVISION] ?? ""));
  }

  #withRevision(revision: string): Readonly<Record<string, string>> {
    return { ...this.deployment.metadata.annotations, [REVISION]: revision };
  }

  async #makeNewest(revision: bigint): Promise<void> {
    const { deployment } = this;
    const { events, now } = this.#context;
    const { template, selector, minReadySeconds } = deployment.spec;
    const hash = templateHash(template, deployment.status.collisionCount);
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
    const replicas = newSetSize(deployment, this.#sets, 0);
    const draft = {
      metadata: {
        name: `${deployment.metadata.name}-${hash}`,
        namespace: deployment.metadata.namespace,
        labels,
        annotations: withSizes(
          withRevision(undefined, deployment, revision),
          replicasOf(deployment),
          replicasOf(deployment) + maxSurge(deployment),
        ),
        ownerReferences: [controllerReference(Deployment, deployment)],
      },
      spec: {
        replicas,
        ...(minReadySeconds && { minReadySeconds }),
        selector: withHash(selector, hash),
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    };
    const made = await this.#create(draft);
    this.#sets = [...this.#sets, made.set].toSorted(byAge);
    this.newest = made.set;
    let { status } = deployment;
    if (!made.existed) {
      const { name } = made.set.metadata;
      if (replicas > 0)
        events.record(deployment, "Normal", "ScalingReplicaSet", `Scaled up replica set ${name} from 0 to ${replicas}`);
      if (hasDeadline(deployment))
        status = stating(status, progressing("True", "NewReplicaSetCreated", `Created new replica set "${name}"`), now);
    }
    await this.writeStatus(status, this.#withRevision(String(revision)));
  }

  /** Creates the set, or finds that a call before did. Another set under that name raises the collision count, and throws. */
  async #create(draft: Parameters<typeof this.createSet>[0]): Promise<{ set: ReplicaSet; existed: boolean }> {
    const { deployment } = this;
    const { client, events, now } = this.#context;
    try {
      return { set: await this.createSet(draft), existed: false };
    } catch (error) {
      if (hasReason(error, "AlreadyExists")) {
        const set = await client.get(ReplicaSet, {
          namespace: deployment.metadata.namespace,
          name: draft.metadata.name,
        });
        if (isOwnedBy(set, deployment) && sameTemplate(set.spec.template, deployment.spec.template))
          return { set, existed: true };
        await this.writeStatus({ ...deployment.status, collisionCount: (deployment.status.collisionCount ?? 0) + 1 });
      } else if (!isNamespaceGoing(error) && error instanceof StatusError) {
        const message = `Failed to create new replica set "${draft.metadata.name}": ${error.message}`;
        events.record(deployment, "Warning", "ReplicaSetCreateError", message);
        if (hasDeadline(deployment))
          await this.writeStatus(
            stating(deployment.status, progressing("False", "ReplicaSetCreateError", message), now),
          );
      }
      throw error;
    }
  }

  createSet(
    draft: Omit<ReplicaSet, "status" | "metadata"> & {
      readonly metadata: ReplicaSet["metadata"] & { readonly name: string };
    },
  ): Promise<ReplicaSet> {
    return this.#context.client.create(ReplicaSet, draft);
  }

  /** Sets the size of a set, and what it remembers of the Deployment's. Says whether the size changed. */
  async scale(set: ReplicaSet, size: number): Promise<boolean> {
    const { deployment } = this;
    const before = replicasOf(set);
    const [desired, maximum] = [replicasOf(deployment), replicasOf(deployment) + maxSurge(deployment)];
    if (before === size && hasSizes(set, desired, maximum)) return false;
    const annotations = withSizes(set.metadata.annotations, desired, maximum);
    const wanted = { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas: size } };
    const after = await this.#context.client.update(ReplicaSet, wanted);
    this.#replace(set, after);
    if (before === size) return false;
    const message = `Scaled ${before < size ? "up" : "down"} replica set ${set.metadata.name} from ${before} to ${size}`;
    this.#context.events.record(deployment, "Normal", "ScalingReplicaSet", message);
    return true;
  }

  /** As `scale`, but nothing is written where only the memory would change. */
  async resize(set: ReplicaSet, size: number): Promise<boolean> {
    return replicasOf(set) === size ? false : this.scale(set, size);
  }

  /** Deletes the oldest revisions beyond the history limit, of those that have no pods any more. */
  async cleanUp(): Promise<void> {
    const limit = this.deployment.spec.revisionHistoryLimit;
    if (limit === undefined || limit === 2 ** 31 - 1) return;
    const alive = this.old.filter((set) => !set.metadata.deletionTimestamp);
    const surplus = alive.length - limit;
    if (surplus <= 0) return;
    for (const set of alive.toSorted(byRevision).slice(0, surplus)) {
      const { status, metadata } = set;
      if (status.replicas || replicasOf(set) !== 0 || (metadata.generation ?? 0) > (status.observedGeneration ?? 0))
        continue;
      try {
        await this.#context.client.delete(
          ReplicaSet,
          { namespace: metadata.namespace, name: metadata.name! },
          { preconditions: { uid: metadata.uid } },
        );
      } catch (error) {
        if (!hasReason(error, "NotFound")) throw error;
      }
    }
  }
}
