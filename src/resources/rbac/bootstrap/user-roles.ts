// ClusterRoles for people: cluster-admin, admin, edit, view and what these collect, and what everybody may read. Data.
import { aggregate, ALL, clusterRole, on, READ, urls, WRITE } from "./build.ts";
import type { ClusterRole } from "../cluster-role.ts";

export const userRoles: readonly ClusterRole[] = [
  aggregate("admin", "admin"),
  clusterRole("cluster-admin", [on("*", "*", "*"), urls("*", "*")]),
  aggregate("edit", "edit", "admin"),
  clusterRole(
    "system:aggregate-to-admin",
    [
      on("authorization.k8s.io", "create", "localsubjectaccessreviews"),
      on("rbac.authorization.k8s.io", ALL, "rolebindings roles"),
    ],
    "admin",
  ),
  clusterRole(
    "system:aggregate-to-edit",
    [
      on("core", READ, "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
      on("core", "impersonate", "serviceaccounts"),
      on("core", WRITE, "pods pods/attach pods/exec pods/portforward pods/proxy"),
      on("core", "create", "pods/eviction"),
      on(
        "core",
        WRITE,
        "configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale " +
          "secrets serviceaccounts services services/proxy",
      ),
      on("core", "create", "serviceaccounts/token"),
      on("core events.k8s.io", WRITE, "events"),
      on(
        "apps",
        WRITE,
        "daemonsets deployments deployments/rollback deployments/scale replicasets " +
          "replicasets/scale statefulsets statefulsets/scale",
      ),
      on("autoscaling", WRITE, "horizontalpodautoscalers"),
      on("batch", WRITE, "cronjobs jobs"),
      on(
        "extensions",
        WRITE,
        "daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies " +
          "replicasets replicasets/scale replicationcontrollers/scale",
      ),
      on("policy", WRITE, "poddisruptionbudgets"),
      on("networking.k8s.io", WRITE, "ingresses networkpolicies"),
      on("coordination.k8s.io", ALL, "leases"),
      on("resource.k8s.io", WRITE, "resourceclaims resourceclaimtemplates"),
    ],
    "edit",
  ),
  clusterRole(
    "system:aggregate-to-view",
    [
      on(
        "core",
        READ,
        "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods " +
          "replicationcontrollers replicationcontrollers/scale serviceaccounts services " +
          "services/status",
      ),
      on(
        "core",
        READ,
        "bindings limitranges namespaces/status pods/log pods/status replicationcontrollers/status " +
          "resourcequotas resourcequotas/status",
      ),
      on("core", READ, "namespaces"),
      on("core events.k8s.io", READ, "events"),
      on("discovery.k8s.io", READ, "endpointslices"),
      on(
        "apps",
        READ,
        "controllerrevisions daemonsets daemonsets/status deployments deployments/scale " +
          "deployments/status replicasets replicasets/scale replicasets/status statefulsets " +
          "statefulsets/scale statefulsets/status",
      ),
      on("autoscaling", READ, "horizontalpodautoscalers horizontalpodautoscalers/status"),
      on("batch", READ, "cronjobs cronjobs/status jobs jobs/status"),
      on(
        "extensions",
        READ,
        "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses " +
          "ingresses/status networkpolicies replicasets replicasets/scale replicasets/status " +
          "replicationcontrollers/scale",
      ),
      on("policy", READ, "poddisruptionbudgets poddisruptionbudgets/status"),
      on("networking.k8s.io", READ, "ingresses ingresses/status networkpolicies"),
      on("resource.k8s.io", READ, "resourceclaims resourceclaims/status resourceclaimtemplates"),
    ],
    "view",
  ),
  clusterRole("system:basic-user", [
    on("authorization.k8s.io", "create", "selfsubjectaccessreviews selfsubjectrulesreviews"),
    on("authentication.k8s.io", "create", "selfsubjectreviews"),
  ]),
  clusterRole("system:cluster-trust-bundle-discovery", [on("certificates.k8s.io", READ, "clustertrustbundles")]),
  clusterRole("system:discovery", [
    urls("get", "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/"),
  ]),
  clusterRole("system:monitoring", [
    urls("get", "/flagz /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/* " + "/statusz"),
    on("core", "get", "nodes/metrics"),
  ]),
  clusterRole("system:public-info-viewer", [urls("get", "/healthz /livez /readyz /version /version/")]),
  clusterRole("system:service-account-issuer-discovery", [
    urls(
      "get",
      "/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks " + "/openid/v1/jwks/",
    ),
  ]),
  aggregate("view", "view", "edit"),
];
