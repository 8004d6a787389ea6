// The shape of a Node. It refuses to be a resource: that is ../node.ts.
import { boolean, listAtomic, listSet, object, optional, plain, pointer, string } from "../../../schema/node.ts";
import type { ValueIn } from "../../../schema/node.ts";
import { metadata, typeMeta } from "../../../schema/meta/object-meta.ts";
import { NodeConfigSource } from "./config-source.ts";
import { NodeStatus } from "./status.ts";
import { Taint } from "./taint.ts";

export const NodePodPreemptionPolicy = object("k8s.io.api.core.v1.NodePodPreemptionPolicy", {
  disableResizePreemption: optional(1, listSet(string()), "Resources whose resize never preempts."),
});
export interface NodePodPreemptionPolicy extends ValueIn<typeof NodePodPreemptionPolicy> {}

export const NodeSpec = object("k8s.io.api.core.v1.NodeSpec", {
  podCIDR: optional(1, string(), "The range that the node's pods take addresses from."),
  podCIDRs: optional(7, listSet(string()), "The ranges of all address families; the first is podCIDR.", {
    merge: { strategy: ["merge"] },
  }),
  providerID: optional(3, string(), "The machine's name with its cloud provider."),
  unschedulable: optional(4, boolean(), "Whether new pods are kept away."),
  taints: optional(5, listAtomic(Taint), "What keeps pods away that do not tolerate it."),
  configSource: pointer(6, NodeConfigSource, "No longer used."),
  externalID: optional(2, string(), "No longer used."),
  podPreemptionPolicy: pointer(8, NodePodPreemptionPolicy, "Which pods may be preempted here for a resize.", {
    gate: "InPlacePodVerticalScalingSchedulerPreemption",
  }),
});
export interface NodeSpec extends ValueIn<typeof NodeSpec> {}

export const nodeSchema = object(
  "k8s.io.api.core.v1.Node",
  {
    ...typeMeta,
    metadata,
    spec: plain(2, NodeSpec, "What is desired of the node."),
    status: plain(3, NodeStatus, "What the node reports."),
  },
  { doc: "A machine that runs pods." },
);
export interface Node extends ValueIn<typeof nodeSchema> {}
