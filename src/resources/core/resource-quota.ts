// ResourceQuota: how much a namespace may use in all. It refuses to count: admission and a controller do.
import { listAtomic, map, object, optional, plain, pointer, quantity, required, string } from "../../schema/node.ts";
import type { ValueIn } from "../../schema/node.ts";
import { metadata, typeMeta } from "../../schema/meta/object-meta.ts";
import { resource } from "../../schema/resource.ts";
import { equalJson } from "../../schema/equality.ts";
import { fieldInvalid } from "../../schema/meta/field-error.ts";
import { FieldPath } from "../../schema/meta/path.ts";
import type { Rule } from "../../schema/resource.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { preparesStatus } from "../status.ts";
import { hardFaults, quotaFaults, quotaWarnings } from "./resource-quota-rules.ts";

export const ScopedResourceSelectorRequirement = object("k8s.io.api.core.v1.ScopedResourceSelectorRequirement", {
  scopeName: required(
    1,
    string({
      enum: [
        "BestEffort",
        "CrossNamespacePodAffinity",
        "NotBestEffort",
        "NotTerminating",
        "PriorityClass",
        "Terminating",
        "VolumeAttributesClass",
      ],
    }),
    "The scope.",
    { judgedByRule: true },
  ),
  operator: required(2, string({ enum: ["DoesNotExist", "Exists", "In", "NotIn"] }), "How the values are compared.", {
    judgedByRule: true,
  }),
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
    listAtomic(
      string({
        enum: [
          "BestEffort",
          "CrossNamespacePodAffinity",
          "NotBestEffort",
          "NotTerminating",
          "PriorityClass",
          "Terminating",
          "VolumeAttributesClass",
        ],
      }),
    ),
    "Only objects that match all of these count.",
    { judgedByRule: true },
  ),
  scopeSelector: pointer(3, ScopeSelector, "Only objects that match count."),
});
export interface ResourceQuotaSpec extends ValueIn<typeof ResourceQuotaSpec> {}

export const ResourceQuotaStatus = object("k8s.io.api.core.v1.ResourceQuotaStatus", {
  hard: optional(1, map(quantity()), "The limits that are enforced."),
  used: optional(2, map(quantity()), "What is used of each."),
});
export interface ResourceQuotaStatus extends ValueIn<typeof ResourceQuotaStatus> {}

const schema = object(
  "k8s.io.api.core.v1.ResourceQuota",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, ResourceQuotaSpec, "What may be used."),
    status: plain(3, ResourceQuotaStatus, "What is used."),
  },
  { doc: "How much all objects of a namespace may use together." },
);
export interface ResourceQuota extends ValueIn<typeof schema> {}

/** What a quota counts is fixed: its figures would mean something else. Scopes are a set. */
const scopesStay: Rule<ResourceQuota> = function* ({ spec }, { old }) {
  if (!old) return;
  const sorted = (scopes: readonly string[] = []) => [...new Set(scopes)].sort();
  if (!equalJson(sorted(spec.scopes), sorted(old.spec.scopes))) {
    yield fieldInvalid(FieldPath.of("spec", "scopes"), spec.scopes ?? [], "field is immutable");
  }
  if (!equalJson(spec.scopeSelector ?? null, old.spec.scopeSelector ?? null)) {
    yield fieldInvalid(FieldPath.of("spec", "scopeSelector"), spec.scopeSelector, "field is immutable");
  }
};

/** The quota controller writes the status; it, too, may only count what can be counted. */
const figuresValid: Rule<ResourceQuota> = function* ({ status }, { request }) {
  if (request.subresource !== "status") return;
  yield* hardFaults(status.hard ?? {}, FieldPath.of("status", "hard"));
  yield* hardFaults(status.used ?? {}, FieldPath.of("status", "used"));
};

/** `pods: 1/4, requests.cpu: 500m/1`: used of what is allowed, for limits or for the rest. */
function usage({ status }: ResourceQuota, limits: boolean): string {
  const { hard = {}, used = {} } = status;
  return Object.keys(hard)
    .filter((name) => name.startsWith("limits") === limits)
    .sort()
    .map((name) => `${name}: ${used[name] ?? "0"}/${hard[name]}`)
    .join(", ");
}

export const ResourceQuota = resource<ResourceQuota>({
  group: "",
  version: "v1",
  kind: "ResourceQuota",
  plural: "resourcequotas",
  shortNames: ["quota"],
  scope: "Namespaced",
  schema,
  generationOf: [],
  deletion: { returns: "object", propagation: "Background" },
  columns: [
    nameColumn,
    { name: "Request", type: "string", doc: "Used of what may be requested.", cell: (quota) => usage(quota, false) },
    { name: "Limit", type: "string", doc: "Used of what limits may be.", cell: (quota) => usage(quota, true) },
    ageColumn,
  ],
  prepare: preparesStatus<ResourceQuota>(schema),
  rules: [
    ({ spec }) => quotaFaults(spec),
    scopesStay,
    figuresValid,
    ({ spec }, { old }) => (old ? [] : quotaWarnings(spec)),
  ],
});
