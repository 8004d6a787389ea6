// APIService: who serves a group version. It refuses to proxy.
import {
  boolean,
  bytes,
  int32,
  listMap,
  object,
  optional,
  plain,
  pointer,
  required,
  string,
  time,
} from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";

export const ServiceReference = object("k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.ServiceReference", {
  namespace: optional(1, string(), "Its namespace."),
  name: optional(2, string(), "Its name."),
  port: pointer(3, int32(), "Its port; 443 if unset."),
});
export interface ServiceReference extends ValueIn<typeof ServiceReference> {}

export const APIServiceSpec = object("k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIServiceSpec", {
  service: pointer(1, ServiceReference, "The service that serves it; unset for what is built in."),
  group: optional(2, string(), "The group."),
  version: optional(3, string(), "The version."),
  insecureSkipTLSVerify: optional(4, boolean(), "Whether the server's certificate goes unchecked."),
  caBundle: optional(5, bytes(), "Certificates that sign the server's, as PEM."),
  groupPriorityMinimum: required(7, int32(), "Higher goes first among groups."),
  versionPriority: required(8, int32(), "Higher goes first among versions of the group."),
});
export interface APIServiceSpec extends ValueIn<typeof APIServiceSpec> {}

export const APIServiceCondition = object("k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIServiceCondition", {
  type: required(1, string(), "What is stated.", { demanded: false }),
  status: required(2, string(), "True, False or Unknown.", { demanded: false }),
  lastTransitionTime: optional(3, time(), "When the status last changed."),
  reason: optional(4, string(), "Why, as one CamelCase word."),
  message: optional(5, string(), "Why, for people."),
});
export interface APIServiceCondition extends ValueIn<typeof APIServiceCondition> {}

export const APIServiceStatus = object("k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIServiceStatus", {
  conditions: optional(1, listMap(APIServiceCondition, ["type"]), "Whether the group version is served.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
});
export interface APIServiceStatus extends ValueIn<typeof APIServiceStatus> {}

const schema = object("k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIService", {
  ...typeMeta,
  metadata,
  spec: plain(2, APIServiceSpec, "Who serves the group version."),
  status: plain(3, APIServiceStatus, "Whether it is served."),
});
export interface APIService extends ValueIn<typeof schema> {}

export const APIService = resource<APIService>({
  group: "apiregistration.k8s.io",
  version: "v1",
  kind: "APIService",
  plural: "apiservices",
  scope: "Cluster",
  schema,
});
