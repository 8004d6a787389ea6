// What a kubelet may do to pods: those of its node, and mirror pods that refer to nothing. It refuses to look at other
// kinds.
import { Node } from "../../resources/core/node.ts";
import { references } from "../../resources/core/pod/references.ts";
import { Pod } from "../../resources/core/pod.ts";
import { equalJson } from "../../schema/equality.ts";
import { notFound } from "../../schema/meta/status.ts";
import { MIRROR } from "./node-write.ts";
import type { NodeWrite } from "./node-write.ts";

export function ownPods(write: NodeWrite): void {
  const { request, refuse } = write;
  switch (request.subresource) {
    case "":
      return request.operation === "create" ? mirrorPod(write) : deletedPod(write);
    case "status":
      return podStatus(write);
    case "eviction":
      return evictedPod(write);
    default: {
      const why = "only 'status' and 'eviction' are allowed";
      throw refuse(`unexpected pod subresource ${JSON.stringify(request.subresource)}, ${why}`);
    }
  }
}

function existing({ request, services }: NodeWrite): Pod {
  const pod = services.lookup.get(Pod, request.namespace, request.name);
  if (pod === undefined) throw notFound({ group: "", resource: "pods" }, request.name);
  return pod;
}

function deletedPod(write: NodeWrite): void {
  const { request, node, refuse } = write;
  const who = JSON.stringify(node);
  if (request.operation !== "delete") {
    const operation = JSON.stringify(request.operation.toUpperCase());
    throw refuse(`unexpected operation ${operation}, node ${who} can only create and delete mirror pods`);
  }
  if (existing(write).spec.nodeName !== node)
    throw refuse(`node ${who} can only delete pods with spec.nodeName set to itself`);
}

function evictedPod(write: NodeWrite): void {
  if (existing(write).spec.nodeName === write.node) return;
  throw write.refuse(`node ${write.node} can only evict pods with spec.nodeName set to itself`);
}

function podStatus({ request, node, refuse }: NodeWrite): void {
  const who = `node ${JSON.stringify(node)}`;
  const before = request.old as Pod;
  const next = request.object as Pod;
  if (before.spec.nodeName !== node)
    throw refuse(`${who} can only update pod status for pods with spec.nodeName set to itself`);
  if (!equalJson(before.metadata.labels ?? {}, next.metadata.labels ?? {}))
    throw refuse(`${who} cannot update labels through pod status`);
  // Their claims are the scheduler's and the controller's.
  if (!equalJson(before.status.resourceClaimStatuses ?? [], next.status.resourceClaimStatuses ?? []))
    throw refuse(`${who} cannot update resource claim statues`);
  if (!equalJson(before.status.extendedResourceClaimStatus, next.status.extendedResourceClaimStatus))
    throw refuse(`${who} cannot update extended resource claim status`);
}

/** A pod that stands for one of the kubelet's own belongs to its node, and refers to nothing of the API. */
function mirrorPod({ request, services, node, refuse }: NodeWrite): void {
  const pod = request.object as Pod;
  const who = `node ${JSON.stringify(node)}`;
  if (pod.metadata.annotations?.[MIRROR] === undefined)
    throw refuse(`pod does not have ${JSON.stringify(MIRROR)} annotation, ${who} can only create mirror pods`);
  if (pod.spec.nodeName !== node) throw refuse(`${who} can only create pods with spec.nodeName set to itself`);
  const [owner, ...others] = pod.metadata.ownerReferences ?? [];
  if (others.length > 0) throw refuse(`${who} can only create pods with a single owner reference set to itself`);
  if (owner?.apiVersion !== "v1" || owner.kind !== "Node" || owner.name !== node)
    throw refuse(`${who} can only create pods with an owner reference set to itself`);
  if (!owner.controller) throw refuse(`${who} can only create pods with a controller owner reference set to itself`);
  if (owner.blockOwnerDeletion) throw refuse(`${who} must not set blockOwnerDeletion on an owner reference`);
  const uid = services.lookup.get(Node, "", node)?.metadata.uid;
  if (uid === undefined) throw notFound({ group: "", resource: "nodes" }, node);
  if (owner.uid !== uid) throw refuse(`node ${node} UID mismatch: expected ${owner.uid} got ${uid}`);
  const what = referredTo(pod);
  if (what !== undefined) throw refuse(`${who} can not create pods that reference ${what}`);
}

/** The first kind of object of the API that a pod refers to. */
function referredTo(pod: Pod): string | undefined {
  const { spec } = pod;
  if (spec.serviceAccountName) return "serviceaccounts";
  const { secret, configmap } = references(pod);
  if (secret.size > 0) return "secrets";
  if (configmap.size > 0) return "configmaps";
  if ((spec.resourceClaims ?? []).length > 0) return "resourceclaims";
  for (const volume of spec.volumes ?? []) {
    if (volume.csi) return "csidrivers (via CSI volumes)";
    if (volume.glusterfs) return "endpoints (via glusterFS volumes)";
    if (volume.persistentVolumeClaim) return "persistentvolumeclaims";
    if (volume.ephemeral) return "persistentvolumeclaims (via ephemeral volumes)";
    for (const source of volume.projected?.sources ?? []) {
      if (source.serviceAccountToken) return "serviceaccounts (via projected volumes)";
      if (source.clusterTrustBundle) return "clustertrustbundles";
      if (source.podCertificate) return "podcertificates";
    }
  }
  return undefined;
}
