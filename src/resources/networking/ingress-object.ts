// The Ingress as an object: its schema and its type. It refuses to judge: that is ingress-rules.ts.
import { TypedLocalObjectReference } from "../core/pod/claim-spec.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { int32, listAtomic, object, optional, plain, pointer, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";

export const IngressPortStatus = object("k8s.io.api.networking.v1.IngressPortStatus", {
  port: required(1, int32(), "The port of entry."),
  protocol: required(2, string({ enum: ["SCTP", "TCP", "UDP"] }), "TCP, UDP or SCTP.", { judgedByRule: true }),
  error: pointer(3, string(), "Why the port does not work."),
});
export interface IngressPortStatus extends ValueIn<typeof IngressPortStatus> {}

export const IngressLoadBalancerIngress = object("k8s.io.api.networking.v1.IngressLoadBalancerIngress", {
  ip: optional(1, string(), "Its address."),
  hostname: optional(2, string(), "Its name."),
  ports: optional(4, listAtomic(IngressPortStatus), "What became of each port."),
});
export interface IngressLoadBalancerIngress extends ValueIn<typeof IngressLoadBalancerIngress> {}

export const IngressLoadBalancerStatus = object("k8s.io.api.networking.v1.IngressLoadBalancerStatus", {
  ingress: optional(1, listAtomic(IngressLoadBalancerIngress), "Its points of entry."),
});
export interface IngressLoadBalancerStatus extends ValueIn<typeof IngressLoadBalancerStatus> {}

export const IngressStatus = object("k8s.io.api.networking.v1.IngressStatus", {
  loadBalancer: plain(1, IngressLoadBalancerStatus, "Where the load balancer is."),
});
export interface IngressStatus extends ValueIn<typeof IngressStatus> {}

export const ServiceBackendPort = object(
  "k8s.io.api.networking.v1.ServiceBackendPort",
  {
    name: optional(1, string(), "The port's name."),
    number: optional(2, int32(), "The port's number."),
  },
  { atomic: true },
);
export interface ServiceBackendPort extends ValueIn<typeof ServiceBackendPort> {}

export const IngressServiceBackend = object("k8s.io.api.networking.v1.IngressServiceBackend", {
  name: required(1, string(), "The service, in the same namespace."),
  port: plain(2, ServiceBackendPort, "Which of its ports."),
});
export interface IngressServiceBackend extends ValueIn<typeof IngressServiceBackend> {}

export const IngressBackend = object("k8s.io.api.networking.v1.IngressBackend", {
  service: pointer(4, IngressServiceBackend, "A service that answers."),
  resource: pointer(3, TypedLocalObjectReference, "Another object that answers; not together with service."),
});
export interface IngressBackend extends ValueIn<typeof IngressBackend> {}

export const HTTPIngressPath = object("k8s.io.api.networking.v1.HTTPIngressPath", {
  path: optional(1, string(), "The path of the request, beginning with a slash."),
  pathType: required(3, string({ enum: ["Exact", "ImplementationSpecific", "Prefix"] }), "How paths are compared.", {
    pointer: true,
    judgedByRule: true,
  }),
  backend: required(2, IngressBackend, "Who answers."),
});
export interface HTTPIngressPath extends ValueIn<typeof HTTPIngressPath> {}

export const HTTPIngressRuleValue = object("k8s.io.api.networking.v1.HTTPIngressRuleValue", {
  paths: required(1, listAtomic(HTTPIngressPath), "Who answers which path.", { demanded: true }),
});
export interface HTTPIngressRuleValue extends ValueIn<typeof HTTPIngressRuleValue> {}

export const IngressRule = object(
  "k8s.io.api.networking.v1.IngressRule",
  {
    host: optional(1, string(), "The host asked for, perhaps beginning with a wildcard; any if left out."),
    http: pointer([2, 1], HTTPIngressRuleValue, "What is done with HTTP requests."),
  },
  { inline: { 2: "k8s.io.api.networking.v1.IngressRuleValue" } },
);
export interface IngressRule extends ValueIn<typeof IngressRule> {}

export const IngressTLS = object("k8s.io.api.networking.v1.IngressTLS", {
  hosts: optional(1, listAtomic(string()), "The hosts that the certificate covers."),
  secretName: optional(2, string(), "The secret that has certificate and key."),
});
export interface IngressTLS extends ValueIn<typeof IngressTLS> {}

export const IngressSpec = object("k8s.io.api.networking.v1.IngressSpec", {
  ingressClassName: pointer(4, string({ format: "dns1123Subdomain" }), "The class whose controller serves it."),
  defaultBackend: pointer(1, IngressBackend, "Who answers what no rule is about."),
  tls: optional(2, listAtomic(IngressTLS), "Certificates, by host."),
  rules: optional(3, listAtomic(IngressRule), "Who answers, by host and path."),
});
export interface IngressSpec extends ValueIn<typeof IngressSpec> {}

export const ingressSchema = object(
  "k8s.io.api.networking.v1.Ingress",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, IngressSpec, "The routes."),
    status: plain(3, IngressStatus, "Where they are reached."),
  },
  { doc: "HTTP routes from outside the cluster to services." },
);
export interface Ingress extends ValueIn<typeof ingressSchema> {}
