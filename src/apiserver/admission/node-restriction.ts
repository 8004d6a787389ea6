// NodeRestriction: a kubelet writes its own Node, its own Lease, its pods' status, and little else.
// It refuses nobody but kubelets (`system:node:NAME` in `system:nodes`).
import type { Node } from "../../resources/core/node.ts";
import { Pod } from "../../resources/core/pod.ts";
import type { TokenRequest } from "../../resources/authentication/token-request.ts";
import { forbidden } from "../../schema/meta/status.ts";
import type { User } from "../request.ts";
import type { AdmissionPlugin, AdmissionRequest, AdmissionServices } from "./plugin.ts";

const PREFIX = "system:node:";
const MIRROR = "kubernetes.io/config.mirror";

/** The node that a user is the kubelet of, or undefined. */
export function nodeOfUser(user: User): string | undefined {
  return user.name.startsWith(PREFIX) && user.groups.includes("system:nodes")
    ? user.name.slice(PREFIX.length)
    : undefined;
}

/** Labels that only administrators may set on a node, so that a stolen kubelet cannot draw pods to itself. */
const isRestrictedLabel = (key: string) => {
  const domain = key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
  return domain === "node-restriction.kubernetes.io" || domain.endsWith(".node-restriction.kubernetes.io");
};

export const nodeRestriction: AdmissionPlugin = {
  name: "NodeRestriction",

  validate(request, services) {
    const node = nodeOfUser(request.context.user);
    if (node === undefined) return;
    const { resource } = request;
    const refuse = (why: string) => forbidden({ group: resource.group, resource: resource.plural }, request.name, why);
    if (resource.group === "" && resource.kind === "Node") return ownNode(request, node, refuse);
    if (resource.group === "" && resource.kind === "Pod") return ownPods(request, services, node, refuse);
    if (resource.group === "" && resource.kind === "ServiceAccount" && request.subresource === "token")
      return boundTokens(request, services, node, refuse);
    if (resource.group === "coordination.k8s.io" && resource.kind === "Lease") {
      if (request.namespace !== "kube-node-lease")
        throw refuse(`can only access leases in the "kube-node-lease" system namespace`);
      if (request.name !== node) throw refuse(`can only access node lease with the same name as the requesting node`);
    }
  },
};

type Refuse = (why: string) => Error;

function ownNode({ name, object, old, operation, subresource }: AdmissionRequest, node: string, refuse: Refuse): void {
  if (name !== node) throw refuse(`node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(name)}`);
  if (operation === "delete" || subresource !== "") return;
  const next = object as Node;
  const before = old as Node | undefined;
  const changed = Object.keys({ ...next.metadata.labels, ...before?.metadata.labels })
    .filter((key) => isRestrictedLabel(key) && next.metadata.labels?.[key] !== before?.metadata.labels?.[key])
    .sort();
  if (changed.length > 0) throw refuse(`is not allowed to modify labels: ${changed.join(", ")}`);
  if (operation === "update" && JSON.stringify(next.spec?.taints ?? []) !== JSON.stringify(before?.spec?.taints ?? []))
    throw refuse(`node ${JSON.stringify(node)} is not allowed to modify taints`);
}

function ownPods(request: AdmissionRequest, { lookup }: AdmissionServices, node: string, refuse: Refuse): void {
  const { operation, subresource, object, old, namespace, name } = request;
  if (operation === "create" && subresource === "") {
    const pod = object as Pod;
    if (pod.metadata.annotations?.[MIRROR] === undefined)
      throw refuse(
        `pod does not have ${JSON.stringify(MIRROR)} annotation, ` +
          `node ${JSON.stringify(node)} can only create mirror pods`,
      );
    if (pod.spec.nodeName !== node)
      throw refuse(`node ${JSON.stringify(node)} can only create pods with spec.nodeName set to itself`);
    return;
  }
  if (operation === "connect") return;
  const existing = (old as Pod | undefined) ?? lookup.get(Pod, namespace, name);
  if (existing && existing.spec.nodeName !== node) {
    const verb = operation === "delete" ? "delete" : subresource === "eviction" ? "evict" : "update status for";
    throw refuse(`node ${JSON.stringify(node)} can only ${verb} pods with spec.nodeName set to itself`);
  }
}

function boundTokens(
  { object, namespace, name }: AdmissionRequest,
  { lookup }: AdmissionServices,
  node: string,
  refuse: Refuse,
): void {
  const ref = (object as TokenRequest).spec.boundObjectRef;
  if (ref?.kind !== "Pod" || !ref.name || !ref.uid) throw refuse(`node requested token not bound to a pod`);
  const pod = lookup.get(Pod, namespace, ref.name);
  if (
    pod &&
    (pod.metadata.uid !== ref.uid || pod.spec.nodeName !== node || (pod.spec.serviceAccountName ?? "") !== name)
  )
    throw refuse(`node requested token bound to a pod scheduled on a different node`);
}
