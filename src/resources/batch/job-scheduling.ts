// How the pods of a job are scheduled together: fields that v1.37 has behind a gate which is off. It refuses to do so.
import { int32, listAtomic, listMap, object, optional, pointer, required, string } from "../../schema/node.ts";

const V1ALPHA3 = "k8s.io.api.scheduling.v1alpha3";

const BasicPolicy = object(`${V1ALPHA3}.WorkloadPodGroupBasicSchedulingPolicy`, {});
const GangPolicy = object(`${V1ALPHA3}.WorkloadPodGroupGangSchedulingPolicy`, {
  minCount: pointer(1, int32({ minimum: 1 }), "How many pods must fit at once."),
});
const SchedulingPolicy = object(
  `${V1ALPHA3}.WorkloadPodGroupSchedulingPolicy`,
  {
    basic: pointer(1, BasicPolicy, "Each pod for itself."),
    gang: pointer(2, GangPolicy, "All or none."),
  },
  { unions: [{ fields: { basic: "Basic", gang: "Gang" } }] },
);

const TopologyConstraint = object(`${V1ALPHA3}.TopologyConstraint`, {
  key: required(1, string(), "Nodes with the same value of this label are one place."),
});
const SchedulingConstraints = object(`${V1ALPHA3}.WorkloadPodGroupSchedulingConstraints`, {
  topology: optional(1, listAtomic(TopologyConstraint, { maxItems: 1 }), "Within which places the pods must be."),
});

const SingleMode = object(`${V1ALPHA3}.WorkloadPodGroupSingleDisruptionMode`, {});
const AllMode = object(`${V1ALPHA3}.WorkloadPodGroupAllDisruptionMode`, {});
const DisruptionMode = object(
  `${V1ALPHA3}.WorkloadPodGroupDisruptionMode`,
  {
    single: pointer(1, SingleMode, "Pods may be disrupted one by one."),
    all: pointer(2, AllMode, "All pods are disrupted, or none."),
  },
  { unions: [{ fields: { all: "All", single: "Single" } }] },
);

const ResourceClaim = object(`${V1ALPHA3}.WorkloadPodGroupResourceClaim`, {
  name: required(1, string(), "Names the claim within the list."),
  resourceClaimName: pointer(2, string(), "A ResourceClaim that is there."),
  resourceClaimTemplateName: pointer(3, string(), "A template that a ResourceClaim is made of."),
});

export const JobSchedulingConfiguration = object("k8s.io.api.batch.v1.JobSchedulingConfiguration", {
  schedulingPolicy: pointer(1, SchedulingPolicy, "Whether pods are scheduled together."),
  schedulingConstraints: pointer(2, SchedulingConstraints, "Where they may be."),
  disruptionMode: pointer(3, DisruptionMode, "Whether they are disrupted together."),
  resourceClaims: optional(4, listMap(ResourceClaim, ["name"], { maxItems: 4 }), "Claims that they share.", {
    merge: { strategy: ["merge"], key: "name" },
  }),
});
