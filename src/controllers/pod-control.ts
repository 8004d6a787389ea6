// Making and ending pods for a workload, with Kubernetes' events about it. It refuses to decide how many.
import { formats, maskTrailingDash } from "../base/formats.ts";
import { Pod } from "../resources/core/pod.ts";
import type { PodTemplateSpec } from "../resources/core/pod-template-spec.ts";
import type { Draft } from "../client/client.ts";
import { StatusError, hasReason } from "../schema/meta/status.ts";
import type { OwnerReference } from "../schema/meta/object-meta.ts";
import type { KubeObject } from "../schema/resource.ts";
import type { ReconcileContext } from "../reconcile/controller.ts";
import { controllerOf } from "../reconcile/owner.ts";

type Tools = Pick<ReconcileContext, "client" | "events">;

/** Pods without a controller, by namespace: candidates for adoption. Every workload's controller declares it alike. */
export const ORPHANS = "orphans";
export const orphanIndex = {
  of: Pod,
  name: ORPHANS,
  values: (pod: KubeObject): readonly string[] => (controllerOf(pod) ? [] : [pod.metadata.namespace ?? ""]),
};

/** What generated names begin with: the owner's name and a dash, or without it where that would be no name. */
export function generatedPrefix(name: string): string {
  const prefix = `${name}-`;
  return formats.dns1123Subdomain(maskTrailingDash(prefix)).length === 0 ? prefix : name;
}

/** The pod that `template` describes, controlled by `reference`. Without a name it gets a generated one. */
export function podFromTemplate(
  owner: KubeObject,
  template: PodTemplateSpec,
  reference: OwnerReference,
  name?: string,
): Draft<Pod> {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    metadata: {
      namespace: owner.metadata.namespace,
      ...(name === undefined ? { generateName: generatedPrefix(owner.metadata.name ?? "") } : { name }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [reference],
    },
    spec: template.spec!,
  };
}

/** Whether a creation failed only because the namespace is going: nothing to report, nothing to try again. */
export const isNamespaceGoing = (error: unknown): boolean =>
  error instanceof StatusError &&
  (error.details?.causes ?? []).some((cause) => cause.reason === "NamespaceTerminating");

export async function createPod(
  { client, events }: Tools,
  owner: KubeObject,
  pod: Draft<Pod>,
): Promise<Pod | undefined> {
  try {
    const made = await client.create(Pod, pod);
    events.record(owner, "Normal", "SuccessfulCreate", `Created pod: ${made.metadata.name}`);
    return made;
  } catch (error) {
    if (isNamespaceGoing(error)) return undefined;
    if (error instanceof StatusError)
      events.record(owner, "Warning", "FailedCreate", `Error creating: ${error.message}`);
    throw error;
  }
}

/** Asks for the pod's deletion. One that is gone already is no failure. */
export async function deletePod({ client, events }: Tools, owner: KubeObject, pod: Pod): Promise<void> {
  const { namespace, name = "", uid } = pod.metadata;
  try {
    await client.delete(Pod, { namespace, name }, { preconditions: { uid } });
    events.record(owner, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
  } catch (error) {
    if (hasReason(error, "NotFound")) return;
    if (error instanceof StatusError)
      events.record(owner, "Warning", "FailedDelete", `Error deleting: ${error.message}`);
    throw error;
  }
}

/**
 * Calls `one` `count` times: first once, then twice as many at a time as long as all succeed, so that a request that
 * always fails is not sent `count` times. Throws the first failure after its batch has ended.
 */
export async function slowStart(count: number, one: () => Promise<unknown>): Promise<void> {
  for (let left = count, size = 1; left > 0; left -= size, size *= 2) {
    size = Math.min(size, left);
    const results = await Promise.allSettled(Array.from({ length: size }, () => one()));
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }
}

/** Does all at once and throws the first failure after all have ended. */
export async function allSettled(work: Iterable<Promise<unknown>>): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}
