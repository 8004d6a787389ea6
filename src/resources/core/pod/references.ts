// What a pod refers to by name in its namespace: the objects that its kubelet must read. It refuses to say whether they exist.
import type { Pod } from "../pod.ts";
import type { Container } from "./container.ts";
import type { EphemeralContainer } from "./ephemeral-container.ts";

export interface References {
  readonly secret: ReadonlySet<string>;
  readonly configmap: ReadonlySet<string>;
  readonly claim: ReadonlySet<string>;
  readonly account: ReadonlySet<string>;
}

type Found = { secret: Set<string>; configmap: Set<string>; claim: Set<string>; account: Set<string> };

/** A pod's references hardly change, and objects from a cache are frozen: each is walked once. */
const known = new WeakMap<Pod, References>();

export function references(pod: Pod): References {
  let found = known.get(pod);
  if (!found) known.set(pod, (found = walk(pod)));
  return found;
}

const add = (set: Set<string>, name: string | undefined) => void (name && set.add(name));

function walk(pod: Pod): References {
  const found: Found = { secret: new Set(), configmap: new Set(), claim: new Set(), account: new Set() };
  const { spec } = pod;
  add(found.account, spec.serviceAccountName);
  for (const secret of spec.imagePullSecrets ?? []) add(found.secret, secret.name);
  for (const container of [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])])
    ofContainer(container, found);
  for (const volume of spec.volumes ?? []) {
    add(found.secret, volume.secret?.secretName);
    add(found.configmap, volume.configMap?.name);
    add(found.claim, volume.persistentVolumeClaim?.claimName);
    // A generic ephemeral volume's claim bears the name of pod and volume (KEP-1698).
    if (volume.ephemeral) add(found.claim, `${pod.metadata.name}-${volume.name}`);
    add(found.secret, volume.csi?.nodePublishSecretRef?.name);
    add(found.secret, volume.azureFile?.secretName);
    const { cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos } = volume;
    for (const source of [cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos])
      add(found.secret, source?.secretRef?.name);
    for (const source of volume.projected?.sources ?? []) {
      add(found.secret, source.secret?.name);
      add(found.configmap, source.configMap?.name);
    }
  }
  return found;
}

function ofContainer(container: Container | EphemeralContainer, found: Found): void {
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    add(found.configmap, configMapRef?.name);
    add(found.secret, secretRef?.name);
  }
  for (const { valueFrom } of container.env ?? []) {
    add(found.configmap, valueFrom?.configMapKeyRef?.name);
    add(found.secret, valueFrom?.secretKeyRef?.name);
  }
}
