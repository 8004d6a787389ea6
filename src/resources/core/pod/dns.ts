// How names resolve inside a pod. It refuses to write resolv.conf.
import { listAtomic, object, optional, pointer, required, string } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";

export const HostAlias = object("k8s.io.api.core.v1.HostAlias", {
  ip: required(1, string(), "The address.", { judgedByRule: true }),
  hostnames: optional(2, listAtomic(string()), "Names for that address."),
});
export interface HostAlias extends ValueIn<typeof HostAlias> {}

export const PodDNSConfigOption = object("k8s.io.api.core.v1.PodDNSConfigOption", {
  name: optional(1, string(), "Name of the resolver option."),
  value: pointer(2, string(), "Its value."),
});
export interface PodDNSConfigOption extends ValueIn<typeof PodDNSConfigOption> {}

export const PodDNSConfig = object("k8s.io.api.core.v1.PodDNSConfig", {
  nameservers: optional(1, listAtomic(string()), "Further name servers."),
  searches: optional(2, listAtomic(string()), "Further search domains."),
  options: optional(3, listAtomic(PodDNSConfigOption), "Further resolver options."),
});
export interface PodDNSConfig extends ValueIn<typeof PodDNSConfig> {}
