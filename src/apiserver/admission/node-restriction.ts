// NodeRestriction: a kubelet writes its own Node, its own Lease, its pods' status, and little else.
// It refuses nobody but kubelets (`system:node:NAME` in `system:nodes`).
import { readRequest, RequestError } from "../../resources/certificates/request.ts";
import type { CertificateSigningRequest } from "../../resources/certificates/certificate-signing-request.ts";
import type { Node } from "../../resources/core/node.ts";
import type { PersistentVolumeClaim } from "../../resources/core/persistent-volume-claim.ts";
import type { ResourceSlice } from "../../resources/resource/resource-slice.ts";
import { equalJson } from "../../schema/equality.ts";
import { forbidden } from "../../schema/meta/status.ts";
import { certificateOfPod, tokenOfPod } from "./node-credentials.ts";
import { ownPods } from "./node-pods.ts";
import { nodeOfUser, PREFIX } from "./node-write.ts";
import type { NodeWrite } from "./node-write.ts";
import type { AdmissionPlugin } from "./plugin.ts";

/** What is done about each kind; what is not here is nobody's concern. */
const JUDGES: Readonly<Record<string, (write: NodeWrite) => void>> = {
  "/Pod": ownPods,
  "/Node": ownNode,
  "/PersistentVolumeClaim": claimStatus,
  "/ServiceAccount": tokenOfPod,
  "certificates.k8s.io/PodCertificateRequest": certificateOfPod,
  "coordination.k8s.io/Lease": ownLease,
  "storage.k8s.io/CSINode": ownCSINode,
  "resource.k8s.io/ResourceSlice": ownSlice,
  "certificates.k8s.io/CertificateSigningRequest": ownCertificate,
};

export const nodeRestriction: AdmissionPlugin = {
  name: "NodeRestriction",

  validate(request, services) {
    const { resource, context, operation } = request;
    const node = nodeOfUser(context.user);
    if (node === undefined || operation === "connect") return;
    const refuse = (why: string) => forbidden({ group: resource.group, resource: resource.plural }, request.name, why);
    if (node === "") throw refuse(`could not determine node from user ${JSON.stringify(context.user.name)}`);
    JUDGES[`${resource.group}/${resource.kind}`]?.({ request, services, node, refuse });
  },
};

const domainOf = (key: string) => (key.includes("/") ? key.slice(0, key.indexOf("/")) : "");
const isBelow = (domain: string, root: string) => domain === root || domain.endsWith(`.${root}`);

/** Labels in the domains of Kubernetes that a kubelet may set. */
const KUBELET_LABELS = [
  "kubernetes.io/hostname",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "node.kubernetes.io/instance-type",
  "beta.kubernetes.io/instance-type",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
];
const KUBELET_DOMAINS = ["kubelet.kubernetes.io", "node.kubernetes.io"];

/** Labels that only administrators may set on a node, so that a stolen kubelet cannot draw pods to itself. */
function isRestrictedLabel(key: string): boolean {
  const domain = domainOf(key);
  if (isBelow(domain, "node-restriction.kubernetes.io")) return true;
  if (!isBelow(domain, "kubernetes.io") && !isBelow(domain, "k8s.io")) return false;
  return !KUBELET_LABELS.includes(key) && !KUBELET_DOMAINS.some((root) => isBelow(domain, root));
}

function ownNode({ request, node, refuse }: NodeWrite): void {
  const { name, operation } = request;
  const told = `node ${JSON.stringify(node)} is not allowed to`;
  if (name !== node) throw refuse(`${told} modify node ${JSON.stringify(name)}`);
  if (operation === "delete") return;
  const next = request.object as Node;
  const before = request.old as Node | undefined;
  const changed = Object.keys({ ...next.metadata.labels, ...before?.metadata.labels })
    .filter((key) => isRestrictedLabel(key) && next.metadata.labels?.[key] !== before?.metadata.labels?.[key])
    .sort()
    .join(", ");
  if (before === undefined) {
    if (next.spec?.configSource) throw refuse(`${told} create pods with a non-nil configSource`);
    if (changed !== "") throw refuse(`${told} set the following labels: ${changed}`);
    return;
  }
  if (next.spec?.configSource && !equalJson(next.spec.configSource, before.spec?.configSource))
    throw refuse(`${told} update configSource to a new non-nil configSource`);
  if (!equalJson(next.spec?.taints ?? [], before.spec?.taints ?? [])) throw refuse(`${told} modify taints`);
  if (!equalJson(next.metadata.ownerReferences ?? [], before.metadata.ownerReferences ?? []))
    throw refuse(`${told} modify ownerReferences`);
  if (changed !== "") throw refuse(`is not allowed to modify labels: ${changed}`);
}

/** What is left of a claim without what the kubelet may report of it. */
function withoutReport({ metadata, status, ...rest }: PersistentVolumeClaim): object {
  const { resourceVersion: _version, managedFields: _owners, ...others } = metadata;
  const { capacity: _c, conditions: _o, allocatedResources: _r, allocatedResourceStatuses: _s, ...left } = status;
  return { ...rest, metadata: others, status: left };
}

function claimStatus({ request, node, refuse }: NodeWrite): void {
  const { subresource, operation, object, old } = request;
  if (subresource !== "status") throw refuse("may only update PVC status");
  if (operation !== "update") throw refuse(`unexpected operation ${JSON.stringify(operation.toUpperCase())}`);
  if (equalJson(withoutReport(object as PersistentVolumeClaim), withoutReport(old as PersistentVolumeClaim))) return;
  const why = "is not allowed to update fields other than status.quantity and status.conditions";
  throw refuse(`node ${JSON.stringify(node)} ${why}`);
}

function ownLease({ request, node, refuse }: NodeWrite): void {
  if (request.namespace !== "kube-node-lease")
    throw refuse(`can only access leases in the "kube-node-lease" system namespace`);
  if (request.name !== node) throw refuse("can only access node lease with the same name as the requesting node");
}

function ownCSINode({ request, node, refuse }: NodeWrite): void {
  if (request.name !== node) throw refuse("can only access CSINode with the same name as the requesting node");
  if (request.subresource === "status") throw refuse("CSIVolumeHealth feature gate is disabled");
}

function ownSlice({ request, node, refuse }: NodeWrite): void {
  const { operation } = request;
  if (operation !== "create" && operation !== "delete") return;
  const slice = (operation === "create" ? request.object : request.old) as ResourceSlice | undefined;
  if (slice?.spec.nodeName !== node)
    throw refuse(`can only ${operation} ResourceSlice with the same NodeName as the requesting node`);
}

const NODE_SIGNERS = ["kubernetes.io/kubelet-serving", "kubernetes.io/kube-apiserver-client-kubelet"];

function ownCertificate({ request, node, refuse }: NodeWrite): void {
  if (request.operation !== "create" || request.subresource !== "") return;
  const { spec } = request.object as CertificateSigningRequest;
  if (!NODE_SIGNERS.includes(spec.signerName)) return;
  let commonName: string;
  try {
    ({ commonName } = readRequest(spec.request));
  } catch (error) {
    if (error instanceof RequestError) throw refuse(`unable to parse csr: ${error.message}`);
    throw error;
  }
  if (commonName !== PREFIX + node) throw refuse(`can only create a node CSR with CN=${PREFIX}${node}`);
}
