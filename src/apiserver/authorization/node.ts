// The Node authorizer: a kubelet reads what the pods on its node refer to, and writes what is its own (KEP-1703, KEP-4601).
// It refuses to look at anybody else, and leaves the fine print of writes to the NodeRestriction admission plugin.
import { Pod } from "../../resources/core/pod.ts";
import { references } from "../../resources/core/pod/references.ts";
import type { Lookup } from "../admission/plugin.ts";
import { nodeOfUser } from "../admission/node-restriction.ts";
import type { RequestInfo } from "../request.ts";
import type { Authorizer, Decision } from "./authorizer.ts";
import { allowsPath, allowsResource } from "../../resources/rbac/match.ts";
import { ClusterRole } from "../../resources/rbac/cluster-role.ts";

const ALLOW: Decision = { outcome: "allow" };
const SILENT: Decision = { outcome: "no opinion" };
const no = (reason: string): Decision => ({ outcome: "no opinion", reason });

export function nodeAuthorizer(lookup: Lookup): Authorizer {
  /** Whether a pod on `node` refers to the object: kind as in references(). */
  const referred = (node: string, kind: "secret" | "configmap" | "claim" | "account", info: RequestInfo) =>
    lookup
      .byField(Pod, "spec.nodeName", node)
      .some((pod) => pod.metadata.namespace === info.namespace && references(pod)[kind].has(info.name));

  function decide(node: string, info: RequestInfo): Decision {
    const { group, resource, subresource, verb, name } = info;
    switch (`${group}/${resource}`) {
      case "/secrets":
      case "/configmaps": {
        const single = verb === "get" || ((verb === "list" || verb === "watch") && name !== "");
        if (!single || subresource) return no(`can only read ${resource} resources that are referred to by name`);
        return referred(node, resource === "secrets" ? "secret" : "configmap", info)
          ? ALLOW
          : no(`no relationship found between node '${node}' and this object`);
      }
      case "/persistentvolumeclaims":
        if (verb !== "get") return byRole(info);
        return referred(node, "claim", info)
          ? ALLOW
          : no(`no relationship found between node '${node}' and this object`);
      case "/serviceaccounts":
        if (verb === "create" && subresource === "token")
          return referred(node, "account", info)
            ? ALLOW
            : no(`no relationship found between node '${node}' and this object`);
        return byRole(info);
      case "coordination.k8s.io/leases":
        if (info.namespace !== "kube-node-lease" || (name !== node && verb !== "create"))
          return no("can only access its own lease in kube-node-lease");
        return byRole({ ...info, name });
      case "/nodes":
        if (verb === "get" || verb === "list" || verb === "watch") {
          return name === node || info.fieldSelector === `metadata.name=${node}`
            ? ALLOW
            : no(`node '${node}' cannot read '${name}', only its own Node object`);
        }
        return byRole(info);
      case "/pods": {
        if (verb === "list" || verb === "watch") {
          const own = info.fieldSelector?.split(",").includes(`spec.nodeName=${node}`) ?? false;
          return own ? ALLOW : no("can only list/watch pods with spec.nodeName field selector");
        }
        if (verb === "get" && subresource === "") {
          const pod = lookup.get(Pod, info.namespace, name);
          return !pod || pod.spec.nodeName === node ? ALLOW : no(`node '${node}' cannot get pods of other nodes`);
        }
        return byRole(info);
      }
      default:
        return byRole(info);
    }
  }

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
      return decide(node, info);
    },
  };
}
