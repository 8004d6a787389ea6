// ServiceCIDR: ranges that services take addresses from.
import { listAtomic, listMap, object, optional, plain, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { Condition } from "../../schema/meta/condition.ts";

export const ServiceCIDRSpec = object("k8s.io.api.networking.v1.ServiceCIDRSpec", {
  cidrs: optional(1, listAtomic(string()), "Ranges that services take addresses from, at most one a family."),
});
export interface ServiceCIDRSpec extends ValueIn<typeof ServiceCIDRSpec> {}

export const ServiceCIDRStatus = object("k8s.io.api.networking.v1.ServiceCIDRStatus", {
  conditions: optional(1, listMap(Condition, ["type"]), "Whether the ranges are in use.", {
    merge: { strategy: ["merge"], key: "type" },
  }),
});
export interface ServiceCIDRStatus extends ValueIn<typeof ServiceCIDRStatus> {}

const schema = object("k8s.io.api.networking.v1.ServiceCIDR", {
  ...typeMeta,
  metadata,
  spec: plain(2, ServiceCIDRSpec, "The ranges."),
  status: plain(3, ServiceCIDRStatus, "Whether they are in use."),
});
export interface ServiceCIDR extends ValueIn<typeof schema> {}

export const ServiceCIDR = resource<ServiceCIDR>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "ServiceCIDR",
  plural: "servicecidrs",
  scope: "Cluster",
  schema,
});
