// The Node authorizer: a kubelet reads what the pods on its node refer to, and writes what is its own (KEP-1703, KEP-4601).
// It refuses to look at anybody else, and leaves the fine print of writes to the NodeRestriction admission plugin.
import { ClusterRole } from "../../resources/rbac/cluster-role.ts";
import { allowsPath, allowsResource } from "../../resources/rbac/match.ts";
import type { Lookup } from "../admission/plugin.ts";
import { nodeOfUser } from "../admission/node-write.ts";
import type { RequestInfo } from "../request.ts";
import type { Authorizer, Decision } from "./authorizer.ts";
import { relations } from "./node-relations.ts";
import type { Relation } from "./node-relations.ts";

const ALLOW: Decision = { outcome: "allow" };
const SILENT: Decision = { outcome: "no opinion" };
const no = (reason: string): Decision => ({ outcome: "no opinion", reason });

const OWN_VERBS = ["get", "create", "update", "patch", "delete"];

/** Whether the request selects by this field the node alone. */
const selects = ({ fieldSelector = "" }: RequestInfo, field: string, node: string): boolean =>
  fieldSelector.split(",").some((one) => one === `${field}=${node}` || one === `${field}==${node}`);

/** One answer for each kind that nodes need; what upstream says where it refuses. */
type Judge = (node: string, info: RequestInfo) => Decision;

export function nodeAuthorizer(lookup: Lookup): Authorizer {
  const isRelated = relations(lookup);

  const related = (node: string, kind: Relation, info: RequestInfo): Decision => {
    if (info.name === "") return no("No Object name found");
    return isRelated[kind](node, info) ? ALLOW : no(`no relationship found between node '${node}' and this object`);
  };

  const readNamespaced =
    (kind: Relation): Judge =>
    (node, info) => {
      if (!["get", "list", "watch"].includes(info.verb)) return no("can only read resources of this type");
      if (info.subresource !== "") return no("cannot read subresource");
      if (info.namespace === "") return no("can only read namespaced object of this type");
      return related(node, kind, info);
    };

  const get =
    (kind: Relation): Judge =>
    (node, info) => {
      if (info.verb !== "get") return no("can only get individual resources of this type");
      return info.subresource === "" ? related(node, kind, info) : no("cannot get subresource");
    };

  const claims: Judge = (node, info) => {
    if (info.subresource !== "status") return get("claim")(node, info);
    const writes = info.verb === "update" || info.verb === "patch";
    return writes ? related(node, "claim", info) : no("can only get/update/patch this type");
  };

  const accounts: Judge = (node, info) => {
    if (info.verb === "get" && info.subresource === "") return readNamespaced("account")(node, info);
    if (info.verb !== "create" || info.name === "") return no("can only create tokens for individual service accounts");
    if (info.subresource !== "token") return no("can only create token subresource of serviceaccount");
    return related(node, "account", info);
  };

  const slices: Judge = (node, info) => {
    if (info.subresource !== "") return no("cannot authorize ResourceSlice subresources");
    if (info.verb === "create") return ALLOW;
    if (OWN_VERBS.includes(info.verb)) return related(node, "slice", info);
    if (!["watch", "list", "deletecollection"].includes(info.verb)) {
      const verbs = "get, watch, list, create, update, patch, delete, deletecollection";
      return no(`only the following verbs are allowed for a ResourceSlice: ${verbs}`);
    }
    if (selects(info, "spec.nodeName", node)) return ALLOW;
    return no("can only list/watch/deletecollection resourceslices with nodeName field selector");
  };

  const certificateRequests: Judge = (node, info) => {
    if (info.subresource !== "") return no("nodes may not access the status subresource of PodCertificateRequests");
    if (info.verb === "create") return ALLOW;
    if (info.verb === "get") return related(node, "podCertificateRequest", info);
    if (info.verb !== "list" && info.verb !== "watch") return no(`nodes may not ${info.verb} podcertificaterequests`);
    if (selects(info, "spec.nodeName", node)) return ALLOW;
    return no("can only list/watch podcertificaterequests with nodeName field selector");
  };

  const pods: Judge = (node, info) => {
    const { verb, subresource } = info;
    if (subresource === "status") return verb === "update" || verb === "patch" ? ALLOW : SILENT;
    if (subresource === "eviction") return verb === "create" ? ALLOW : SILENT;
    if (subresource !== "") return SILENT;
    if (verb === "get") return related(node, "pod", info);
    if (verb === "create" || verb === "delete") return ALLOW;
    if (verb !== "list" && verb !== "watch") return SILENT;
    if (selects(info, "spec.nodeName", node)) return ALLOW;
    return info.name === ""
      ? no("can only list/watch pods with spec.nodeName field selector")
      : related(node, "pod", info);
  };

  const judges: Readonly<Record<string, Judge>> = {
    "/secrets": readNamespaced("secret"),
    "/configmaps": readNamespaced("configmap"),
    "/persistentvolumeclaims": claims,
    "/persistentvolumes": get("volume"),
    "resource.k8s.io/resourceclaims": get("resourceClaim"),
    "storage.k8s.io/volumeattachments": get("attachment"),
    "/serviceaccounts": accounts,
    "coordination.k8s.io/leases": leases,
    "storage.k8s.io/csinodes": csiNodes,
    "resource.k8s.io/resourceslices": slices,
    "certificates.k8s.io/podcertificaterequests": certificateRequests,
    "/nodes": nodes,
    "/pods": pods,
  };

  /** What every kubelet may do, as the bootstrap ClusterRole `system:node` lists it. */
  function byRole(info: RequestInfo): Decision {
    const rules = lookup.get(ClusterRole, "", "system:node")?.rules ?? [];
    return rules.some((rule) => (info.isResource ? allowsResource(rule, info) : allowsPath(rule, info)))
      ? ALLOW
      : SILENT;
  }

  return {
    name: "Node",
    authorize(user, info) {
      const node = nodeOfUser(user);
      if (node === undefined) return SILENT;
      if (node === "") return no(`unknown node for user ${JSON.stringify(user.name)}`);
      const judge = info.isResource ? judges[`${info.group}/${info.resource}`] : undefined;
      return judge === undefined ? byRole(info) : judge(node, info);
    },
  };
}

