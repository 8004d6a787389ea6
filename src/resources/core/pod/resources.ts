// What a container or a whole pod asks for and may use at most. It refuses to add up (see requests.ts).
import { listMap, map, object, optional, quantity, required, string } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { requestsFromLimits } from "./defaults.ts";

export const ResourceClaim = object("k8s.io.api.core.v1.ResourceClaim", {
  name: required(1, string(), "An entry of the pod's resourceClaims.", { judgedByRule: true }),
  request: optional(2, string(), "One request of that claim; all of them if empty."),
});
export interface ResourceClaim extends ValueIn<typeof ResourceClaim> {}

const fields = {
  limits: optional(1, map(quantity()), "The most of each resource that may be used."),
  requests: optional(2, map(quantity()), "How much of each resource is set aside; the limit if left out."),
  claims: optional(3, listMap(ResourceClaim, ["name"]), "Claims of the pod that this container uses.", {
    gate: "DynamicResourceAllocation",
    judgedByRule: true,
  }),
};

export const ResourceRequirements = object("k8s.io.api.core.v1.ResourceRequirements", fields);
export interface ResourceRequirements extends ValueIn<typeof ResourceRequirements> {}

/** The same type where a container of a pod has it: requests have a default there. */
export const containerResources = object("k8s.io.api.core.v1.ResourceRequirements", {
  ...fields,
  requests: { ...fields.requests, default: requestsFromLimits },
});

/** Amounts by resource name, as quantities in text. */
export type ResourceList = Readonly<Record<string, string>>;
