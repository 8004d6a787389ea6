// What a node has to do with an object, by the pods that run on it. It refuses to decide who may do what (node.ts does).
import { PodCertificateRequest } from "../../resources/certificates/pod-certificate-request.ts";
import { PersistentVolume } from "../../resources/core/persistent-volume.ts";
import { PersistentVolumeClaim } from "../../resources/core/persistent-volume-claim.ts";
import { references } from "../../resources/core/pod/references.ts";
import { Pod } from "../../resources/core/pod.ts";
import { ResourceSlice } from "../../resources/resource/resource-slice.ts";
import { VolumeAttachment } from "../../resources/storage/volume-attachment.ts";
import { MIRROR } from "../admission/node-write.ts";
import type { Lookup } from "../admission/plugin.ts";

/** An object; the namespace is empty for those of the cluster. */
interface Named {
  readonly namespace: string;
  readonly name: string;
}

export type Relation =
  | "secret"
  | "configmap"
  | "claim"
  | "account"
  | "volume"
  | "resourceClaim"
  | "attachment"
  | "slice"
  | "podCertificateRequest"
  | "pod";

/** The names of claims of devices that were found or made for a pod. */
function* resourceClaimsOf({ spec, status }: Pod): Generator<string | undefined> {
  for (const { resourceClaimName } of spec.resourceClaims ?? []) yield resourceClaimName;
  for (const { resourceClaimName } of status.resourceClaimStatuses ?? []) yield resourceClaimName;
  yield status.extendedResourceClaimStatus?.resourceClaimName;
}

/** The secrets that a kubelet needs to mount a volume; `ours` is the namespace of its claim. */
function* secretsOf({ spec }: PersistentVolume, ours: string): Generator<Named> {
  const { azureFile, cephfs, cinder, csi, flexVolume, iscsi, rbd, scaleIO, storageos } = spec;
  if (azureFile) yield { namespace: azureFile.secretNamespace || ours, name: azureFile.secretName };
  const all = [cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos].map((source) => source?.secretRef);
  all.push(csi?.nodePublishSecretRef, csi?.nodeStageSecretRef, csi?.nodeExpandSecretRef);
  for (const ref of all) if (ref?.name) yield { namespace: ref.namespace || ours, name: ref.name };
}

/** Whether a node has to do with an object, by the kind of the object. */
export function relations(lookup: Lookup): Readonly<Record<Relation, (node: string, named: Named) => boolean>> {
  // Mirror pods refer to nothing.
  const podsOn = (node: string) =>
    lookup.byField(Pod, "spec.nodeName", node).filter(({ metadata }) => metadata.annotations?.[MIRROR] === undefined);

  const referred =
    (kind: "secret" | "configmap" | "claim" | "account") =>
    (node: string, { namespace, name }: Named): boolean =>
      podsOn(node).some((pod) => pod.metadata.namespace === namespace && references(pod)[kind].has(name));

  /** The volumes that are bound to claims of pods on the node. */
  function* volumesOn(node: string): Generator<PersistentVolume> {
    for (const pod of podsOn(node)) {
      for (const claim of references(pod).claim) {
        const namespace = pod.metadata.namespace ?? "";
        const { volumeName } = lookup.get(PersistentVolumeClaim, namespace, claim)?.spec ?? {};
        const volume = volumeName ? lookup.get(PersistentVolume, "", volumeName) : undefined;
        const ref = volume?.spec.claimRef;
        if (volume && ref?.namespace === namespace && ref.name === claim) yield volume;
      }
    }
  }

  const secretOfPod = referred("secret");
  const secretOfVolume = (node: string, { namespace, name }: Named): boolean =>
    volumesOn(node).some((volume) =>
      secretsOf(volume, volume.spec.claimRef?.namespace ?? "").some(
        (secret) => secret.namespace === namespace && secret.name === name,
      ),
    );

  return {
    secret: (node, named) => secretOfPod(node, named) || secretOfVolume(node, named),
    configmap: referred("configmap"),
    claim: referred("claim"),
    account: referred("account"),
    volume: (node, { name }) => volumesOn(node).some(({ metadata }) => metadata.name === name),
    resourceClaim: (node, { namespace, name }) =>
      podsOn(node).some(
        (pod) => pod.metadata.namespace === namespace && resourceClaimsOf(pod).some((claim) => claim === name),
      ),
    attachment: (node, { name }) => lookup.get(VolumeAttachment, "", name)?.spec.nodeName === node,
    slice: (node, { name }) => lookup.get(ResourceSlice, "", name)?.spec.nodeName === node,
    podCertificateRequest: (node, { namespace, name }) =>
      lookup.get(PodCertificateRequest, namespace, name)?.spec.nodeName === node,
    pod: (node, { namespace, name }) => lookup.get(Pod, namespace, name)?.spec.nodeName === node,
  };
}
