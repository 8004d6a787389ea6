// ephemeral-volume: makes the claim of each ephemeral volume, owned by its pod. It refuses claims that others have made.
import { PersistentVolumeClaim } from "../resources/core/persistent-volume-claim.ts";
import { isMadeFor } from "../resources/core/persistent-volume/binding.ts";
import { Pod } from "../resources/core/pod.ts";
import { isTerminal } from "../resources/core/pod/readiness.ts";
import { StatusError, hasReason } from "../schema/meta/status.ts";
import { controller, mapping } from "../reconcile/controller.ts";
import { controllerReference } from "../reconcile/owner.ts";

export const ephemeralVolume = controller<Pod>({
  name: "ephemeral-volume",
  identity: "ephemeral-volume-controller",
  component: "ephemeral_volume",
  of: Pod,
  heeds: () => false,
  maps: [
    // A claim that is deleted while its pod waits is made anew.
    mapping(PersistentVolumeClaim, ({ metadata }, { deleted }) => {
      const owner = deleted ? metadata.ownerReferences?.find((one) => one.controller && one.kind === "Pod") : undefined;
      return owner ? [`${metadata.namespace}/${owner.name}`] : [];
    }),
  ],
  writes: [{ resource: PersistentVolumeClaim, verbs: ["create"] }],
  async reconcile(pod, { client, cache, events }) {
    if (pod.metadata.deletionTimestamp || isTerminal(pod)) return;
    const { namespace } = pod.metadata;
    for (const volume of pod.spec.volumes ?? []) {
      const template = volume.ephemeral?.volumeClaimTemplate;
      if (!template) continue;
      const name = `${pod.metadata.name}-${volume.name}`;
      const found = cache(PersistentVolumeClaim).get({ namespace, name });
      if (found) {
        if (isMadeFor(found, pod)) continue;
        const text = `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`;
        events.record(pod, "Warning", "FailedBinding", `ephemeral volume ${volume.name}: ${text}`);
        throw new Error(text);
      }
      const { labels, annotations } = template.metadata ?? {};
      const ownerReferences = [controllerReference(Pod, pod)];
      const metadata = {
        namespace,
        name,
        ...(labels && { labels }),
        ...(annotations && { annotations }),
        ownerReferences,
      };
      try {
        await client.create(PersistentVolumeClaim, { metadata, spec: template.spec });
      } catch (error) {
        if (hasReason(error, "AlreadyExists")) continue;
        if (error instanceof StatusError)
          events.record(
            pod,
            "Warning",
            "FailedBinding",
            `ephemeral volume ${volume.name}: create PVC ${name}: ${error.message}`,
          );
        throw error;
      }
    }
  },
});
