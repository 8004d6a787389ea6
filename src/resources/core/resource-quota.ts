// ResourceQuota: how much a namespace may use in all. It refuses to count: admission and a controller do.
import { listAtomic, map, object, optional, plain, pointer, quantity, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";

export const ScopedResourceSelectorRequirement = object("k8s.io.api.core.v1.ScopedResourceSelectorRequirement", {
  scopeName: required(
    1,
    string({ enum: ["BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating", "VolumeAttributesClass"] }),
    "The scope.",
  ),
  operator: required(2, string({ enum: ["DoesNotExist", "Exists", "In", "NotIn"] }), "How the values are compared."),
  values: optional(3, listAtomic(string()), "Values for In and NotIn."),
});
export interface ScopedResourceSelectorRequirement extends ValueIn<typeof ScopedResourceSelectorRequirement> {}

export const ScopeSelector = object(
  "k8s.io.api.core.v1.ScopeSelector",
  {
    matchExpressions: optional(1, listAtomic(ScopedResourceSelectorRequirement), "All must hold."),
  },
  { atomic: true },
);
export interface ScopeSelector extends ValueIn<typeof ScopeSelector> {}

export const ResourceQuotaSpec = object("k8s.io.api.core.v1.ResourceQuotaSpec", {
  hard: optional(1, map(quantity()), "The limit of each resource."),
  scopes: optional(
    2,
    listAtomic(string({ enum: ["BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating", "VolumeAttributesClass"] })),
    "Only objects that match all of these count.",
  ),
  scopeSelector: pointer(3, ScopeSelector, "Only objects that match count."),
});
export interface ResourceQuotaSpec extends ValueIn<typeof ResourceQuotaSpec> {}

export const ResourceQuotaStatus = object("k8s.io.api.core.v1.ResourceQuotaStatus", {
  hard: optional(1, map(quantity()), "The limits that are enforced."),
  used: optional(2, map(quantity()), "What is used of each."),
});
export interface ResourceQuotaStatus extends ValueIn<typeof ResourceQuotaStatus> {}

const schema = object("k8s.io.api.core.v1.ResourceQuota", {
  ...typeMeta,
  metadata,
  spec: plain(2, ResourceQuotaSpec, "What may be used."),
  status: plain(3, ResourceQuotaStatus, "What is used."),
});
export interface ResourceQuota extends ValueIn<typeof schema> {}

export const ResourceQuota = resource<ResourceQuota>({
  group: "",
  version: "v1",
  kind: "ResourceQuota",
  plural: "resourcequotas",
  scope: "Namespaced",
  schema,
});