const leases: Judge = (node, { verb, namespace, name }) => {
  if (!OWN_VERBS.includes(verb)) return no("can only get, create, update, patch, or delete a node lease");
  if (namespace !== "kube-node-lease") return no('can only access leases in the "kube-node-lease" system namespace');
  if (verb !== "create" && name !== node)
    return no("can only access node lease with the same name as the requesting node");
  return ALLOW;
};

const csiNodes: Judge = (node, { verb, subresource, name }) => {
  if (subresource === "status") return no("CSINode status access requires CSIVolumeHealth feature");
  if (subresource !== "") return no("cannot authorize CSINode subresources");
  if (!OWN_VERBS.includes(verb)) return no("can only get, create, update, patch, or delete a CSINode");
  if (verb !== "create" && name !== node)
    return no("can only access CSINode with the same name as the requesting node");
  return ALLOW;
};

const nodes: Judge = (node, info) => {
  const { verb, subresource } = info;
  const writes = verb === "update" || verb === "patch";
  if (subresource === "status") return writes ? ALLOW : SILENT;
  if (subresource !== "") return SILENT;
  if (writes || verb === "create") return ALLOW;
  if (verb !== "get" && verb !== "list" && verb !== "watch") return SILENT;
  if (info.name === node || (info.name === "" && selects(info, "metadata.name", node))) return ALLOW;
  return info.name === ""
    ? no(`node '${node}' cannot read all nodes, only its own Node object`)
    : no(`node '${node}' cannot read '${info.name}', only its own Node object`);
};
